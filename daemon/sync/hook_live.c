/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/hook_live.h"

#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

#include <assert.h>
#include <ctype.h>

#define SHORT_REVISION 7

enum hook_outcome hook_outcome(bool has_health, enum health_status health)
{
    if (!has_health)
        return HOOK_SUCCEEDED;
    switch (health) {
    case HEALTH_HEALTHY: return HOOK_SUCCEEDED;
    case HEALTH_PROGRESSING:
    case HEALTH_SUSPENDED: return HOOK_RUNS;
    case HEALTH_DEGRADED:
    case HEALTH_UNKNOWN:
    case HEALTH_MISSING: return HOOK_FAILED;
    }
    UNREACHABLE();
}

char *hook_name(const char *generate_name, const char *revision, enum sync_phase phase,
                int64_t started_ms)
{
    int shown = strlen(revision) > SHORT_REVISION ? SHORT_REVISION : (int)strlen(revision);
    cleanup_free char *suffix = xasprintf("%.*s-%s-%lld", shown, revision, sync_phase_name(phase),
                                          (long long)(started_ms / 1000));

    for (char *c = suffix; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return xasprintf("%s%s", generate_name, suffix);
}

/* The id ends in "/NAME". */
static void rename_tracking(json_t *metadata, const char *name)
{
    json_t *annotations = json_object_get(metadata, "annotations");
    const char *id = json_string_value(json_object_get(annotations, TRACKING_ANNOTATION));
    const char *slash = id ? strrchr(id, '/') : NULL;
    cleanup_free char *renamed = NULL;

    if (!slash)
        return;
    renamed = xasprintf("%.*s/%s", (int)(slash - id), id, name);
    json_object_set_new(annotations, TRACKING_ANNOTATION, json_string(renamed));
}

json_t *hook_object(const struct desired *hook, const char *name)
{
    json_t *object = json_loadb(hook->body, hook->body_len, JSON_ALLOW_NUL, NULL);
    json_t *metadata = json_object_get(object, "metadata");

    assert(metadata); /* we wrote the text ourselves */
    if (!hook->generate_name)
        return object;
    json_object_del(metadata, "generateName");
    json_object_set_new(metadata, "name", json_string(name));
    rename_tracking(metadata, name);
    return object;
}
