/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status/status.h"

#include "daemon/status/status_size.h"
#include "tests/daemon/cluster.h"

#define MANY 12000

struct fixture {
    struct cluster cluster;
    struct judge *judge;
    struct observer *observer;
    struct status_writer *writer;
    struct app *app;
};

static void on_status_written(void *arg, struct app *app, bool urgent, bool whole)
{
    (void)arg;
    (void)app;
    (void)urgent;
    (void)whole;
}

static void setup(struct fixture *f)
{
    struct cluster *c = &f->cluster;

    cluster_start(c);
    c->patched = parse("{'metadata': {'resourceVersion': '9'}}");
    f->judge = judge_new(c->client);
    f->observer = observer_new(c->client, f->judge, parts_on_changed, parts_on_recovered, f);
    observer_set_discovery(f->observer, c->discovery);
    f->writer = status_writer_new(&c->loop, c->client, f->observer, on_status_written, f);
    status_writer_set_resource(
        f->writer, kube_discovery_preferred(c->discovery, "argoproj.io", "Application"));
    f->app = parts_app("web");
    observer_add_app(f->observer, f->app);
}

static void teardown(struct fixture *f)
{
    status_writer_forget(f->writer, f->app);
    status_writer_free(f->writer);
    observer_free(f->observer);
    judge_stop(f->judge);
    cluster_stop(&f->cluster);
    judge_free(f->judge);
    app_free(f->app);
}

/* More objects than can be listed carry the application's name. */
static void own_too_many(struct fixture *f)
{
    json_t *list = json_array();

    for (int i = 0; i < MANY; i++)
        json_array_append_new(
            list, parsef("{'metadata': {'namespace': 'fix', 'name': 'a-name-that-is-long-%d', "
                         "'uid': 'uid-%d', 'resourceVersion': '5', 'annotations': "
                         "{'argocd.argoproj.io/tracking-id': "
                         "'web:/ConfigMap:fix/a-name-that-is-long-%d'}}}",
                         i, i, i));
    cluster_set_list(&f->cluster, "configmaps", list);
    observer_watch_kind(f->observer, "/ConfigMap");
    CLUSTER_UNTIL(&f->cluster, f->app->tracked.count == MANY);
}

TEST(objects_that_are_not_desired_count_for_the_size)
{
    struct fixture f;

    setup(&f);
    f.app->desired = parts_desired("web", json_array());
    own_too_many(&f);
    f.app->status_dirty = true;
    status_writer_wake(f.writer, f.app);
    CLUSTER_UNTIL(&f.cluster, f.cluster.patches == 1);
    EXPECT(f.cluster.patch_bytes > STATUS_MAX_BYTES / 2);
    EXPECT(f.cluster.patch_bytes < STATUS_MAX_BYTES + 1000);
    teardown(&f);
}

TEST(an_inventory_fits_too)
{
    struct fixture f;

    setup(&f);
    own_too_many(&f);
    f.app->status_urgent = true; /* without a run: it is about to be recorded */
    status_writer_wake(f.writer, f.app);
    CLUSTER_UNTIL(&f.cluster, f.cluster.patches == 1);
    EXPECT(f.cluster.patch_bytes > STATUS_MAX_BYTES / 2);
    EXPECT(f.cluster.patch_bytes < STATUS_MAX_BYTES + 1000);
    teardown(&f);
}
