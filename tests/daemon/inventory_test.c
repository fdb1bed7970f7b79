/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/inventory.h"

#include "daemon/observe/observe.h"
#include "daemon/settings/settings.h"
#include "tests/daemon/cluster.h"

struct fixture {
    struct cluster cluster;
    struct daemon daemon;
    struct judge *judge;
    struct app *app;
};

/* An application that was rendered by an earlier process, which left a Secret behind. */
static void setup(struct fixture *f)
{
    struct cluster *c = &f->cluster;
    struct daemon *d = &f->daemon;

    cluster_start(c);
    cluster_add_secret_of_web(c);
    f->judge = judge_new(c->client);
    f->app = parts_app("web");
    *d = (struct daemon){
        .loop = &c->loop,
        .client = c->client,
        .discovery = c->discovery,
        .settings = settings_default(),
        .observer = observer_new(c->client, f->judge, parts_on_changed, parts_on_recovered, f)};
    uv_idle_init(&c->loop, &d->turn);
    observer_set_discovery(d->observer, c->discovery);
    observer_add_app(d->observer, f->app);
    map_set(&d->apps, f->app->qualified, f->app);
}

static void teardown(struct fixture *f)
{
    struct daemon *d = &f->daemon;

    inventory_stop(d);
    observer_free(d->observer);
    uv_close((uv_handle_t *)&d->turn, NULL);
    judge_stop(f->judge);
    cluster_stop(&f->cluster);
    judge_free(f->judge);
    settings_unref(d->settings);
    map_clear(&d->apps);
    ptrvec_clear(&d->scheduled);
    app_free(f->app);
}

TEST(kinds_of_which_something_is_owned_are_found)
{
    struct fixture f;

    setup(&f);
    inventory_start(&f.daemon);
    CLUSTER_UNTIL(&f.cluster, f.daemon.inventory_done);
    EXPECT(map_has(&f.app->owned_kinds, "/Secret"));
    EXPECT_INT(f.app->owned_kinds.count, 1);
    teardown(&f);
}

TEST(a_kind_that_cannot_be_listed_for_good_keeps_nobody_waiting)
{
    struct fixture f;

    setup(&f);
    map_set(&f.cluster.broken, "jobs", &f);
    inventory_start(&f.daemon);
    CLUSTER_UNTIL(&f.cluster, f.daemon.inventory_done);
    EXPECT(map_has(&f.app->owned_kinds, "/Secret"));
    teardown(&f);
}

TEST(a_kind_that_cannot_be_listed_at_first_is_asked_for_again)
{
    struct fixture f;

    setup(&f);
    map_set(&f.cluster.broken, "secrets", &f);
    inventory_start(&f.daemon);
    CLUSTER_UNTIL(&f.cluster, f.cluster.failures == 1);
    map_remove(&f.cluster.broken, "secrets");
    CLUSTER_UNTIL(&f.cluster, f.daemon.inventory_done);
    EXPECT(map_has(&f.app->owned_kinds, "/Secret"));
    teardown(&f);
}
