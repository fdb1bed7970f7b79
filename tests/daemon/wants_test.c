/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/wants.h"

#include "daemon/observe/observe.h"
#include "daemon/render/render.h"
#include "tests/daemon/cluster.h"

struct fixture {
    struct cluster cluster;
    struct daemon daemon;
    struct judge *judge;
    struct app *app;
    bool rendered;
};

/* An application that wants nothing, and owns a Secret. */
static void setup(struct fixture *f)
{
    struct cluster *c = &f->cluster;
    struct daemon *d = &f->daemon;

    *f = (struct fixture){0};
    cluster_start(c);
    cluster_add_secret_of_web(c);
    f->judge = judge_new(c->client);
    f->app = parts_app("web");
    d->catalog_complete = true;
    d->pool = worker_pool_new(&c->loop, 1);
    d->renderer = renderer_new(&c->loop, d->pool);
    d->observer = observer_new(c->client, f->judge, parts_on_changed, parts_on_recovered, f);
    observer_set_discovery(d->observer, c->discovery);
    observer_add_app(d->observer, f->app);
    f->app->desired = parts_desired("web", json_array());
    observer_watch_kind(d->observer, "/Secret");
    CLUSTER_UNTIL(c, wants_prunable(f->app) == 1);
}

static void teardown(struct fixture *f)
{
    struct daemon *d = &f->daemon;

    renderer_free(d->renderer);
    worker_pool_free(d->pool);
    observer_free(d->observer);
    judge_stop(f->judge);
    cluster_stop(&f->cluster);
    judge_free(f->judge);
    app_free(f->app);
}

static void on_rendered(void *arg, struct render_output *out, const struct error *err)
{
    (void)out;
    (void)err;
    ((struct fixture *)arg)->rendered = true;
}

/* Of another application; it fails, which is an end as well. */
static void start_render(struct fixture *f)
{
    struct render_source source = {.repo_dir = "/nowhere",
                                   .commit = "0123456789012345678901234567890123456789",
                                   .source = f->app->spec->sources.items};
    struct render_input input = {.sources = &source,
                                 .source_count = 1,
                                 .instance = "other",
                                 .namespace = "fix",
                                 .project = "default",
                                 .discovery = f->cluster.discovery,
                                 .allow_remote = &(struct strvec){0}};

    render_start(f->daemon.renderer, &input, on_rendered, f);
}

TEST(who_asks_to_prune_waits_for_renders_that_may_want_the_object)
{
    static const struct {
        const char *operation;
        bool waits;
    } rows[] = {
        {NULL, false},
        {"{'sync': {}}", false},
        {"{'sync': {'prune': false}}", false},
        {"{'sync': {'prune': true}}", true},
    };
    struct fixture f;

    setup(&f);
    start_render(&f);
    EXPECT(!wants_may_prune(&f.daemon));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_decref(f.app->requested);
        f.app->requested = rows[i].operation ? parse(rows[i].operation) : NULL;
        EXPECT_INT(wants_renders(&f.daemon, f.app), rows[i].waits);
    }
    CLUSTER_UNTIL(&f.cluster, f.rendered);
    EXPECT(wants_may_prune(&f.daemon));
    EXPECT(!wants_renders(&f.daemon, f.app));
    teardown(&f);
}
