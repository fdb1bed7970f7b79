/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/hook.h"

#include "daemon/object/compare_options.h"
#include "daemon/object/identity.h"

#include <errno.h>
#include <limits.h>

#define HOOK_ANNOTATION "argocd.argoproj.io/hook"
#define POLICY_ANNOTATION "argocd.argoproj.io/hook-delete-policy"
#define HELM_HOOK_ANNOTATION "helm.sh/hook"
#define HELM_POLICY_ANNOTATION "helm.sh/hook-delete-policy"
#define WAVE_ANNOTATION "argocd.argoproj.io/sync-wave"
#define HELM_WEIGHT_ANNOTATION "helm.sh/hook-weight"

struct word {
    const char *text;
    unsigned bit;
};

static const struct word types[] = {
    {"PreSync", HOOK_PRE_SYNC},       {"Sync", HOOK_SYNC}, {"PostSync", HOOK_POST_SYNC},
    {"SyncFail", HOOK_SYNC_FAIL},     {"Skip", HOOK_SKIP}, {"PreDelete", HOOK_PRE_DELETE},
    {"PostDelete", HOOK_POST_DELETE},
};
static const struct word helm_types[] = {
    {"pre-install", HOOK_PRE_SYNC},   {"pre-upgrade", HOOK_PRE_SYNC},
    {"post-install", HOOK_POST_SYNC}, {"post-upgrade", HOOK_POST_SYNC},
    {"pre-delete", HOOK_PRE_DELETE},  {"post-delete", HOOK_POST_DELETE},
};
static const struct word policies[] = {
    {"HookSucceeded", HOOK_DELETE_SUCCEEDED},
    {"HookFailed", HOOK_DELETE_FAILED},
    {"BeforeHookCreation", HOOK_DELETE_BEFORE_CREATION},
};
static const struct word helm_policies[] = {
    {"hook-succeeded", HOOK_DELETE_SUCCEEDED},
    {"hook-failed", HOOK_DELETE_FAILED},
    {"before-hook-creation", HOOK_DELETE_BEFORE_CREATION},
};

const char *sync_phase_name(enum sync_phase phase)
{
    switch (phase) {
    case PHASE_PRE_SYNC: return "PreSync";
    case PHASE_SYNC: return "Sync";
    case PHASE_POST_SYNC: return "PostSync";
    case PHASE_SYNC_FAIL: return "SyncFail";
    }
    UNREACHABLE();
}

/* An integer; anything else counts as 0. */
static bool parse_wave(const char *text, int *wave)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < INT_MIN || value > INT_MAX ||
        strchr(" \t\n\v\f\r", *text))
        return false;
    *wave = (int)value;
    return true;
}

int sync_wave(const json_t *object)
{
    int wave = 0;

    if (!parse_wave(object_annotation(object, WAVE_ANNOTATION), &wave) &&
        !parse_wave(object_annotation(object, HELM_WEIGHT_ANNOTATION), &wave))
        wave = 0;
    return wave;
}

static unsigned read_words(const json_t *object, const char *annotation, const struct word *words,
                           size_t count)
{
    const char *text = object_annotation(object, annotation);
    unsigned bits = 0;

    for (size_t i = 0; *text && i < count; i++)
        if (options_have(text, words[i].text))
            bits |= words[i].bit;
    return bits;
}

unsigned hook_types(const json_t *object)
{
    unsigned bits = read_words(object, HOOK_ANNOTATION, types, ARRAY_LEN(types));

    return bits ? bits
                : read_words(object, HELM_HOOK_ANNOTATION, helm_types, ARRAY_LEN(helm_types));
}

static bool has_annotation(const json_t *object, const char *name)
{
    const json_t *metadata = json_object_get(object, "metadata");

    return json_is_string(json_object_get(json_object_get(metadata, "annotations"), name));
}

bool hook_is(const json_t *object)
{
    if (has_annotation(object, HOOK_ANNOTATION))
        return hook_types(object) != HOOK_SKIP;
    return has_annotation(object, HELM_HOOK_ANNOTATION) &&
           !streq(object_annotation(object, HELM_HOOK_ANNOTATION), "crd-install");
}

unsigned hook_policies(const json_t *object)
{
    unsigned bits =
        read_words(object, POLICY_ANNOTATION, policies, ARRAY_LEN(policies)) |
        read_words(object, HELM_POLICY_ANNOTATION, helm_policies, ARRAY_LEN(helm_policies));

    return bits ? bits : HOOK_DELETE_BEFORE_CREATION;
}

int hook_finalizer_index(const json_t *live)
{
    const json_t *finalizers = json_object_get(json_object_get(live, "metadata"), "finalizers");
    const json_t *item;
    size_t i;

    json_array_foreach (finalizers, i, item)
        if (streq(json_string_value(item), HOOK_FINALIZER))
            return (int)i;
    return -1;
}

json_t *hook_release_patch(int index)
{
    cleanup_free char *path = xasprintf("/metadata/finalizers/%d", index);

    return json_pack("[{s:s, s:s, s:s}, {s:s, s:s}]", "op", "test", "path", path, "value",
                     HOOK_FINALIZER, "op", "remove", "path", path);
}
