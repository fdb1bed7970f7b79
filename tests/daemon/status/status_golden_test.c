/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status that real Argo CD wrote in each recorded scenario is made again: the state behind it
 * (desired and live objects, the last operation, history and conditions) is built by hand from what
 * the record says, and what is printed must be the record. Where we differ on purpose, the record
 * is changed first, in as_we_want_it().
 */
#include "daemon/app_object.h"
#include "daemon/status/status.h"
#include "lib/base/time.h"
#include "tests/daemon/parts.h"

#include <dirent.h>
#include <unistd.h>

#define TIME "2026-01-02T03:04:05Z"

static const char *text_of(const json_t *item, const char *field)
{
    return object_string(item, field);
}

static bool is_true(const json_t *item, const char *field)
{
    return json_is_true(json_object_get(item, field));
}

/* The records say TIME for a time. */
static char *with_times(const char *text)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;
    const char *at;

    for (; (at = strstr(text, ": TIME\n")); text = at + strlen(": TIME")) {
        buf_put(&out, text, (size_t)(at - text));
        buf_puts(&out, ": '" TIME "'");
    }
    buf_puts(&out, text);
    return xstrdup(out.data);
}

static json_t *load(const char *path)
{
    cleanup_free char *raw = test_read_file(path);
    cleanup_free char *text = raw ? with_times(raw) : NULL;
    cleanup_json json_t *docs = NULL;
    struct error *err = NULL;

    EXPECT(text);
    EXPECT_OK(yaml_parse(path, text, strlen(text), YAML_KUBECTL, &docs, &err));
    return json_incref(json_array_get(docs, 0));
}

/* ---- differences that are meant (docs/decisions.md) ---- */

static void as_we_want_it(json_t *status)
{
    json_t *sync = json_object_get(status, "sync");
    bool is_broken = streq(text_of(sync, "status"), "Unknown");
    json_t *item;
    size_t i;

    json_object_del(status, "sourceHydrator"); /* not supported */
    json_array_foreach (json_object_get(status, "resources"), i, item) {
        /* A hook is never pruned; and nobody knows what a revision that is broken wants. */
        if (is_true(item, "hook") || is_broken)
            json_object_del(item, "requiresPruning");
    }
    /* Also before the first object exists. */
    if (!json_object_get(status, "summary") && json_object_get(status, "resources"))
        json_object_set_new(status, "summary", json_object());
    /* Of an application that is refused, too. */
    json_object_set_new(status, "controllerNamespace", json_string("argocd"));
    json_object_set_new(status, "reconciledAt", json_string(TIME));
    /* Nothing is known of what it consists of, so nothing says that it is well. */
    if (is_broken && !json_object_get(status, "resources"))
        json_object_set_new(json_object_get(status, "health"), "status", json_string("Unknown"));
    /* The tool of the last good revision is still the one that counts. */
    if (is_broken && json_object_get(status, "resources"))
        json_object_set_new(status, "sourceType", json_string("Directory"));
}

/* ---- the state behind a record ---- */

struct fixture {
    struct parts_judge judge;
    struct observer *observer;
    struct kube_discovery *discovery;
    struct app *app;
};

static char *api_version(const json_t *item)
{
    return *text_of(item, "group")
               ? xasprintf("%s/%s", text_of(item, "group"), text_of(item, "version"))
               : xstrdup(text_of(item, "version"));
}

/* A cluster that serves the kinds of the record. */
static struct kube_discovery *discovery_of(const json_t *resources)
{
    cleanup_json json_t *groups = json_object();
    cleanup_json json_t *list = json_array();
    cleanup_json json_t *answer = NULL;
    struct group_versions versions = {0};
    const struct group_versions *all[] = {&versions};
    struct error *err = NULL;
    struct kube_discovery *d;
    const char *name;
    json_t *item;
    size_t i;

    json_array_foreach (resources, i, item) {
        const char *group = text_of(item, "group");
        json_t *kinds = json_object_get(groups, group);

        if (!kinds) {
            json_object_set_new(groups, group, json_array());
            kinds = json_object_get(groups, group);
            json_array_append_new(list, json_pack("{s:{s:s}, s:[{s:s, s:O}]}", "metadata", "name",
                                                  group, "versions", "version",
                                                  text_of(item, "version"), "resources", kinds));
        }
        json_array_append_new(
            kinds,
            parsef("{'resource': '%ss', 'responseKind': {'group': '%s', 'version': '%s', "
                   "'kind': '%s'}, 'scope': '%s', 'verbs': ['patch', 'delete']}",
                   text_of(item, "kind"), group, text_of(item, "version"), text_of(item, "kind"),
                   *text_of(item, "namespace") ? "Namespaced" : "Cluster"));
    }
    json_object_foreach (groups, name, item)
        EXPECT(json_array_size(item) > 0);
    answer = json_pack("{s:s, s:s, s:O}", "kind", "APIGroupDiscoveryList", "apiVersion",
                       "apidiscovery.k8s.io/v2", "items", list);
    EXPECT_OK(group_versions_read(&versions, answer, &err));
    d = kube_discovery_new(all, 1);
    group_versions_clear(&versions);
    return d;
}

static json_t *object_of(const json_t *item)
{
    cleanup_free char *version = api_version(item);
    json_t *object =
        parsef("{'apiVersion': '%s', 'kind': '%s', 'metadata': {'name': '%s', "
               "'namespace': '%s', 'annotations': {}}}",
               version, text_of(item, "kind"), text_of(item, "name"), text_of(item, "namespace"));
    json_t *metadata = json_object_get(object, "metadata");
    json_t *annotations = json_object_get(metadata, "annotations");
    json_int_t wave = json_integer_value(json_object_get(item, "syncWave"));

    if (!*text_of(item, "namespace"))
        json_object_del(metadata, "namespace");
    if (wave) {
        cleanup_free char *text = xasprintf("%d", (int)wave);

        json_object_set_new(annotations, "argocd.argoproj.io/sync-wave", json_string(text));
    }
    if (is_true(item, "hook"))
        json_object_set_new(annotations, "argocd.argoproj.io/hook", json_string("PreSync"));
    else if (!json_object_get(item, "status"))
        json_object_set_new(annotations, "argocd.argoproj.io/hook", json_string("Skip"));
    return object;
}

/* Is it live, and not desired? */
static bool is_leftover(const json_t *item)
{
    return is_true(item, "hook") || is_true(item, "requiresPruning");
}

static struct desired_set *desired_of(const struct fixture *f, const json_t *resources,
                                      bool with_leftovers)
{
    struct desired_options options = {
        .instance = f->app->instance, .namespace = "ref", .discovery = f->discovery};
    json_t *objects = json_array();
    struct desired_set *set = NULL;
    struct error *err = NULL;
    const json_t *item;
    size_t i;

    json_array_foreach (resources, i, item)
        if (!is_leftover(item) || (with_leftovers && !is_true(item, "hook")))
            json_array_append_new(objects, object_of(item));
    EXPECT_OK(desired_set_build(objects, &options, &set, &err));
    return set;
}

static char *key_of(const json_t *item)
{
    return object_key(text_of(item, "group"), text_of(item, "kind"), text_of(item, "namespace"),
                      text_of(item, "name"));
}

static void feed_leftover(const struct fixture *f, const json_t *item)
{
    cleanup_json json_t *live = object_of(item);
    json_t *metadata = json_object_get(live, "metadata");
    cleanup_free char *id =
        tracking_id(f->app->instance, text_of(item, "group"), text_of(item, "kind"),
                    text_of(item, "namespace"), text_of(item, "name"));
    cleanup_free char *kind = xasprintf("%s/%s", text_of(item, "group"), text_of(item, "kind"));

    json_object_set_new(metadata, "uid", json_string("u"));
    json_object_set_new(metadata, "resourceVersion", json_string("7"));
    json_object_set_new(json_object_get(metadata, "annotations"), TRACKING_ANNOTATION,
                        json_string(id));
    observer_watch_kind(f->observer, kind);
    observer_feed(f->observer, live);
}

static void set_live(const struct fixture *f, const json_t *item)
{
    const json_t *health = json_object_get(item, "health");
    cleanup_free char *key = key_of(item);
    struct object *object = observer_find(f->observer, key);
    bool is_missing = streq(text_of(health, "status"), "Missing");

    if (!object)
        return; /* a skipped one */
    if (!is_leftover(item)) {
        object->unseen = false;
        object->verdict = is_missing                                 ? VERDICT_MISSING
                          : streq(text_of(item, "status"), "Synced") ? VERDICT_SYNCED
                                                                     : VERDICT_DRIFTED;
        snprintf(object->uid, sizeof(object->uid), "%s", is_missing ? "" : "u");
        if (streq(text_of(item, "status"), "Unknown") && !f->app->broken[0])
            ((struct desired *)object->desired)->denial = DENIAL_KIND;
    }
    object->has_health = health && !is_missing;
    health_status_parse(text_of(health, "status"), &object->health);
    free(object->health_message);
    object->health_message =
        *text_of(health, "message") ? xstrdup(text_of(health, "message")) : NULL;
}

static char *lines_of(const json_t *list)
{
    cleanup_buf struct buf lines = BUF_UNLIMITED;
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item)
        buf_printf(&lines, "%s%s", i ? "\n" : "", json_string_value(item));
    return i ? xstrdup(lines.data) : NULL;
}

/* One live object runs all images. */
static void set_summary(const struct fixture *f, const json_t *status)
{
    const json_t *summary = json_object_get(status, "summary");
    const json_t *item;
    size_t i;

    json_array_foreach (json_object_get(status, "resources"), i, item) {
        cleanup_free char *key = key_of(item);
        struct object *object = observer_find(f->observer, key);

        if (!object || !object->uid[0])
            continue;
        object->images = lines_of(json_object_get(summary, "images"));
        object->urls = lines_of(json_object_get(summary, "externalURLs"));
        return;
    }
}

/* What the spec of the application made of it. */
static void set_app(struct app *app, const json_t *status)
{
    const json_t *sync = json_object_get(status, "sync");
    bool is_broken = streq(text_of(sync, "status"), "Unknown");
    cleanup_error struct error *err = NULL;

    revision_set(is_broken ? &app->broken : &app->rendered, text_of(sync, "revision"));
    revision_set(&app->target, text_of(sync, "revision"));
    if (*text_of(status, "sourceType"))
        strvec_push(&app->tools, text_of(status, "sourceType"));
    time_parse_rfc3339(TIME, &app->reconciled_ms, &err);
    packed_unref(TAKE(app->inherited));
    app->health_since_ms = app->reconciled_ms;
}

static void setup(struct fixture *f, const json_t *application)
{
    const json_t *status = json_object_get(application, "status");
    const json_t *resources = json_object_get(status, "resources");
    struct desired_set *former;
    const json_t *item;
    size_t i;

    f->observer =
        observer_new(NULL, parts_judge_start(&f->judge), parts_on_changed, parts_on_recovered, f);
    f->discovery = discovery_of(resources);
    f->app = app_new(parts_daemon(), PARTS_CONTROL_NAMESPACE, application, false);
    observer_set_discovery(f->observer, f->discovery);
    observer_add_app(f->observer, f->app);
    set_app(f->app, status);
    if (!resources)
        return;
    former = f->app->desired = desired_of(f, resources, true);
    observer_want(f->observer, f->app, NULL);
    json_array_foreach (resources, i, item)
        if (is_leftover(item))
            feed_leftover(f, item);
    f->app->desired = desired_of(f, resources, false);
    observer_want(f->observer, f->app, former);
    desired_set_unref(former);
    json_array_foreach (resources, i, item)
        set_live(f, item);
    set_summary(f, status);
}

static void teardown(struct fixture *f)
{
    observer_free(f->observer);
    parts_judge_stop(&f->judge);
    app_free(f->app);
    kube_discovery_unref(f->discovery);
}

static void check(const char *name, const char *path)
{
    cleanup_json json_t *application = load(path);
    json_t *want = json_object_get(application, "status");
    enum health_status health = HEALTH_HEALTHY;
    cleanup_json json_t *got = NULL;
    struct fixture f;

    if (!want)
        return; /* it was deleted */
    as_we_want_it(want);
    setup(&f, application);
    health = f.app->health;
    status_update_health(f.app, f.observer);
    if (f.app->health != health)
        fail_msg("%s: health %s", name, health_status_name(f.app->health));
    f.app->health_since_ms = f.app->reconciled_ms;
    got = status_build(f.app, f.observer);
    if (!json_equal(got, want)) {
        cleanup_free char *got_text = json_dumps(got, JSON_SORT_KEYS | JSON_INDENT(1));
        cleanup_free char *want_text = json_dumps(want, JSON_SORT_KEYS | JSON_INDENT(1));

        fail_msg("%s: %s\nis not %s", name, got_text, want_text);
    }
    teardown(&f);
}

TEST(every_recorded_status_is_made_again)
{
    const char *root = test_shared("argocd-reference");
    cleanup_free char *dir = root ? xstrdup(root) : NULL;
    struct dirent **scenarios;
    size_t checked = 0;
    int count;

    if (!dir)
        SKIP("../shared/argocd-reference is absent");
    count = scandir(dir, &scenarios, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        for (int step = 1; *scenarios[i]->d_name != '.'; step++) {
            cleanup_free char *name = xasprintf("%s/step-%d", scenarios[i]->d_name, step);
            cleanup_free char *path = xasprintf("%s/%s.result.yaml", dir, name);

            if (access(path, R_OK) < 0)
                break;
            check(name, path);
            checked++;
        }
        free(scenarios[i]);
    }
    free(scenarios);
    EXPECT(checked >= 40);
}
