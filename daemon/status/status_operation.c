/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/identity.h"
#include "daemon/status/status.h"
#include "daemon/status/status_parts.h"
#include "lib/doc/yaml.h"

static json_t *images_of(const struct sync_result *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->images.len; i++)
        json_array_append_new(list, json_string(r->images.items[i]));
    return list;
}

/* Group, namespace and name are always there, as in Argo CD. */
static json_t *result_entry(const struct sync_result *r)
{
    json_t *entry = json_pack("{s:s, s:s, s:s, s:s, s:s}", "group", r->group, "version", r->version,
                              "kind", r->kind, "namespace", r->namespace, "name", r->name);

    object_put_text(entry, "status", r->status);
    status_put_message(entry, "message", r->message);
    object_put_text(entry, "syncPhase", r->sync_phase);
    object_put_text(entry, "hookType", r->hook_type);
    object_put_text(entry, "hookPhase", r->hook_phase);
    if (r->images.len)
        json_object_set_new(entry, "images", images_of(r));
    return entry;
}

static json_t *sync_result(const struct app_operation *op)
{
    cleanup_json json_t *source = packed_load(op->source);
    json_t *result = json_object();
    json_t *list;

    revision_write(result, op->revision, source);
    status_put_source(result, source);
    if (op->namespace_metadata)
        json_object_set(result, "managedNamespaceMetadata", op->namespace_metadata);
    if (!op->result_count)
        return result;
    list = json_array();
    for (size_t i = 0; i < op->result_count; i++)
        json_array_append_new(list, result_entry(&op->results[i]));
    json_object_set_new(result, "resources", list);
    return result;
}

json_t *status_operation(const struct app *app)
{
    const struct app_operation *op = &app->op;
    json_t *state;

    if (!op->phase)
        return NULL;
    state = json_pack("{s:s, s:o?, s:o}", "phase", op->phase, "operation", packed_load(op->request),
                      "syncResult", sync_result(op));
    if (!op->request)
        json_object_set_new(state, "operation", json_object());
    status_put_message(state, "message", op->message);
    status_put_time(state, "startedAt", op->started_ms);
    status_put_time(state, "finishedAt", op->finished_ms);
    if (op->retry_count)
        json_object_set_new(state, "retryCount", json_integer(op->retry_count));
    return state;
}

/* ---- history ---- */

static json_int_t next_id(const json_t *history)
{
    size_t count = json_array_size(history);
    const json_t *last = json_array_get(history, count ? count - 1 : 0);

    return last ? json_integer_value(json_object_get(last, "id")) + 1 : 0;
}

void status_add_history(struct app *app)
{
    const struct app_operation *op = &app->op;
    cleanup_json json_t *history = app->history ? packed_load(app->history) : json_array();
    cleanup_json json_t *source = packed_load(op->source);
    cleanup_json json_t *request = packed_load(op->request);
    json_t *user = json_object_get(request, "initiatedBy");
    json_t *entry = json_pack("{s:I}", "id", next_id(history));
    json_int_t limit = app->spec ? app->spec->history_limit : (json_int_t)json_array_size(history);

    revision_write(entry, op->revision, source);
    status_put_source(entry, source);
    status_put_time(entry, "deployStartedAt", op->started_ms);
    status_put_time(entry, "deployedAt", op->finished_ms);
    if (json_object_size(user))
        json_object_set(entry, "initiatedBy", user);
    json_array_append_new(history, entry);
    while ((json_int_t)json_array_size(history) > limit)
        json_array_remove(history, 0);
    packed_unref(app->history);
    app->history = json_array_size(history) ? packed_new(history) : NULL;
}
