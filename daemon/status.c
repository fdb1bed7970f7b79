/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status.h"

#include "daemon/identity.h"
#include "daemon/sync/plan.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

/* Of one message in the status; with all messages of an operation it must fit into an object. */
#define MAX_MESSAGE_BYTES 2048

static json_t *json_time(int64_t wall_ms)
{
    char text[TIME_RFC3339_BYTES];

    if (!wall_ms)
        return json_null();
    time_format_rfc3339(wall_ms, text);
    return json_string(text);
}

static json_t *json_text(const char *s)
{
    return s && *s ? json_string(s) : json_null();
}

/* Words of others: of any length, and not always UTF-8 (a file name). */
static json_t *json_message(const char *s)
{
    size_t len = s ? strlen(s) : 0;
    bool is_long = len > MAX_MESSAGE_BYTES;
    cleanup_free char *text = NULL;
    json_t *message;

    if (is_long)
        for (len = MAX_MESSAGE_BYTES; len && ((unsigned char)s[len] & 0xc0) == 0x80; len--)
            ;
    text = xasprintf("%.*s%s", (int)len, s ? s : "", is_long ? " ..." : "");
    message = json_string(text);
    if (message)
        return message;
    for (char *c = text; *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    return json_string(text);
}

/* ---- sync ---- */

/* A live object that the project does not permit is not seen. */
static bool is_denied(const struct object *object)
{
    return object->desired && object->desired->denial;
}

static const char *object_sync(const struct object *object)
{
    if (is_denied(object))
        return object->desired->denial == DENIAL_KIND ? "Unknown" : "OutOfSync";
    if (object->unseen && object->verdict == VERDICT_MISSING)
        return "Unknown";
    switch (object_verdict(object)) {
    case VERDICT_SYNCED: return "Synced";
    case VERDICT_UNKNOWN:
        return object->desired && !object->desired->known ? "OutOfSync" : "Unknown";
    default: return "OutOfSync";
    }
}

const char *status_sync(const struct app *app, const struct observer *observer)
{
    const char *blocker;
    bool unknown = false;

    if (!app->spec || app->refusal || !app->desired || app->broken[0] ||
        !observer_is_ready(observer, app, &blocker))
        return "Unknown";
    for (size_t i = 0; i < app->desired->len; i++) {
        const struct object *object = observer_find(observer, app->desired->items[i].key);
        const char *sync = object ? object_sync(object) : "Unknown";

        if (streq(sync, "OutOfSync") || (object && is_denied(object)))
            return "OutOfSync";
        unknown |= streq(sync, "Unknown");
    }
    if (unknown)
        return "Unknown";
    return plan_count_extra(app, true) ? "OutOfSync" : "Synced";
}

/* ---- health ---- */

static enum health_status worse(enum health_status a, enum health_status b)
{
    return a > b ? a : b;
}

void status_update_health(struct app *app, const struct observer *observer)
{
    enum health_status health = HEALTH_HEALTHY;
    size_t live = 0;

    if (!app->spec || app->refusal || !app->desired) {
        health = HEALTH_UNKNOWN;
    } else {
        for (size_t i = 0; i < app->desired->len; i++) {
            const struct object *object = observer_find(observer, app->desired->items[i].key);

            if (!object || !object->uid[0] || is_denied(object))
                continue; /* a missing object counts only when all are missing */
            live++;
            if (object->has_health)
                health = worse(health, object->health);
        }
        if (app->desired->len && !live)
            health = worse(health, HEALTH_MISSING);
    }
    if (health == app->health && app->health_since_ms)
        return;
    app->health = health;
    app->health_since_ms = time_wall_ms();
    app->status_dirty = true;
}

/* ---- the document ---- */

static json_t *object_health(const struct object *object)
{
    json_t *health;

    if (!object->uid[0] || is_denied(object))
        return json_pack("{s:s}", "status", health_status_name(HEALTH_MISSING));
    if (!object->has_health)
        return NULL;
    health = json_pack("{s:s}", "status", health_status_name(object->health));
    if (object->health_message && *object->health_message)
        json_object_set_new(health, "message", json_message(object->health_message));
    return health;
}

static json_t *resource_entry(const char *group, const char *version, const char *kind,
                              const char *ns, const char *name, const struct object *object)
{
    json_t *entry = json_object();
    json_t *health = object ? object_health(object) : NULL;

    if (*group)
        json_object_set_new(entry, "group", json_string(group));
    json_object_set_new(entry, "version", json_string(version));
    json_object_set_new(entry, "kind", json_string(kind));
    if (*ns)
        json_object_set_new(entry, "namespace", json_string(ns));
    json_object_set_new(entry, "name", json_string(name));
    json_object_set_new(entry, "status", json_string(object ? object_sync(object) : "Unknown"));
    if (health)
        json_object_set_new(entry, "health", health);
    return entry;
}

static int compare_keyed(const void *a, const void *b)
{
    return strcmp(((const struct map_entry *)a)->key, ((const struct map_entry *)b)->key);
}

/* What the last process listed of kinds that this one has not seen yet. Without these entries a
 * third process would not look for them. */
static void add_inherited(const struct app *app, const struct observer *observer, json_t *list)
{
    json_t *item;
    size_t i;

    json_array_foreach (app->inherited, i, item) {
        const char *group = object_string(item, "group");
        const char *kind = object_string(item, "kind");
        cleanup_free char *kind_name = xasprintf("%s/%s", group, kind);
        cleanup_free char *key =
            object_key(group, kind, object_string(item, "namespace"), object_string(item, "name"));
        const struct object *object = observer_find(observer, key);

        if (!observer_kind_is_known(observer, kind_name) &&
            (!object || (object->wanted_by != app && !plan_is_extra(app, object))))
            json_array_append(list, item);
    }
}

/* Sorted by key, as Argo CD does. */
static json_t *resources(const struct app *app, const struct observer *observer)
{
    size_t max = (app->desired ? app->desired->len : 0) + app->tracked.count;
    struct map_entry *entries = xcalloc(max, sizeof(*entries));
    json_t *list = json_array();
    struct map_entry *e;
    size_t count = 0;
    size_t it = 0;

    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct desired *d = &app->desired->items[i];
        json_t *entry = resource_entry(d->group, d->version, d->kind, d->namespace, d->name,
                                       observer_find(observer, d->key));

        if (d->wave)
            json_object_set_new(entry, "syncWave", json_integer(d->wave));
        entries[count++] = (struct map_entry){.key = d->key, .value = entry};
    }
    while ((e = map_next(&app->tracked, &it))) {
        const struct object *object = e->value;
        const struct kube_resource *r = object_resource(object);
        const char *name = strrchr(object->key, '/') + 1;
        cleanup_free char *ns = NULL;
        json_t *entry;

        if (!plan_is_extra(app, object) || !r)
            continue;
        ns = xstrdup(strchr(strchr(object->key, '/') + 1, '/') + 1);
        *strchr(ns, '/') = '\0';
        entry = resource_entry(r->group, r->version, r->kind, ns, name, object);
        json_object_set_new(entry, "requiresPruning", json_true());
        entries[count++] = (struct map_entry){.key = object->key, .value = entry};
    }
    qsort(entries, count, sizeof(*entries), compare_keyed);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, entries[i].value);
    free(entries);
    add_inherited(app, observer, list);
    return list;
}

static json_t *conditions(const struct app *app)
{
    json_t *list;

    if (!app->condition_count)
        return json_null();
    list = json_array();
    for (size_t i = 0; i < app->condition_count; i++)
        json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "type", app->conditions[i].type,
                                              "message", json_message(app->conditions[i].message),
                                              "lastTransitionTime",
                                              json_time(app->conditions[i].since_ms)));
    return list;
}

static json_t *sync_results(const struct app_operation *op)
{
    json_t *list = json_array();

    for (size_t i = 0; i < op->result_count; i++) {
        const struct sync_result *r = &op->results[i];
        json_t *entry = json_object();

        json_object_set_new(entry, "group", json_string(r->group));
        json_object_set_new(entry, "version", json_string(r->version));
        json_object_set_new(entry, "kind", json_string(r->kind));
        json_object_set_new(entry, "namespace", json_string(r->namespace));
        json_object_set_new(entry, "name", json_string(r->name));
        json_object_set_new(entry, "status", json_string(r->status));
        json_object_set_new(entry, "syncPhase", json_string(r->sync_phase));
        json_object_set_new(entry, "hookPhase", json_string(r->hook_phase));
        if (r->hook_type)
            json_object_set_new(entry, "hookType", json_string(r->hook_type));
        json_object_set_new(entry, "message", json_message(r->message));
        json_array_append_new(list, entry);
    }
    return list;
}

/* A merge patch keeps what it does not name: an object that must replace an earlier one names all
 * fields that the earlier one may have. `value` may be NULL. */
static json_t *whole(const json_t *value, const char *const *fields)
{
    json_t *copy = json_is_object(value) ? json_copy((json_t *)value) : json_object();

    for (; *fields; fields++)
        if (!json_object_get(copy, *fields))
            json_object_set_new(copy, *fields, json_null());
    return copy;
}

static json_t *whole_source(const json_t *source)
{
    static const char *const fields[] = {"repoURL", "path",      "targetRevision", "chart", "helm",
                                         "plugin",  "kustomize", "directory",      "ref",   "name",
                                         NULL};
    static const char *const of_directory[] = {"recurse", "include", "exclude", "jsonnet", NULL};
    json_t *copy = whole(source, fields);
    json_t *directory = json_object_get(copy, "directory");

    if (json_is_object(directory))
        json_object_set_new(copy, "directory", whole(directory, of_directory));
    return copy;
}

static json_t *whole_destination(const json_t *destination)
{
    static const char *const fields[] = {"server", "name", "namespace", NULL};

    return whole(destination, fields);
}

/* Argo CD, whose status this may have been, says more of an operation. */
static json_t *operation_of(const struct app_operation *op)
{
    static const char *const fields[] = {"sync", "initiatedBy", "info", "retry", NULL};
    static const char *const of_sync[] = {"revision",  "prune",        "dryRun",      "resources",
                                          "manifests", "source",       "syncOptions", "revisions",
                                          "sources",   "syncStrategy", NULL};
    static const char *const of_user[] = {"automated", "username", NULL};
    cleanup_json json_t *sync =
        json_pack("{s:s, s:b}", "revision", op->revision, "prune", op->prune);
    cleanup_json json_t *user = json_pack("{s:b}", "automated", op->automated);
    cleanup_json json_t *operation =
        json_pack("{s:o, s:o}", "sync", whole(sync, of_sync), "initiatedBy", whole(user, of_user));

    return whole(operation, fields);
}

static json_t *operation_state(const struct app *app)
{
    const struct app_operation *op = &app->op;
    json_t *state;

    if (!op->phase)
        return NULL; /* what an earlier process wrote stays */
    state = json_pack("{s:s, s:o, s:o, s:o, s:i, s:o}", "phase", op->phase, "message",
                      op->message ? json_message(op->message) : json_null(), "startedAt",
                      json_time(op->started_ms), "finishedAt", json_time(op->finished_ms),
                      "retryCount", op->retry_count, "operation", operation_of(op));
    json_object_set_new(state, "syncResult",
                        json_pack("{s:s, s:o, s:o}", "revision", op->revision, "source",
                                  op->source ? whole_source(op->source) : json_null(), "resources",
                                  sync_results(op)));
    return state;
}

static json_t *images_of(const struct app *app)
{
    /* "image":"X" in a compact body is a container's image in every workload kind. */
    cleanup_map struct map seen = {0};
    cleanup_strvec struct strvec names = {0};
    json_t *list = json_array();

    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        static const char field[] = "\"image\":\"";
        const char *at = app->desired->items[i].body;

        if (!streq(app->desired->items[i].group, "apps") &&
            !streq(app->desired->items[i].group, "batch") &&
            !streq(app->desired->items[i].kind, "Pod"))
            continue;
        while ((at = strstr(at, field))) {
            cleanup_free char *image = NULL;

            at += strlen(field);
            image = xstrndup(at, strcspn(at, "\""));
            if (!map_has(&seen, image)) {
                map_set(&seen, image, &seen);
                strvec_push(&names, image);
            }
        }
    }
    strvec_sort(&names);
    for (size_t i = 0; i < names.len; i++)
        json_array_append_new(list, json_string(names.items[i]));
    return list;
}

static json_t *ignored_differences(const struct app_spec *spec)
{
    return spec->ignore_differences ? json_incref(spec->ignore_differences) : json_null();
}

json_t *status_build(const struct app *app, const struct observer *observer)
{
    json_t *status = json_object();
    json_t *sync = json_pack("{s:s}", "status", status_sync(app, observer));
    json_t *state = operation_state(app);

    if (app->rendered[0] || app->target[0])
        json_object_set_new(
            sync, "revision",
            json_string(app->broken[0] || !app->rendered[0] ? app->target : app->rendered));
    if (app->spec)
        json_object_set_new(sync, "comparedTo",
                            json_pack("{s:o, s:o, s:o}", "source", whole_source(app->spec->source),
                                      "destination", whole_destination(app->spec->destination),
                                      "ignoreDifferences", ignored_differences(app->spec)));
    json_object_set_new(status, "sync", sync);
    json_object_set_new(status, "health",
                        json_pack("{s:s, s:o}", "status", health_status_name(app->health),
                                  "lastTransitionTime", json_time(app->health_since_ms)));
    if (app->desired) {
        json_object_set_new(status, "resources", resources(app, observer));
        json_object_set_new(status, "sourceType",
                            json_string(app->is_kustomize ? "Kustomize" : "Directory"));
        json_object_set_new(status, "summary", json_pack("{s:o}", "images", images_of(app)));
    }
    json_object_set_new(status, "conditions", conditions(app));
    json_object_set_new(status, "reconciledAt", json_time(app->reconciled_ms));
    json_object_set_new(status, "controllerNamespace", json_text(app->namespace));
    if (state)
        json_object_set_new(status, "operationState", state);
    if (json_array_size(app->history))
        json_object_set(status, "history", app->history);
    return status;
}

json_t *status_build_inventory(const struct app *app, const struct observer *observer)
{
    return json_pack("{s:o}", "resources", resources(app, observer));
}

void status_add_history(struct app *app)
{
    json_int_t limit =
        app->spec ? app->spec->history_limit : (json_int_t)json_array_size(app->history);
    size_t count = json_array_size(app->history);
    json_t *last = json_array_get(app->history, count ? count - 1 : 0);
    json_int_t id = last ? json_integer_value(json_object_get(last, "id")) + 1 : 0;

    json_array_append_new(app->history,
                          json_pack("{s:I, s:s, s:O*, s:o, s:o, s:{s:b}}", "id", id, "revision",
                                    app->op.revision, "source", app->op.source, "deployStartedAt",
                                    json_time(app->op.started_ms), "deployedAt",
                                    json_time(app->op.finished_ms), "initiatedBy", "automated",
                                    app->op.automated));
    while ((json_int_t)json_array_size(app->history) > limit)
        json_array_remove(app->history, 0);
}
