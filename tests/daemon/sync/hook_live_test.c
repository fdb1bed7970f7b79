/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/hook_live.h"

#include "tests/daemon/parts.h"

TEST(what_a_hook_has_come_to)
{
    EXPECT_INT(hook_outcome(false, HEALTH_UNKNOWN), HOOK_SUCCEEDED);
    EXPECT_INT(hook_outcome(true, HEALTH_HEALTHY), HOOK_SUCCEEDED);
    EXPECT_INT(hook_outcome(true, HEALTH_PROGRESSING), HOOK_RUNS);
    EXPECT_INT(hook_outcome(true, HEALTH_SUSPENDED), HOOK_RUNS);
    EXPECT_INT(hook_outcome(true, HEALTH_DEGRADED), HOOK_FAILED);
    EXPECT_INT(hook_outcome(true, HEALTH_UNKNOWN), HOOK_FAILED);
}

TEST(generated_names)
{
    static const struct {
        const char *revision;
        enum sync_phase phase;
        const char *name;
    } rows[] = {
        {"0123456789abcdef0123456789abcdef01234567", PHASE_PRE_SYNC,
         "job-0123456-presync-1700000000"},
        {"0123456789abcdef0123456789abcdef01234567", PHASE_SYNC, "job-0123456-sync-1700000000"},
        {"ABCDEFGH", PHASE_POST_SYNC, "job-abcdefg-postsync-1700000000"},
        {"ABCDEFG", PHASE_SYNC_FAIL, "job-abcdefg-syncfail-1700000000"},
        {"v1", PHASE_PRE_SYNC, "job-v1-presync-1700000000"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *name =
            hook_name("job-", rows[i].revision, rows[i].phase, INT64_C(1700000000999));

        EXPECT_STR(name, rows[i].name);
    }
}

TEST(a_generated_hook_is_created_under_its_final_name)
{
    cleanup_desired_set struct desired_set *set = parts_desired(
        "web", parse("[{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'generateName': 'smoke-', "
                     "'annotations': {'argocd.argoproj.io/hook': 'PostSync'}}}]"));
    cleanup_json json_t *object = NULL;

    EXPECT_INT(set->len, 0);
    EXPECT_INT(set->hook_count, 1);
    EXPECT_STR(set->hooks[0].generate_name, "smoke-");
    EXPECT_INT(set->hooks[0].hooks, HOOK_POST_SYNC);
    object = hook_object(&set->hooks[0], "smoke-x");
    EXPECT_STR(object_meta_string(object, "name"), "smoke-x");
    EXPECT_STR(object_meta_string(object, "generateName"), "");
    EXPECT_STR(object_annotation(object, TRACKING_ANNOTATION), "web:/Pod:fix/smoke-x");
}
