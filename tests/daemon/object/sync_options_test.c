/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/sync_options.h"

#include "tests/daemon/parts.h"

/* Each word, and what it means for an application and for an object. */
static const struct {
    const char *word;
    unsigned app, object;
} rows[] = {
    {"CreateNamespace=true", SYNC_CREATE_NAMESPACE, 0},
    {"Validate=false", SYNC_NO_VALIDATE, SYNC_NO_VALIDATE},
    {"PruneLast=true", SYNC_PRUNE_LAST, SYNC_PRUNE_LAST},
    {"Prune=false", SYNC_NO_PRUNE, SYNC_NO_PRUNE},
    {"Prune=confirm", SYNC_CONFIRM_PRUNE, SYNC_CONFIRM_PRUNE},
    {"Delete=false", SYNC_NO_DELETE, SYNC_NO_DELETE},
    {"Delete=confirm", SYNC_CONFIRM_DELETE, SYNC_CONFIRM_DELETE},
    {"Replace=true", SYNC_REPLACE, SYNC_REPLACE},
    {"Force=true", 0, SYNC_FORCE},
    {"ServerSideApply=true", SYNC_SERVER_SIDE, SYNC_SERVER_SIDE},
    {"ServerSideApply=false", 0, SYNC_CLIENT_SIDE},
    {"ClientSideApplyMigration=false", SYNC_NO_MIGRATION, 0},
    {"SkipDryRunOnMissingResource=true", SYNC_SKIP_DRY_RUN, SYNC_SKIP_DRY_RUN},
    {"ApplyOutOfSyncOnly=true", SYNC_OUT_OF_SYNC_ONLY, 0},
    {"RespectIgnoreDifferences=true", SYNC_RESPECT_IGNORED, SYNC_RESPECT_IGNORED},
    {"FailOnSharedResource=true", SYNC_FAIL_ON_SHARED, 0},
    {"PrunePropagationPolicy=background", SYNC_BACKGROUND, 0},
    {"PrunePropagationPolicy=foreground", SYNC_FOREGROUND, 0},
    {"PrunePropagationPolicy=orphan", SYNC_ORPHAN, 0},
    /* without effect, as in Argo CD */
    {"Replace=false", 0, 0},
    {"ApplyOutOfSyncOnly=false", 0, 0},
    {"ClientSideApplyMigration=true", 0, 0},
    {"CreateNamespace=false", 0, 0},
    {"Validate=true", 0, 0},
    {"PruneLast=false", 0, 0},
    /* exact, and case-sensitive */
    {"prune=false", 0, 0},
    {"Prune=False", 0, 0},
    {"Prune = false", 0, 0},
    {"Prune", 0, 0},
    {"Prune=false2", 0, 0},
    {"PrunePropagationPolicy=Background", 0, 0},
    {"", 0, 0},
};

TEST(words)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *list = json_pack("[s]", rows[i].word);

        if (sync_options_of_app(list) != rows[i].app ||
            sync_options_of_object(rows[i].word) != rows[i].object)
            fail_msg("\"%s\": %#x of an application, %#x of an object", rows[i].word,
                     sync_options_of_app(list), sync_options_of_object(rows[i].word));
    }
}

TEST(lists_of_words)
{
    cleanup_json json_t *list = parse("['Prune=false', 7, 'CreateNamespace=true', null]");

    EXPECT_INT(sync_options_of_app(list), SYNC_NO_PRUNE | SYNC_CREATE_NAMESPACE);
    EXPECT_INT(sync_options_of_app(NULL), 0);
    EXPECT_INT(sync_options_of_object(NULL), 0);
    EXPECT_INT(sync_options_of_object(" Prune=false ,Replace=true,Prune = confirm,"),
               SYNC_NO_PRUNE | SYNC_REPLACE);
}

TEST(how_deletions_spread)
{
    EXPECT_NULL(sync_options_propagation(SYNC_NO_PRUNE));
    EXPECT_STR(sync_options_propagation(SYNC_ORPHAN), "Orphan");
    EXPECT_STR(sync_options_propagation(SYNC_ORPHAN | SYNC_FOREGROUND), "Foreground");
    EXPECT_STR(sync_options_propagation(SYNC_BACKGROUND | SYNC_ORPHAN | SYNC_FOREGROUND),
               "Background");
}
