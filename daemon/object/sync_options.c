/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/sync_options.h"

#include "daemon/object/compare_options.h"

enum { APP = 1, OBJECT = 2 };

static const struct {
    const char *word;
    enum sync_option option;
    unsigned levels;
} options[] = {
    {"CreateNamespace=true", SYNC_CREATE_NAMESPACE, APP},
    {"Validate=false", SYNC_NO_VALIDATE, APP | OBJECT},
    {"PruneLast=true", SYNC_PRUNE_LAST, APP | OBJECT},
    {"Prune=false", SYNC_NO_PRUNE, APP | OBJECT},
    {"Prune=confirm", SYNC_CONFIRM_PRUNE, APP | OBJECT},
    {"Delete=false", SYNC_NO_DELETE, APP | OBJECT},
    {"Delete=confirm", SYNC_CONFIRM_DELETE, APP | OBJECT},
    {"Replace=true", SYNC_REPLACE, APP | OBJECT},
    {"Force=true", SYNC_FORCE, OBJECT},
    {"ServerSideApply=true", SYNC_SERVER_SIDE, APP | OBJECT},
    {"ServerSideApply=false", SYNC_CLIENT_SIDE, OBJECT},
    {"ClientSideApplyMigration=false", SYNC_NO_MIGRATION, APP},
    {"SkipDryRunOnMissingResource=true", SYNC_SKIP_DRY_RUN, APP | OBJECT},
    {"ApplyOutOfSyncOnly=true", SYNC_OUT_OF_SYNC_ONLY, APP},
    /* Argo CD knows it for applications only. */
    {"RespectIgnoreDifferences=true", SYNC_RESPECT_IGNORED, APP | OBJECT},
    {"FailOnSharedResource=true", SYNC_FAIL_ON_SHARED, APP},
    {"PrunePropagationPolicy=background", SYNC_BACKGROUND, APP},
    {"PrunePropagationPolicy=foreground", SYNC_FOREGROUND, APP},
    {"PrunePropagationPolicy=orphan", SYNC_ORPHAN, APP},
};

unsigned sync_options_of_app(const json_t *list)
{
    unsigned bits = 0;
    size_t at;
    json_t *item;

    json_array_foreach ((json_t *)list, at, item)
        for (size_t i = 0; i < ARRAY_LEN(options); i++)
            if ((options[i].levels & APP) && streq(json_string_value(item), options[i].word))
                bits |= options[i].option;
    return bits;
}

unsigned sync_options_of_object(const char *annotation)
{
    unsigned bits = 0;

    if (!annotation || !*annotation)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if ((options[i].levels & OBJECT) && options_have(annotation, options[i].word))
            bits |= options[i].option;
    return bits;
}

json_t *sync_options_words(unsigned bits)
{
    json_t *words = json_array();

    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (bits & options[i].option)
            json_array_append_new(words, json_string(options[i].word));
    return words;
}

const char *sync_options_propagation(unsigned bits)
{
    if (bits & SYNC_BACKGROUND)
        return "Background";
    if (bits & SYNC_FOREGROUND)
        return "Foreground";
    return bits & SYNC_ORPHAN ? "Orphan" : NULL;
}
