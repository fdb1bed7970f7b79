/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app_object.h"
#include "daemon/compare/judge.h"
#include "daemon/observe/observe.h"
#include "daemon/orphans.h"
#include "daemon/project/projects.h"

#include "daemon/orphans_watch.h"
#include "tests/daemon/cluster.h"

#define KINDS 11 /* of parts.h that are namespaced */

struct fixture {
    struct cluster cluster;
    struct options options;
    struct daemon d;
    struct app *app;
};

static void ignore_app(void *arg, struct app *app)
{
    (void)arg;
    (void)app;
}

static void ignore(void *arg)
{
    (void)arg;
}

static void ignore_urls(void *arg, const char *project, struct strvec *urls)
{
    (void)arg;
    (void)project;
    (void)urls;
}

static void set_project(struct fixture *f, const char *spec)
{
    cleanup_json json_t *object =
        parsef("{'metadata': {'name': 'p'}, 'spec': {'destinations': [{'server': '*', 'namespace': "
               "'*'}], %s}}",
               spec);
    struct error *err = NULL;

    project_unref(TAKE(f->app->project));
    EXPECT_OK(project_parse(object, &f->app->project, &err));
    orphans_follow(f->d.orphans);
}

#define ASKS "'orphanedResources': {'warn': true}"

/* The application "web" wants the ConfigMap "a" in the namespace "fix". */
static void setup(struct fixture *f, const char *project)
{
    cleanup_json json_t *none = json_array();

    memset(f, 0, sizeof(*f));
    cluster_start(&f->cluster);
    f->options.control_namespace = (char *)PARTS_CONTROL_NAMESPACE;
    f->d.options = &f->options;
    f->d.loop = &f->cluster.loop;
    f->d.client = f->cluster.client;
    f->d.discovery = f->cluster.discovery;
    f->d.settings = settings_default();
    f->d.catalog_complete = true;
    uv_idle_init(f->d.loop, &f->d.turn);
    f->d.projects = projects_new(f->d.client, PARTS_CONTROL_NAMESPACE, ignore, ignore_urls, f);
    projects_set_all(f->d.projects, none);
    f->d.judge = judge_new(f->d.client);
    f->d.observer = observer_new(f->d.client, f->d.judge, ignore_app, ignore, f);
    f->d.orphans = orphans_new(&f->d);
    f->app = parts_app("web");
    map_set(&f->d.apps, f->app->qualified, f->app);
    observer_add_app(f->d.observer, f->app);
    f->app->desired =
        parts_desired("web", parse("[{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': "
                                   "{'name': 'a'}}, {'apiVersion': 'v1', 'kind': 'Secret', "
                                   "'metadata': {'name': 'hook', 'annotations': "
                                   "{'argocd.argoproj.io/hook': 'PreSync'}}}]"));
    observer_want(f->d.observer, f->app, NULL);
    set_project(f, project);
}

static void teardown(struct fixture *f)
{
    orphans_free(f->d.orphans);
    projects_free(f->d.projects);
    observer_free(f->d.observer);
    app_free(f->app);
    map_clear(&f->d.apps);
    settings_unref(f->d.settings);
    ptrvec_clear(&f->d.scheduled);
    uv_close((uv_handle_t *)&f->d.turn, NULL);
    judge_stop(f->d.judge);
    cluster_stop(&f->cluster);
    judge_free(f->d.judge);
}

static bool warns(const struct fixture *f, const char *message)
{
    const char *said = app_condition_message(f->app, ORPHANS_CONDITION);

    return message ? said && streq(said, message) : !said;
}

static bool is_anything_told(const struct fixture *f)
{
    cleanup_json json_t *told = json_array();
    cleanup_json json_t *notes = json_array();

    orphans_tell(f->d.orphans, f->app, told, notes);
    return json_array_size(told) > 0;
}

/* "KIND/NAME ..." in the order of discovery. */
static void expect_told(const struct fixture *f, const char *nodes, const char *note)
{
    cleanup_json json_t *told = json_array();
    cleanup_json json_t *notes = json_array();
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const json_t *node;
    size_t i;

    orphans_tell(f->d.orphans, f->app, told, notes);
    buf_puts(&text, "");
    json_array_foreach (told, i, node) {
        buf_printf(&text, "%s%s/%s", i ? " " : "", object_string(node, "kind"),
                   object_string(node, "name"));
    }
    EXPECT_STR(text.data, nodes);
    EXPECT_INT(json_array_size(notes), note ? 1 : 0);
    if (note)
        EXPECT_STR(json_string_value(json_array_get(notes, 0)), note);
}

static json_t *object(const char *name, const char *more)
{
    return parsef("{'metadata': {'name': '%s', 'namespace': 'fix', 'uid': 'u-%s', "
                  "'resourceVersion': '7', 'creationTimestamp': '2026-01-01T00:00:00Z'%s%s}}",
                  name, name, *more ? ", " : "", more);
}

#define OWNER "'ownerReferences': [{'apiVersion': 'v1', 'kind': 'Pod', 'name': 'x', 'uid': 'u'}]"
#define TRACKED(instance, name)                                                                    \
    "'annotations': {'argocd.argoproj.io/tracking-id': '" instance ":/ConfigMap:fix/" name "'}"

TEST(an_orphan_is_what_nobody_owns_tracks_wants_or_ignores)
{
    struct fixture f;

    setup(&f, "'orphanedResources': {'warn': true, 'ignore': [{'group': '', 'kind': 'Pod', 'name': "
              "'debug-*'}]}");
    cluster_set_list(&f.cluster, "configmaps",
                     json_pack("[o, o, o, o, o, o, o]", object("a", ""), object("hand", ""),
                               object("owned", OWNER), object("extra", TRACKED("web", "extra")),
                               object("gone", TRACKED("gone", "gone")),
                               object("copy", TRACKED("web", "extra")),
                               object("kube-root-ca.crt", "")));
    cluster_set_list(&f.cluster, "secrets",
                     json_pack("[o, o]", object("hook", ""),
                               object("token", "'annotations': "
                                               "{'kubernetes.io/service-account.name': 'x'}")));
    cluster_set_list(&f.cluster, "pods",
                     json_pack("[o, o]", object("debug-1", ""), object("pod", "")));
    CLUSTER_UNTIL(&f.cluster, warns(&f, "Application has 4 orphaned resources"));
    expect_told(&f, "ConfigMap/hand ConfigMap/gone ConfigMap/copy Pod/pod", NULL);
    teardown(&f);
}

TEST(an_orphan_is_a_node_of_the_tree)
{
    struct fixture f;
    cleanup_json json_t *nodes = json_array();
    cleanup_json json_t *notes = json_array();
    cleanup_json json_t *expected =
        parse("[{'group': 'apps', 'version': 'v1', 'kind': 'Deployment', 'namespace': 'fix', "
              "'name': 'web', 'uid': 'u-web', 'resourceVersion': '7', 'createdAt': "
              "'2026-01-01T00:00:00Z'}]");

    setup(&f, ASKS);
    cluster_set_list(&f.cluster, "deployments", json_pack("[o]", object("web", "")));
    expect_told(&f, "", "orphaned resources are still being looked for");
    CLUSTER_UNTIL(&f.cluster, warns(&f, "Application has 1 orphaned resources"));
    orphans_tell(f.d.orphans, f.app, nodes, notes);
    EXPECT(json_equal(nodes, expected));
    teardown(&f);
}

TEST(a_claim_belongs_to_the_stateful_set_that_its_name_tells)
{
    struct fixture f;

    setup(&f, ASKS);
    cluster_set_list(&f.cluster, "statefulsets", json_pack("[o]", object("my-db", OWNER)));
    cluster_set_list(&f.cluster, "persistentvolumeclaims",
                     json_pack("[o, o, o, o]", object("data-my-db-0", ""),
                               object("data-my-db-x", ""), object("my-db-0", ""),
                               object("data-db-12", "")));
    CLUSTER_UNTIL(&f.cluster, warns(&f, "Application has 3 orphaned resources"));
    expect_told(&f,
                "PersistentVolumeClaim/data-my-db-x PersistentVolumeClaim/my-db-0 "
                "PersistentVolumeClaim/data-db-12",
                NULL);
    teardown(&f);
}

TEST(events_are_followed)
{
    struct fixture f;
    cleanup_json json_t *hand = object("hand", "");
    cleanup_json json_t *owned = object("hand", OWNER);

    setup(&f, ASKS);
    cluster_send(&f.cluster, "services", "ADDED", hand);
    CLUSTER_UNTIL(&f.cluster, warns(&f, "Application has 1 orphaned resources"));
    EXPECT_INT(f.d.scheduled.len, 1); /* its status is to be written */
    cluster_send(&f.cluster, "services", "MODIFIED", owned);
    CLUSTER_UNTIL(&f.cluster, warns(&f, NULL));
    cluster_send(&f.cluster, "services", "MODIFIED", hand);
    CLUSTER_UNTIL(&f.cluster, warns(&f, "Application has 1 orphaned resources"));
    cluster_send(&f.cluster, "services", "DELETED", hand);
    CLUSTER_UNTIL(&f.cluster, warns(&f, NULL));
    expect_told(&f, "", NULL);
    teardown(&f);
}

TEST(a_list_tells_what_is_gone)
{
    struct fixture f;

    setup(&f, ASKS);
    cluster_set_list(&f.cluster, "pods", json_pack("[o, o]", object("one", ""), object("two", "")));
    CLUSTER_UNTIL(&f.cluster, warns(&f, "Application has 2 orphaned resources"));
    cluster_set_list(&f.cluster, "pods", json_pack("[o]", object("two", "")));
    cluster_expire(&f.cluster, "pods");
    CLUSTER_UNTIL(&f.cluster, warns(&f, "Application has 1 orphaned resources"));
    expect_told(&f, "Pod/two", NULL);
    teardown(&f);
}

static void run_for(struct fixture *f, uint64_t ms)
{
    uint64_t end = time_monotonic_ms() + ms;

    while (time_monotonic_ms() < end)
        uv_run(&f->cluster.loop, UV_RUN_NOWAIT);
}

TEST(while_no_project_asks_nothing_is_asked_for)
{
    struct fixture f;

    setup(&f, "'description': 'silent'");
    cluster_set_list(&f.cluster, "pods", json_pack("[o]", object("one", "")));
    run_for(&f, 600);
    EXPECT_NULL(f.cluster.last_list);
    EXPECT_INT(f.cluster.streams.count, 0);

    set_project(&f, ASKS);
    CLUSTER_UNTIL(&f.cluster, warns(&f, "Application has 1 orphaned resources"));
    CLUSTER_UNTIL(&f.cluster, f.cluster.streams.count == KINDS);

    set_project(&f, "'description': 'silent'");
    CLUSTER_UNTIL(&f.cluster, warns(&f, NULL));
    expect_told(&f, "", NULL);
    free(TAKE(f.cluster.last_list));
    map_clear(&f.cluster.streams);
    run_for(&f, 600);
    EXPECT_NULL(f.cluster.last_list);
    EXPECT_INT(f.cluster.streams.count, 0);
    teardown(&f);
}

TEST(only_what_the_project_permits_is_watched)
{
    struct fixture f;

    setup(&f, ASKS ", 'namespaceResourceWhitelist': [{'group': 'batch', 'kind': '*'}]");
    cluster_set_list(&f.cluster, "pods", json_pack("[o]", object("one", "")));
    cluster_set_list(&f.cluster, "jobs", json_pack("[o]", object("one", "")));
    CLUSTER_UNTIL(&f.cluster, warns(&f, "Application has 1 orphaned resources"));
    CLUSTER_UNTIL(&f.cluster, f.cluster.streams.count);
    run_for(&f, 100);
    EXPECT_INT(f.cluster.streams.count, 1);
    EXPECT(strstr(f.cluster.last_list, "/apis/batch/v1/namespaces/fix/jobs?"));
    teardown(&f);
}

TEST(without_warn_orphans_are_only_shown)
{
    struct fixture f;

    setup(&f, "'orphanedResources': {}");
    cluster_set_list(&f.cluster, "pods", json_pack("[o]", object("one", "")));
    CLUSTER_UNTIL(&f.cluster, is_anything_told(&f));
    expect_told(&f, "Pod/one", NULL);
    EXPECT(warns(&f, NULL));
    teardown(&f);
}

TEST(a_namespace_that_is_not_watched_is_not_looked_at)
{
    struct fixture f;

    setup(&f, "'description': 'silent'");
    strvec_push(&f.options.watch_namespaces, "elsewhere");
    set_project(&f, ASKS);
    run_for(&f, 600);
    EXPECT_NULL(f.cluster.last_list);
    strvec_clear(&f.options.watch_namespaces);
    teardown(&f);
}

TEST(what_may_not_be_listed_is_told_and_the_rest_counts)
{
    struct fixture f;

    setup(&f, ASKS);
    map_set(&f.cluster.denied, "secrets", &f);
    CLUSTER_UNTIL(&f.cluster, warns(&f, "Orphaned resources are not all known: Secret cannot be "
                                        "listed: may not list"));
    cluster_set_list(&f.cluster, "pods", json_pack("[o]", object("one", "")));
    cluster_expire(&f.cluster, "pods");
    CLUSTER_UNTIL(&f.cluster,
                  warns(&f, "Application has 1 orphaned resources (not all are known: Secret "
                            "cannot be listed: may not list)"));
    expect_told(&f, "Pod/one",
                "orphaned resources are not all known: Secret cannot be listed: may not list");
    teardown(&f);
}

TEST(memory_is_bounded_and_the_bound_is_told)
{
    struct fixture f;
    json_t *many = json_array();

    for (int i = 0; i <= ORPHANS_MAX_KEPT; i++)
        json_array_append_new(many, parsef("{'metadata': {'name': 'n%d', 'uid': 'u%d'}}", i, i));
    setup(&f, ASKS);
    cluster_set_list(&f.cluster, "pods", many);
    CLUSTER_UNTIL(&f.cluster,
                  warns(&f, "Application has 20000 orphaned resources (not all are known: there "
                            "are more than 20000 objects without an owner)"));
    cluster_set_list(&f.cluster, "pods", json_pack("[o]", object("n7", "")));
    cluster_expire(&f.cluster, "pods");
    CLUSTER_UNTIL(&f.cluster, warns(&f, "Application has 1 orphaned resources"));
    teardown(&f);
}

TEST(who_stops_early_leaves_nothing_behind)
{
    struct fixture f;

    setup(&f, ASKS);
    CLUSTER_UNTIL(&f.cluster, f.cluster.last_list);
    teardown(&f);
}
