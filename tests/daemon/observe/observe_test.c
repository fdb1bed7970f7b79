/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app_object.h"
#include "daemon/compare/judge.h"
#include "daemon/observe/observe.h"
#include "daemon/sync/drift.h"
#include "daemon/wants.h"

#include "tests/daemon/cluster.h"

#define FIXTURES "tests/daemon/fixtures/compare/"
#define CONFIG_MAP "/ConfigMap/fix/web"

struct fixture {
    struct cluster cluster;
    struct judge *judge;
    struct observer *observer;
    struct app *web;
    struct app *other;
    unsigned web_changes;
    unsigned other_changes;
    unsigned recoveries;
};

static void on_changed(void *arg, struct app *app)
{
    struct fixture *f = arg;

    *(app == f->web ? &f->web_changes : &f->other_changes) += 1;
}

static void on_recovered(void *arg)
{
    ((struct fixture *)arg)->recoveries++;
}

static void setup(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    cluster_start(&f->cluster);
    f->web = parts_app("web");
    f->other = parts_app("other");
    f->judge = judge_new(f->cluster.client);
    judge_set_discovery(f->judge, f->cluster.discovery);
    f->observer = observer_new(f->cluster.client, f->judge, on_changed, on_recovered, f);
    observer_set_discovery(f->observer, f->cluster.discovery);
    observer_add_app(f->observer, f->web);
    observer_add_app(f->observer, f->other);
    observer_apps_are_known(f->observer);
}

static void teardown(struct fixture *f)
{
    observer_free(f->observer);
    app_free(f->web);
    app_free(f->other);
    judge_stop(f->judge);
    cluster_stop(&f->cluster);
    judge_free(f->judge);
}

static json_t *load(const char *file)
{
    cleanup_free char *path = xasprintf(FIXTURES "%s.json", file);
    json_t *object = json_load_file(path, 0, NULL);

    if (!object)
        fail_msg("%s: cannot be read", path);
    return object;
}

/* Make this all that the application wants. Takes `objects`. */
static void want(struct fixture *f, struct app *app, json_t *objects)
{
    struct desired_set *former = app->desired;

    app->desired = parts_desired(app->instance, objects);
    observer_want(f->observer, app, former);
    desired_set_unref(former);
}

static void want_fixture(struct fixture *f, struct app *app, const char *file)
{
    json_t *objects = json_array();

    json_array_append_new(objects, load(file));
    want(f, app, objects);
}

static struct object *find(struct fixture *f)
{
    return observer_find(f->observer, CONFIG_MAP);
}

static bool is(struct fixture *f, enum verdict verdict)
{
    return find(f) && find(f)->verdict == verdict;
}

static bool ready(struct fixture *f, struct app *app)
{
    const char *blocker;

    return observer_is_ready(f->observer, app, &blocker);
}

static void tell(struct fixture *f, const char *type, const char *file)
{
    cleanup_json json_t *live = load(file);

    cluster_send(&f->cluster, "configmaps", type, live);
}

static void feed(struct fixture *f, const char *file)
{
    cleanup_json json_t *live = load(file);

    observer_feed(f->observer, live);
}

/* The fixture's live ConfigMap, its tracking id changed (NULL: none), as version `version`. */
static json_t *tracked_by(const char *instance, int version)
{
    json_t *live = load("configmap/live");
    json_t *metadata = json_object_get(live, "metadata");
    json_t *annotations = json_object_get(metadata, "annotations");

    json_object_set_new(metadata, "resourceVersion", parsef("'%d'", version));
    if (instance)
        json_object_set_new(annotations, TRACKING_ANNOTATION,
                            parsef("'%s:/ConfigMap:fix/web'", instance));
    else
        json_object_del(annotations, TRACKING_ANNOTATION);
    return live;
}

static void feed_tracked(struct fixture *f, const char *instance, int version)
{
    cleanup_json json_t *live = tracked_by(instance, version);

    observer_feed(f->observer, live);
}

TEST(missing_synced_drifted_gone)
{
    struct fixture f;
    const char *blocker = "x";
    unsigned changes;

    setup(&f);
    want_fixture(&f, f.web, "configmap/desired");
    EXPECT(is(&f, VERDICT_UNKNOWN)); /* not listed yet: it may be there */
    EXPECT(!observer_is_ready(f.observer, f.web, &blocker));
    EXPECT_NULL(blocker);
    EXPECT_STR(observer_unlisted(f.observer), "/ConfigMap");
    EXPECT(!object_kind_is_synced(find(&f)));
    EXPECT_INT(observer_kind_count(f.observer), 1);
    EXPECT(map_has(&f.web->owned_kinds, "/ConfigMap"));

    CLUSTER_UNTIL(&f.cluster, ready(&f, f.web));
    EXPECT_NULL(observer_unlisted(f.observer));
    EXPECT(is(&f, VERDICT_MISSING));
    EXPECT(object_kind_is_synced(find(&f)));
    EXPECT(f.web_changes > 0);
    EXPECT_INT(f.other_changes, 0);
    EXPECT_INT(f.web->tracked.count, 0);
    EXPECT_STR(object_resource(find(&f))->plural, "configmaps");

    tell(&f, "ADDED", "configmap/live");
    CLUSTER_UNTIL(&f.cluster, is(&f, VERDICT_SYNCED));
    EXPECT_STR(find(&f)->uid, "5619ca7d-6689-4bce-843c-f86f8963e555");
    EXPECT_STR(find(&f)->instance, "web");
    EXPECT_INT(find(&f)->changed_at_us, 0);
    EXPECT_NULL(find(&f)->drift);
    EXPECT(map_find(&f.web->tracked, CONFIG_MAP) == find(&f));

    changes = f.web_changes;
    tell(&f, "MODIFIED", "configmap/live-edited");
    CLUSTER_UNTIL(&f.cluster, is(&f, VERDICT_DRIFTED));
    EXPECT_CONTAINS(find(&f)->drift, ".data.number");
    EXPECT(find(&f)->changed_at_us > 0);
    EXPECT_INT(f.web_changes, changes + 1);

    /* Our own repair is seen by the answer of the write already. */
    feed(&f, "configmap/live-added");
    EXPECT(is(&f, VERDICT_SYNCED));
    EXPECT_INT(find(&f)->changed_at_us, 0);

    tell(&f, "DELETED", "configmap/live-added");
    CLUSTER_UNTIL(&f.cluster, is(&f, VERDICT_MISSING));
    EXPECT_STR(find(&f)->uid, "");
    EXPECT(find(&f)->changed_at_us > 0);
    EXPECT_NULL(find(&f)->instance);
    EXPECT_INT(f.web->tracked.count, 0);
    EXPECT_INT(observer_object_count(f.observer), 1);
    teardown(&f);
}

TEST(verdicts_of_real_objects)
{
    static const struct {
        const char *desired, *live;
        enum verdict verdict;
        const char *drift;
        int health; /* -1: none */
    } rows[] = {
        {"configmap/desired", "configmap/live", VERDICT_SYNCED, NULL, -1},
        {"configmap/desired", "configmap/live-added", VERDICT_SYNCED, NULL, -1},
        {"configmap/desired", "configmap/live-edited", VERDICT_DRIFTED, ".data.number", -1},
        {"configmap/desired", "configmap/live-removed", VERDICT_DRIFTED, ".data.empty", -1},
        {"deployment/desired", "deployment/live", VERDICT_SYNCED, NULL, HEALTH_PROGRESSING},
        {"deployment/desired", "deployment/live-image", VERDICT_DRIFTED, "image",
         HEALTH_PROGRESSING},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *live = load(rows[i].live);
        cleanup_free char *key = object_key_of(live);
        struct object *object;
        struct fixture f;

        setup(&f);
        want_fixture(&f, f.web, rows[i].desired);
        observer_feed(f.observer, live);
        object = observer_find(f.observer, key);
        if (!object || object->verdict != rows[i].verdict)
            fail_msg("%s: verdict %d, %s", rows[i].live, object ? (int)object->verdict : -1,
                     object && object->drift ? object->drift : "no drift");
        if (rows[i].drift)
            EXPECT_CONTAINS(object->drift, rows[i].drift);
        EXPECT_INT(object->has_health, rows[i].health >= 0);
        if (rows[i].health >= 0 && object->health != (enum health_status)rows[i].health)
            fail_msg("%s: %s", rows[i].live, health_status_name(object->health));
        teardown(&f);
    }
}

TEST(an_older_version_says_nothing)
{
    struct fixture f;
    unsigned changes;

    setup(&f);
    want_fixture(&f, f.web, "configmap/desired");
    feed(&f, "configmap/live-edited"); /* 413 */
    EXPECT(is(&f, VERDICT_DRIFTED));
    changes = f.web_changes;
    feed(&f, "configmap/live"); /* 328 */
    feed(&f, "configmap/live-edited");
    EXPECT(is(&f, VERDICT_DRIFTED));
    EXPECT_INT(find(&f)->resource_version, 413);
    EXPECT_INT(f.web_changes, changes);
    feed(&f, "configmap/live-added"); /* 414 */
    EXPECT(is(&f, VERDICT_SYNCED));
    EXPECT_INT(f.web_changes, changes + 1);
    teardown(&f);
}

TEST(a_new_incarnation_counts_and_an_earlier_one_says_nothing_any_more)
{
    cleanup_json json_t *again = load("configmap/live");
    struct fixture f;
    unsigned changes;

    setup(&f);
    want_fixture(&f, f.web, "configmap/desired");
    CLUSTER_UNTIL(&f.cluster, ready(&f, f.web));
    feed(&f, "configmap/live-edited"); /* 413 */
    json_object_set_new(json_object_get(again, "metadata"), "uid", json_string("another"));
    json_object_set_new(json_object_get(again, "metadata"), "resourceVersion", json_string("450"));
    observer_feed(f.observer, again);
    EXPECT(is(&f, VERDICT_SYNCED));
    EXPECT_STR(find(&f)->uid, "another");
    changes = f.web_changes;

    /* A watch that is resumed tells the history once more: the first one as it was edited, then its
     * deletion. */
    tell(&f, "MODIFIED", "configmap/live-edited");
    tell(&f, "DELETED", "configmap/live-edited");
    json_object_set_new(json_object_get(again, "metadata"), "resourceVersion", json_string("500"));
    cluster_send(&f.cluster, "configmaps", "MODIFIED", again);
    CLUSTER_UNTIL(&f.cluster, find(&f)->resource_version == 500);
    EXPECT_INT(f.web_changes, changes);
    EXPECT(is(&f, VERDICT_SYNCED));
    EXPECT_STR(find(&f)->uid, "another");
    teardown(&f);
}

/* What is missing from a list, or was answered 404, may have been created since, or an answer came
 * late. That a write finds it as it was shows that it exists. */
TEST(what_was_found_missing_exists_when_an_answer_shows_it_as_it_was)
{
    struct fixture f;

    setup(&f);
    want_fixture(&f, f.web, "configmap/desired");
    feed(&f, "configmap/live-added"); /* 414 */
    EXPECT(is(&f, VERDICT_SYNCED));
    observer_feed_gone(f.observer, CONFIG_MAP);
    EXPECT(is(&f, VERDICT_MISSING));
    feed(&f, "configmap/live"); /* 328 */
    EXPECT(is(&f, VERDICT_MISSING));
    feed(&f, "configmap/live-added");
    EXPECT(is(&f, VERDICT_SYNCED));
    teardown(&f);
}

TEST(a_change_of_what_is_wanted_makes_the_comparison_stale)
{
    struct fixture f;
    json_t *changed = load("configmap/desired");
    json_t *list = json_array();

    setup(&f);
    want_fixture(&f, f.web, "configmap/desired");
    feed(&f, "configmap/live");
    want_fixture(&f, f.web, "configmap/desired");
    EXPECT(is(&f, VERDICT_SYNCED)); /* the same again */
    json_object_set_new(json_object_get(changed, "data"), "number", json_string("2"));
    json_array_append_new(list, changed);
    want(&f, f.web, list);
    EXPECT(is(&f, VERDICT_STALE));
    feed(&f, "configmap/live"); /* the same version is judged anew */
    EXPECT(is(&f, VERDICT_DRIFTED));
    teardown(&f);
}

TEST(an_object_moves_from_one_application_to_another)
{
    struct fixture f;

    setup(&f);
    want_fixture(&f, f.web, "configmap/desired");
    feed(&f, "configmap/live");
    EXPECT_INT(f.web->tracked.count, 1);

    f.web_changes = f.other_changes = 0;
    want_fixture(&f, f.other, "configmap/desired");
    EXPECT(find(&f)->wanted_by == f.other);
    EXPECT(is(&f, VERDICT_STALE));
    EXPECT(f.web_changes > 0);
    EXPECT_STR(find(&f)->instance, "web"); /* until the other one writes it */

    f.web_changes = 0;
    feed_tracked(&f, "other", 500);
    EXPECT(is(&f, VERDICT_SYNCED));
    EXPECT_STR(find(&f)->instance, "other");
    EXPECT_INT(f.web->tracked.count, 0);
    EXPECT_INT(f.other->tracked.count, 1);
    EXPECT(f.web_changes > 0);

    want(&f, f.web, json_array());
    EXPECT(find(&f)->wanted_by == f.other);
    EXPECT(is(&f, VERDICT_SYNCED));
    teardown(&f);
}

TEST(an_object_that_two_want_goes_to_the_other_when_one_drops_it)
{
    struct fixture f;

    setup(&f);
    want_fixture(&f, f.web, "configmap/desired");
    want_fixture(&f, f.other, "configmap/desired");
    feed_tracked(&f, "other", 500);
    f.web_changes = 0;
    want(&f, f.other, json_array());
    EXPECT(find(&f)->wanted_by == f.web);
    EXPECT(find(&f)->desired == &f.web->desired->items[0]);
    EXPECT(is(&f, VERDICT_STALE));
    EXPECT(f.web_changes > 0);

    /* And the same when an application is removed altogether. */
    want_fixture(&f, f.other, "configmap/desired");
    EXPECT(find(&f)->wanted_by == f.other);
    observer_remove_app(f.observer, f.other);
    EXPECT(find(&f)->wanted_by == f.web);
    EXPECT_INT(f.other->tracked.count, 0);
    feed(&f, "configmap/live-added");
    teardown(&f);
}

/* ConfigMaps "c<first>" and on. */
static json_t *config_maps(int first, int count)
{
    json_t *list = json_array();

    for (int i = first; i < first + count; i++)
        json_array_append_new(
            list,
            parsef("{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'c%d'}}", i));
    return list;
}

TEST(of_many_objects_that_are_dropped_each_goes_to_who_wants_it)
{
    struct fixture f;

    setup(&f);
    want(&f, f.web, config_maps(0, 40));
    want(&f, f.other, config_maps(20, 40));
    observer_remove_app(f.observer, f.other);
    for (int i = 0; i < 60; i++) {
        cleanup_free char *key = xasprintf("/ConfigMap/fix/c%d", i);
        const struct object *object = observer_find(f.observer, key);

        if (i >= 40) {
            EXPECT_NULL(object);
            continue;
        }
        EXPECT(object->wanted_by == f.web);
        EXPECT(object->desired->key == object->key);
    }
    teardown(&f);
}

TEST(what_is_dropped_stays_known_while_it_lives_and_is_tracked)
{
    struct fixture f;

    setup(&f);
    want_fixture(&f, f.web, "configmap/desired");
    feed(&f, "configmap/live");
    want(&f, f.web, json_array());
    EXPECT(is(&f, VERDICT_EXTRA));
    EXPECT_NULL(find(&f)->wanted_by);
    EXPECT_NULL(find(&f)->desired);
    EXPECT_INT(f.web->tracked.count, 1);
    EXPECT(map_has(&f.web->owned_kinds, "/ConfigMap"));

    observer_feed_gone(f.observer, CONFIG_MAP);
    EXPECT_NULL(find(&f));
    EXPECT_INT(f.web->tracked.count, 0);
    EXPECT_INT(observer_object_count(f.observer), 0);

    /* One that never was, and one that is not tracked, are forgotten at once. */
    want_fixture(&f, f.web, "configmap/desired");
    want(&f, f.web, json_array());
    EXPECT_INT(observer_object_count(f.observer), 0);
    want_fixture(&f, f.web, "configmap/desired");
    feed_tracked(&f, NULL, 600);
    EXPECT_NULL(find(&f)->instance);
    want(&f, f.web, json_array());
    EXPECT_INT(observer_object_count(f.observer), 0);
    teardown(&f);
}

TEST(an_object_that_nobody_wants_or_tracks_costs_nothing)
{
    cleanup_json json_t *foreign = tracked_by(NULL, 700);
    cleanup_json json_t *extra = tracked_by("web", 701);
    cleanup_json json_t *released = tracked_by(NULL, 702);
    cleanup_json json_t *copied = tracked_by("web", 703);
    struct fixture f;

    setup(&f);
    json_object_set_new(json_object_get(copied, "metadata"), "name", json_string("copy"));
    observer_watch_kind(f.observer, "/ConfigMap");
    cluster_send(&f.cluster, "configmaps", "ADDED", foreign);
    cluster_send(&f.cluster, "configmaps", "ADDED", copied); /* the id is another object's */
    cluster_send(&f.cluster, "configmaps", "MODIFIED", extra);
    CLUSTER_UNTIL(&f.cluster, find(&f));
    EXPECT_INT(observer_object_count(f.observer), 1);
    EXPECT_INT(f.web->tracked.count, 1);
    cluster_send(&f.cluster, "configmaps", "MODIFIED", released);
    CLUSTER_UNTIL(&f.cluster, f.web->tracked.count == 0);
    EXPECT_INT(observer_object_count(f.observer), 0);
    feed(&f, "configmap/live"); /* the answer of a write to what is not known */
    EXPECT_INT(observer_object_count(f.observer), 0);
    observer_feed_gone(f.observer, CONFIG_MAP);
    teardown(&f);
}

/* While the daemon starts, objects arrive before the applications are rendered. */
TEST(an_object_waits_as_text_until_its_application_is_rendered)
{
    static const struct {
        const char *live;
        enum verdict verdict;
    } rows[] = {{"configmap/live", VERDICT_SYNCED}, {"configmap/live-edited", VERDICT_DRIFTED}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;
        json_t *items = json_array();

        setup(&f);
        json_array_append_new(items, load(rows[i].live));
        cluster_set_list(&f.cluster, "configmaps", items);
        map_set(&f.web->owned_kinds, "/ConfigMap", f.web);
        observer_watch_kind(f.observer, "/ConfigMap");
        CLUSTER_UNTIL(&f.cluster, ready(&f, f.web));
        EXPECT(is(&f, VERDICT_EXTRA));
        EXPECT(find(&f)->pending);
        EXPECT_INT(f.web->tracked.count, 1);
        want_fixture(&f, f.web, "configmap/desired");
        EXPECT(is(&f, rows[i].verdict));
        EXPECT_NULL(find(&f)->pending);
        EXPECT(find(&f)->wanted_by == f.web);
        teardown(&f);
    }
}

/* The Applications are listed page by page, and what the first ones own is listed meanwhile: the
 * objects of the others must not be written anew because nobody had compared them. */
TEST(an_object_waits_for_its_application_while_not_all_are_known)
{
    static const struct {
        bool all_known_before;
        enum verdict verdict;
    } rows[] = {{false, VERDICT_SYNCED}, {true, VERDICT_STALE}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *live = tracked_by("late", 100);
        struct fixture f;
        struct app *late = parts_app("late");

        setup(&f);
        observer_free(f.observer);
        f.observer = observer_new(f.cluster.client, f.judge, on_changed, on_recovered, &f);
        observer_set_discovery(f.observer, f.cluster.discovery);
        json_t *items = json_array();
        json_array_append(items, live);
        cluster_set_list(&f.cluster, "configmaps", items);
        observer_watch_kind(f.observer, "/ConfigMap");
        CLUSTER_UNTIL(&f.cluster, find(&f));
        EXPECT(find(&f)->pending);
        if (rows[i].all_known_before)
            observer_apps_are_known(f.observer);
        EXPECT((find(&f)->pending != NULL) == !rows[i].all_known_before);
        observer_add_app(f.observer, late);
        observer_apps_are_known(f.observer);
        want_fixture(&f, late, "configmap/desired");
        EXPECT(is(&f, rows[i].verdict));
        EXPECT_NULL(find(&f)->pending);
        observer_free(TAKE(f.observer));
        app_free(late);
        teardown(&f);
    }
}

/* An application that is created later than its objects takes them over. */
TEST(an_object_of_an_application_that_is_not_known_yet)
{
    cleanup_json json_t *live = tracked_by("late", 100);
    json_t *items = json_array();
    struct fixture f;
    struct app *late;

    setup(&f);
    json_array_append(items, live);
    cluster_set_list(&f.cluster, "configmaps", items);
    observer_watch_kind(f.observer, "/ConfigMap");
    CLUSTER_UNTIL(&f.cluster, find(&f));
    EXPECT(is(&f, VERDICT_EXTRA));
    EXPECT_NULL(find(&f)->pending); /* it may be another tool's: its text is not kept */

    late = parts_app("late");
    observer_add_app(f.observer, late);
    EXPECT(map_find(&late->tracked, CONFIG_MAP) == find(&f));
    want_fixture(&f, late, "configmap/desired");
    EXPECT(is(&f, VERDICT_STALE));
    observer_feed(f.observer, live);
    EXPECT(is(&f, VERDICT_SYNCED));
    observer_remove_app(f.observer, late);
    EXPECT_INT(late->tracked.count, 0);
    EXPECT(is(&f, VERDICT_EXTRA));
    observer_free(TAKE(f.observer));
    app_free(late);
    teardown(&f);
}

TEST(a_new_list_tells_what_was_deleted_meanwhile)
{
    struct fixture f;
    json_t *items = json_array();
    json_t *two;

    setup(&f);
    json_array_append_new(items, load("configmap/live"));
    two = json_deep_copy(json_array_get(items, 0));
    json_object_set_new(json_object_get(two, "metadata"), "name", json_string("two"));
    json_object_set_new(json_object_get(json_object_get(two, "metadata"), "annotations"),
                        TRACKING_ANNOTATION, json_string("web:/ConfigMap:fix/two"));
    json_array_append_new(items, two);
    cluster_set_list(&f.cluster, "configmaps", items);
    want_fixture(&f, f.web, "configmap/desired");
    CLUSTER_UNTIL(&f.cluster, is(&f, VERDICT_SYNCED));
    CLUSTER_UNTIL(&f.cluster, f.web->tracked.count == 2);
    EXPECT_INT(observer_object_count(f.observer), 2);

    CLUSTER_UNTIL(&f.cluster, map_has(&f.cluster.streams, "configmaps"));
    cluster_set_list(&f.cluster, "configmaps", json_array());
    cluster_expire(&f.cluster, "configmaps");
    CLUSTER_UNTIL(&f.cluster, is(&f, VERDICT_MISSING));
    CLUSTER_UNTIL(&f.cluster, map_has(&f.cluster.streams, "configmaps"));
    EXPECT_INT(f.web->tracked.count, 0);
    EXPECT_INT(observer_object_count(f.observer), 1);
    teardown(&f);
}

TEST(a_kind_that_may_not_be_listed_is_named_and_blocks_nothing)
{
    struct fixture f;
    char *problem;

    setup(&f);
    map_set(&f.cluster.denied, "configmaps", &f);
    want_fixture(&f, f.web, "configmap/desired");
    EXPECT(!ready(&f, f.web));
    EXPECT_NULL(observer_problem(f.observer, f.web));
    CLUSTER_UNTIL(&f.cluster, ready(&f, f.web)); /* for the objects of its other kinds */
    problem = observer_problem(f.observer, f.web);
    EXPECT_CONTAINS(problem, "Failed to load live state: ConfigMap: ");
    EXPECT_CONTAINS(problem, "may not list");
    free(problem);
    EXPECT(object_verdict(find(&f)) == VERDICT_UNKNOWN);
    EXPECT(object_is_out_of_sight(find(&f)));
    EXPECT(!object_kind_is_synced(find(&f)));
    EXPECT(!observer_kind_is_known(f.observer, "/ConfigMap"));
    EXPECT_NULL(observer_problem(f.observer, f.other)); /* it does not use the kind */
    f.recoveries = 0;

    map_clear(&f.cluster.denied);
    CLUSTER_UNTIL(&f.cluster, f.recoveries > 0);
    CLUSTER_UNTIL(&f.cluster, is(&f, VERDICT_MISSING));
    EXPECT_NULL(observer_problem(f.observer, f.web));
    EXPECT(object_kind_is_synced(find(&f)));
    teardown(&f);
}

TEST(a_kind_that_is_not_served_does_not_block)
{
    struct fixture f;

    setup(&f);
    want(&f, f.web,
         parse("[{'apiVersion': 'example.org/v1', 'kind': 'Widget', 'metadata': {'name': 'w'}}]"));
    EXPECT(ready(&f, f.web));
    EXPECT_NULL(object_resource(observer_find(f.observer, "example.org/Widget/fix/w")));
    EXPECT_INT(observer_find(f.observer, "example.org/Widget/fix/w")->verdict, VERDICT_UNKNOWN);
    teardown(&f);
}

TEST(what_a_live_object_asks_for_is_read)
{
    static const struct {
        const char *annotation, *value;
        bool no_prune, no_delete;
    } rows[] = {
        {"x", "y", false, false},
        {"argocd.argoproj.io/sync-options", "Prune=false", true, false},
        {"argocd.argoproj.io/sync-options", "Delete=false", false, true},
        {"argocd.argoproj.io/sync-options", "Validate=false,Prune=false,Delete=false", true, true},
        {"argocd.argoproj.io/sync-options", "Prune=true", false, false},
        {"helm.sh/resource-policy", "keep", true, true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *live = tracked_by("web", 900);
        json_t *metadata = json_object_get(live, "metadata");
        struct fixture f;

        setup(&f);
        json_object_set_new(json_object_get(metadata, "annotations"), rows[i].annotation,
                            json_string(rows[i].value));
        json_object_set_new(metadata, "deletionTimestamp", json_string("2026-11-23T01:20:25Z"));
        want_fixture(&f, f.web, "configmap/desired");
        observer_feed(f.observer, live);
        EXPECT_INT(find(&f)->no_prune, rows[i].no_prune);
        EXPECT_INT(find(&f)->no_delete, rows[i].no_delete);
        EXPECT(find(&f)->deleting);
        EXPECT(find(&f)->has_health && find(&f)->health == HEALTH_PROGRESSING);
        teardown(&f);
    }
}

static void add_repairs(void *arg, const char *kind, uint64_t repairs)
{
    (void)kind;
    *(uint64_t *)arg += repairs;
}

static uint64_t repairs_of(struct fixture *f)
{
    uint64_t sum = 0;

    observer_each_repairs(f->observer, add_repairs, &sum);
    return sum;
}

TEST(only_the_watched_namespaces_are_asked_for)
{
    struct fixture f;
    cleanup_strvec struct strvec namespaces = {0};
    char *outside;

    setup(&f);
    strvec_push(&namespaces, "other");
    observer_set_namespaces(f.observer, &namespaces);
    want_fixture(&f, f.web, "configmap/desired");
    CLUSTER_UNTIL(&f.cluster, ready(&f, f.web));
    EXPECT_CONTAINS(f.cluster.last_list, "/namespaces/other/configmaps");
    EXPECT(is(&f, VERDICT_UNKNOWN)); /* not MISSING: nobody looked */
    EXPECT(object_is_outside(find(&f)));
    EXPECT(!object_is_drifted(find(&f)));
    outside = observer_outside(f.observer, f.web);
    EXPECT_CONTAINS(outside, "--watch-namespace fix");
    free(outside);
    EXPECT_INT(repairs_of(&f), 0);
    teardown(&f);
}
