/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/hook.h"

#include "daemon/object/sync_options.h"
#include "tests/daemon/parts.h"

#define HOOK "argocd.argoproj.io/hook"
#define POLICY "argocd.argoproj.io/hook-delete-policy"
#define HELM "helm.sh/hook"
#define HELM_POLICY "helm.sh/hook-delete-policy"

/* An object with these annotations; NULL leaves one out. */
static json_t *annotated(const char *const pairs[][2], size_t count)
{
    json_t *annotations = json_object();

    for (size_t i = 0; i < count; i++)
        if (pairs[i][1])
            json_object_set_new(annotations, pairs[i][0], json_string(pairs[i][1]));
    return json_pack("{s:{s:o}}", "metadata", "annotations", annotations);
}

TEST(types_come_from_argo_cd_and_else_from_helm)
{
    static const struct {
        const char *argo, *helm;
        unsigned types;
        bool is_hook;
    } rows[] = {
        {NULL, NULL, 0, false},
        {"PreSync", NULL, HOOK_PRE_SYNC, true},
        {"Sync", NULL, HOOK_SYNC, true},
        {"PostSync", NULL, HOOK_POST_SYNC, true},
        {"SyncFail", NULL, HOOK_SYNC_FAIL, true},
        {"PreDelete", NULL, HOOK_PRE_DELETE, true},
        {"PostDelete", NULL, HOOK_POST_DELETE, true},
        {"PreSync,PostSync", NULL, HOOK_PRE_SYNC | HOOK_POST_SYNC, true},
        {" PreSync , PostSync ", NULL, HOOK_PRE_SYNC | HOOK_POST_SYNC, true},
        {"PreSync,nonsense", NULL, HOOK_PRE_SYNC, true},
        /* Skip alone is no hook; with another type it says nothing */
        {"Skip", NULL, HOOK_SKIP, false},
        {"Skip,PreSync", NULL, HOOK_SKIP | HOOK_PRE_SYNC, true},
        {"Skip,nonsense", NULL, HOOK_SKIP, false},
        /* a value that means nothing still makes a hook, of no type */
        {"", NULL, 0, true},
        {"presync", NULL, 0, true},
        {"nonsense", NULL, 0, true},
        /* Helm */
        {NULL, "pre-install", HOOK_PRE_SYNC, true},
        {NULL, "pre-upgrade", HOOK_PRE_SYNC, true},
        {NULL, "post-install", HOOK_POST_SYNC, true},
        {NULL, "post-upgrade", HOOK_POST_SYNC, true},
        {NULL, "pre-delete", HOOK_PRE_DELETE, true},
        {NULL, "post-delete", HOOK_POST_DELETE, true},
        {NULL, "pre-install,pre-upgrade", HOOK_PRE_SYNC, true},
        {NULL, "pre-install, post-install", HOOK_PRE_SYNC | HOOK_POST_SYNC, true},
        {NULL, "test", 0, true},
        {NULL, "test-success", 0, true},
        {NULL, "pre-rollback", 0, true},
        {NULL, "crd-install", 0, false},
        {NULL, "crd-install,pre-install", HOOK_PRE_SYNC, true},
        /* Helm's are read only where Argo CD's say nothing */
        {"PostSync", "pre-install", HOOK_POST_SYNC, true},
        {"nonsense", "pre-install", HOOK_PRE_SYNC, true},
        {"Skip", "pre-install", HOOK_SKIP, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *const pairs[][2] = {{HOOK, rows[i].argo}, {HELM, rows[i].helm}};
        cleanup_json json_t *object = annotated(pairs, ARRAY_LEN(pairs));

        if (hook_types(object) != rows[i].types || hook_is(object) != rows[i].is_hook)
            fail_msg("row %zu, \"%s\" and \"%s\": types %#x, hook %d", i, rows[i].argo,
                     rows[i].helm, hook_types(object), hook_is(object));
    }
}

TEST(policies_add_up)
{
    static const struct {
        const char *argo, *helm;
        unsigned policies;
    } rows[] = {
        {NULL, NULL, HOOK_DELETE_BEFORE_CREATION},
        {"", NULL, HOOK_DELETE_BEFORE_CREATION},
        {"nonsense", NULL, HOOK_DELETE_BEFORE_CREATION},
        {"HookSucceeded", NULL, HOOK_DELETE_SUCCEEDED},
        {"HookFailed", NULL, HOOK_DELETE_FAILED},
        {"BeforeHookCreation", NULL, HOOK_DELETE_BEFORE_CREATION},
        {"HookSucceeded,HookFailed", NULL, HOOK_DELETE_SUCCEEDED | HOOK_DELETE_FAILED},
        {"HookSucceeded , BeforeHookCreation", NULL,
         HOOK_DELETE_SUCCEEDED | HOOK_DELETE_BEFORE_CREATION},
        {"hook-succeeded", NULL, HOOK_DELETE_BEFORE_CREATION},
        {NULL, "hook-succeeded", HOOK_DELETE_SUCCEEDED},
        {NULL, "hook-failed", HOOK_DELETE_FAILED},
        {NULL, "before-hook-creation", HOOK_DELETE_BEFORE_CREATION},
        {NULL, "hook-succeeded,hook-failed", HOOK_DELETE_SUCCEEDED | HOOK_DELETE_FAILED},
        {"HookFailed", "hook-succeeded", HOOK_DELETE_SUCCEEDED | HOOK_DELETE_FAILED},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *const pairs[][2] = {{POLICY, rows[i].argo}, {HELM_POLICY, rows[i].helm}};
        cleanup_json json_t *object = annotated(pairs, ARRAY_LEN(pairs));

        if (hook_policies(object) != rows[i].policies)
            fail_msg("row %zu, \"%s\" and \"%s\": %#x", i, rows[i].argo, rows[i].helm,
                     hook_policies(object));
    }
}

TEST(a_wave_is_a_whole_number)
{
    static const struct {
        const char *argo, *helm;
        int wave;
    } rows[] = {
        {NULL, NULL, 0},          {"5", NULL, 5},   {"-5", NULL, -5},
        {"+5", NULL, 5},          {"5.0", NULL, 0}, {" 5", NULL, 0},
        {"five", NULL, 0},        {"", NULL, 0},    {"0x5", NULL, 0},
        {"99999999999", NULL, 0}, {NULL, "3", 3},   {NULL, "-3", -3},
        {NULL, "three", 0},       {"1", "3", 1},    {"one", "3", 3},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *const pairs[][2] = {{"argocd.argoproj.io/sync-wave", rows[i].argo},
                                        {"helm.sh/hook-weight", rows[i].helm}};
        cleanup_json json_t *object = annotated(pairs, ARRAY_LEN(pairs));

        if (sync_wave(object) != rows[i].wave)
            fail_msg("row %zu, \"%s\" and \"%s\": %d", i, rows[i].argo, rows[i].helm,
                     sync_wave(object));
    }
}

TEST(what_is_no_plain_object_is_set_aside)
{
    cleanup_desired_set struct desired_set *set = parts_desired(
        "web",
        parse("[{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'plain'}},"
              "{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'pre', 'annotations': "
              "{'argocd.argoproj.io/hook': 'PreSync', 'argocd.argoproj.io/hook-delete-policy': "
              "'HookFailed'}}},"
              "{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'skip', 'annotations': "
              "{'argocd.argoproj.io/hook': 'Skip'}}},"
              "{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'test', 'annotations': "
              "{'helm.sh/hook': 'test'}}},"
              "{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'end', 'annotations': "
              "{'argocd.argoproj.io/hook': 'PostDelete'}}},"
              "{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'opted', 'annotations': "
              "{'argocd.argoproj.io/sync-options': 'Prune=false, Replace=true'}}}]"));

    EXPECT_INT(set->len, 2);
    EXPECT_STR(set->items[0].name, "opted");
    EXPECT_INT(set->items[0].options, SYNC_NO_PRUNE | SYNC_REPLACE);
    EXPECT_STR(set->items[1].name, "plain");
    EXPECT_INT(set->items[1].hooks, 0);
    EXPECT_INT(set->hook_count, 2);
    EXPECT_STR(set->hooks[0].name, "end");
    EXPECT_STR(set->hooks[1].name, "pre");
    EXPECT_INT(set->hooks[1].hook_policies, HOOK_DELETE_FAILED);
    EXPECT_INT(set->skipped_count, 1);
    EXPECT_STR(set->skipped[0].name, "skip");
    EXPECT(desired_set_has_aside(set, "/Pod/fix/pre"));
    EXPECT(desired_set_has_aside(set, "/Pod/fix/skip"));
    EXPECT(!desired_set_has_aside(set, "/Pod/fix/plain"));
    EXPECT(!desired_set_has_aside(set, "/Pod/fix/test"));
}
