/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app/spec.h"

#include "daemon/object/sync_options.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"

#define DEFAULT_BACKOFF_MS 5000
#define DEFAULT_BACKOFF_FACTOR 2.0
#define DEFAULT_BACKOFF_MAX_MS 180000
#define DEFAULT_HISTORY_LIMIT 10
#define MIN_BACKOFF_MS 1000 /* "0s" would try without a pause */

static char *dup_string(const json_t *object, const char *field, const char *fallback)
{
    const char *s = json_string_value(json_object_get(object, field));

    return xstrdup(s && *s ? s : fallback);
}

static int parse_backoff(struct app_spec *spec, const json_t *retry, struct error **err)
{
    const json_t *backoff = json_object_get(retry, "backoff");
    const char *duration = json_string_value(json_object_get(backoff, "duration"));
    const char *max = json_string_value(json_object_get(backoff, "maxDuration"));
    const json_t *factor = json_object_get(backoff, "factor");

    if (duration && duration_parse(duration, &spec->backoff_ms, err) < 0)
        return error_wrap(err, "spec.syncPolicy.retry.backoff.duration");
    if (max && duration_parse(max, &spec->backoff_max_ms, err) < 0)
        return error_wrap(err, "spec.syncPolicy.retry.backoff.maxDuration");
    if (spec->backoff_ms < MIN_BACKOFF_MS)
        spec->backoff_ms = MIN_BACKOFF_MS;
    if (json_is_integer(factor) && json_integer_value(factor) >= 1)
        spec->backoff_factor = (double)json_integer_value(factor);
    return 0;
}

static int check_strings(const json_t *map, const char *field, struct error **err)
{
    const char *name;
    json_t *value;

    if (map && !json_is_null(map) && !json_is_object(map))
        return error_set(err, ERROR_INVALID, "%s must be a map of strings", field);
    json_object_foreach ((json_t *)map, name, value)
        if (!json_is_string(value))
            return error_set(err, ERROR_INVALID, "%s[\"%s\"] must be a string: quote it", field,
                             name);
    return 0;
}

static int parse_namespace_metadata(struct app_spec *spec, const json_t *metadata,
                                    struct error **err)
{
    if (!json_is_object(metadata))
        return 0;
    if (check_strings(json_object_get(metadata, "labels"),
                      "spec.syncPolicy.managedNamespaceMetadata.labels", err) < 0 ||
        check_strings(json_object_get(metadata, "annotations"),
                      "spec.syncPolicy.managedNamespaceMetadata.annotations", err) < 0)
        return -1;
    spec->namespace_metadata = json_deep_copy(metadata);
    return 0;
}

static int parse_sync_policy(struct app_spec *spec, const json_t *policy, struct error **err)
{
    const json_t *automated = json_object_get(policy, "automated");

    if (json_is_object(automated) && !json_is_false(json_object_get(automated, "enabled"))) {
        spec->automated = true;
        spec->prune = json_is_true(json_object_get(automated, "prune"));
        spec->self_heal = json_is_true(json_object_get(automated, "selfHeal"));
        spec->allow_empty = json_is_true(json_object_get(automated, "allowEmpty"));
    }
    spec->sync_options = sync_options_of_app(json_object_get(policy, "syncOptions"));
    if (parse_namespace_metadata(spec, json_object_get(policy, "managedNamespaceMetadata"), err) <
        0)
        return -1;
    return parse_backoff(spec, json_object_get(policy, "retry"), err);
}

static int parse_destination(struct app_spec *spec, const json_t *destination, struct error **err)
{
    size_t len;

    spec->dest_server = dup_string(destination, "server", "");
    spec->dest_name = dup_string(destination, "name", "");
    spec->dest_namespace = dup_string(destination, "namespace", "");
    spec->destination = json_object_size(destination) ? packed_new(destination) : NULL;
    len = strlen(spec->dest_server);
    if (len && spec->dest_server[len - 1] == '/')
        spec->dest_server[len - 1] = '\0';
    if (*spec->dest_server && *spec->dest_name)
        return error_set(err, ERROR_INVALID,
                         "spec.destination: server \"%s\" and name \"%s\" exclude each other",
                         spec->dest_server, spec->dest_name);
    if (!*spec->dest_server && !*spec->dest_name)
        return error_set(err, ERROR_INVALID,
                         "spec.destination: one of server and name is required "
                         "(https://kubernetes.default.svc is this cluster)");
    return 0;
}

struct app_spec *app_spec_parse(const json_t *application, struct error **err)
{
    const json_t *body = json_object_get(application, "spec");
    const json_t *policy = json_object_get(body, "syncPolicy");
    const json_t *limit = json_object_get(body, "revisionHistoryLimit");
    struct app_spec *spec = xcalloc(1, sizeof(*spec));

    spec->backoff_ms = DEFAULT_BACKOFF_MS;
    spec->backoff_factor = DEFAULT_BACKOFF_FACTOR;
    spec->backoff_max_ms = DEFAULT_BACKOFF_MAX_MS;
    spec->history_limit =
        json_is_integer(limit) ? json_integer_value(limit) : DEFAULT_HISTORY_LIMIT;
    if (spec->history_limit < 0)
        spec->history_limit = 0;
    spec->project = dup_string(body, "project", "default");
    if (json_array_size(json_object_get(body, "ignoreDifferences")))
        spec->ignore_differences = packed_new(json_object_get(body, "ignoreDifferences"));
    spec->sync_policy = packed_new(policy);
    if (json_is_object(json_object_get(body, "sourceHydrator"))) {
        error_set(err, ERROR_UNSUPPORTED,
                  "spec.sourceHydrator is not supported: use spec.source with the branch that the "
                  "hydrator writes to");
        goto fail;
    }
    if (app_sources_parse(body, "spec", &spec->sources, err) < 0 ||
        parse_destination(spec, json_object_get(body, "destination"), err) < 0 ||
        parse_sync_policy(spec, policy, err) < 0)
        goto fail;
    return spec;

fail:
    app_spec_free(spec);
    return NULL;
}

void app_spec_free(struct app_spec *spec)
{
    if (!spec)
        return;
    free(spec->project);
    free(spec->dest_server);
    free(spec->dest_name);
    free(spec->dest_namespace);
    app_sources_clear(&spec->sources);
    packed_unref(spec->destination);
    packed_unref(spec->ignore_differences);
    json_decref(spec->namespace_metadata);
    packed_unref(spec->sync_policy);
    free(spec);
}
