/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/operation_document.h"

#include "lib/doc/yaml.h"

#define DEFAULT_RETRY_LIMIT 5

json_t *operation_document_resource(const char *group, const char *kind, const char *name)
{
    json_t *resource = json_pack("{s:s, s:s}", "kind", kind, "name", name);

    if (*group)
        json_object_set_new(resource, "group", json_string(group));
    return resource;
}

static json_t *retry_of(const json_t *policy)
{
    json_t *retry = json_object_get(policy, "retry");

    return json_is_object(retry) ? json_incref(retry)
                                 : json_pack("{s:i}", "limit", DEFAULT_RETRY_LIMIT);
}

json_t *operation_document_automated(const struct app *app, const struct operation_ask *ask)
{
    cleanup_json json_t *policy = packed_load(app->spec->sync_policy);
    cleanup_json json_t *written = packed_load(app->spec->sources.written);
    json_t *options = json_object_get(policy, "syncOptions");
    json_t *sync = json_pack("{s:O}", json_is_array(written) ? "sources" : "source", written);

    revision_write(sync, ask->revision, written);
    if (ask->prune)
        json_object_set_new(sync, "prune", json_true());
    if (json_array_size(ask->resources))
        json_object_set(sync, "resources", ask->resources);
    if (ask->heal_attempts)
        json_object_set_new(sync, "autoHealAttemptsCount", json_integer(ask->heal_attempts));
    if (json_array_size(options))
        json_object_set(sync, "syncOptions", options);
    json_decref(ask->resources);
    return json_pack("{s:{s:b}, s:o, s:o}", "initiatedBy", "automated", 1, "retry",
                     retry_of(policy), "sync", sync);
}

json_t *operation_document_requested(const json_t *operation)
{
    json_t *copy = json_deep_copy(operation);

    if (!json_object_get(copy, "retry")) /* Argo CD always writes it */
        json_object_set_new(copy, "retry", json_object());
    return copy;
}
