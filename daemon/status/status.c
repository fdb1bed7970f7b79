/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status/status.h"

#include "daemon/object/identity.h"
#include "daemon/status/status_parts.h"
#include "daemon/sync/plan.h"
#include "daemon/sync/prune.h"
#include "lib/base/time.h"
#include "lib/doc/words.h"
#include "lib/doc/yaml.h"

/* Of one message in the status; with all messages of an operation it must fit into an object. */
#define MAX_MESSAGE_BYTES 2048

/* ---- what the parts share ---- */

void status_put_time(json_t *to, const char *field, int64_t wall_ms)
{
    char text[TIME_RFC3339_BYTES];

    if (!wall_ms)
        return;
    time_format_rfc3339(wall_ms, text);
    json_object_set_new(to, field, json_string(text));
}

void status_put_message(json_t *to, const char *field, const char *s)
{
    if (s && *s)
        json_object_set_new(to, field, words_json(s, MAX_MESSAGE_BYTES));
}

void status_put_source(json_t *to, json_t *source)
{
    if (source)
        json_object_set(to, json_is_array(source) ? "sources" : "source", source);
}

/* NULL: nothing is set. */
static void put_packed(json_t *to, const char *field, const struct packed *document)
{
    if (document)
        json_object_set_new(to, field, packed_load(document));
}

/* ---- sync ---- */

bool status_is_denied(const struct object *object)
{
    return object->desired && object->desired->denial;
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
        const char *sync = status_object_sync(app, object);

        if (streq(sync, "OutOfSync") || (object && status_is_denied(object)))
            return "OutOfSync";
        unknown |= streq(sync, "Unknown");
    }
    if (unknown)
        return "Unknown";
    return plan_count_extra(app, true) || plan_namespace_differs(app) ? "OutOfSync" : "Synced";
}

static json_t *sync_of(const struct app *app, const struct observer *observer)
{
    cleanup_json json_t *source = packed_load(app->spec ? app->spec->sources.written : NULL);
    json_t *sync = json_pack("{s:s}", "status", status_sync(app, observer));
    json_t *compared = json_object();

    if (app->rendered[0] || app->target[0])
        revision_write(sync, app->broken[0] || !app->rendered[0] ? app->target : app->rendered,
                       source);
    if (app->spec && (app->rendered[0] || app->broken[0] || app->source_error)) {
        status_put_source(compared, source);
        put_packed(compared, "destination", app->spec->destination);
        put_packed(compared, "ignoreDifferences", app->spec->ignore_differences);
        json_object_set(sync, "comparedTo", compared);
    }
    json_decref(compared);
    return sync;
}

/* ---- the document ---- */

static void put_tools(json_t *status, const struct app *app)
{
    json_t *list;

    if (!app->spec || !app_sources_are_several(&app->spec->sources)) {
        object_put_text(status, "sourceType", app->tools.len ? app->tools.items[0] : "");
        return;
    }
    list = json_array();
    for (size_t i = 0; i < app->tools.len; i++)
        json_array_append_new(list, json_string(app->tools.items[i]));
    json_object_set_new(status, "sourceTypes", list);
}

static int compare_conditions(const void *a, const void *b)
{
    const struct app_condition *x = a;
    const struct app_condition *y = b;

    return strcmp(x->type, y->type);
}

json_t *status_conditions(const struct app *app)
{
    struct app_condition *sorted = xcalloc(app->condition_count, sizeof(*sorted));
    json_t *list = app->condition_count ? json_array() : NULL;

    if (list) {
        memcpy(sorted, app->conditions, app->condition_count * sizeof(*sorted));
        qsort(sorted, app->condition_count, sizeof(*sorted), compare_conditions);
    }
    for (size_t i = 0; i < app->condition_count; i++) {
        json_t *condition = json_pack("{s:s}", "type", sorted[i].type);

        status_put_message(condition, "message", sorted[i].message);
        status_put_time(condition, "lastTransitionTime", sorted[i].since_ms);
        json_array_append_new(list, condition);
    }
    free(sorted);
    return list;
}

json_t *status_build(const struct app *app, const struct observer *observer)
{
    json_t *status = json_object();
    json_t *state = status_operation(app);
    json_t *list = status_conditions(app);

    json_object_set_new(status, "sync", sync_of(app, observer));
    json_object_set_new(status, "health", status_health(app));
    if (list)
        json_object_set_new(status, "conditions", list);
    list = status_resources(app, observer);
    if (json_array_size(list))
        json_object_set(status, "resources", list);
    json_decref(list);
    if (app->desired) {
        put_tools(status, app);
        json_object_set_new(status, "summary", status_summary(app, observer));
    }
    status_put_time(status, "reconciledAt", app->reconciled_ms);
    object_put_text(status, "controllerNamespace", app->control_namespace);
    if (state)
        json_object_set_new(status, "operationState", state);
    put_packed(status, "history", app->history);
    return status;
}

json_t *status_build_inventory(const struct app *app, const struct observer *observer)
{
    return json_pack("{s:o}", "resources", status_resources(app, observer));
}
