/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/plan_print.h"

#include "tests/daemon/sync/plans.h"

/* What a row's plan looks like as text. Heap string. */
static char *text_of(const struct row *row, json_t **json)
{
    cleanup_json json_t *resources = json_array();
    struct buf text = BUF_UNLIMITED;
    struct plan_options options;
    struct fixture f;
    struct plan plan;

    setup(&f, row);
    read_asked(row->asked, f.app, &options, resources);
    plan_build(&plan, f.app, f.observer, &options);
    *json = plan_json(&plan, f.app, f.observer);
    plan_text(*json, &text);
    plan_clear(&plan);
    teardown(&f);
    return buf_take(&text);
}

TEST(a_line_for_each_group_and_task)
{
    static const struct {
        struct row row;
        const char *text;
    } cases[] = {
        {{"", "", "", NULL}, "argocd/web at : 0 to apply, 0 hooks, 0 to prune, 0 as they are\n"},
        {{"ConfigMap/a Deployment/b ConfigMap/c@1+Replace=true Job/h!PreSync",
          "ConfigMap/a:s Deployment/b:m ConfigMap/x:x ConfigMap/y:xD ConfigMap/z+Prune=false:x",
          "prune CreateNamespace=true", NULL},
         "argocd/web at : 3 to apply, 1 hooks, 1 to prune, 3 as they are\n"
         "PreSync, wave 0\n"
         "    1  create  Namespace fix\n"
         "PreSync, wave 0\n"
         "    2  hook    Job.batch fix/h  (deleted at: BeforeHookCreation)\n"
         "Sync, wave 0\n"
         "    3  none    ConfigMap fix/z  (ignored (no prune))  Prune=false\n"
         "    3  none    ConfigMap fix/y  (is being deleted)\n"
         "    3  prune   ConfigMap fix/x\n"
         "    4  none    ConfigMap fix/a\n"
         "    5  apply   Deployment.apps fix/b  (missing)\n"
         "Sync, wave 1\n"
         "    6  apply   ConfigMap fix/c  (not compared)  Replace=true\n"},
        {{"", "ConfigMap/a-5m2t6d9k4h+Prune=confirm:x", "prune", NULL},
         "argocd/web at : 0 to apply, 0 hooks, 1 to prune, 0 as they are\n"
         "Sync, wave 0\n"
         "    1  prune   ConfigMap fix/a-5m2t6d9k4h  (when no ReplicaSet or Pod uses it)  "
         "[waits for approval]  Prune=confirm\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_json json_t *json = NULL;
        cleanup_free char *text = text_of(&cases[i].row, &json);

        EXPECT_STR(text, cases[i].text);
    }
}

TEST(the_guard_is_told)
{
    static const struct row row = {"", "ConfigMap/a:x ConfigMap/b:x", "prune limit=1/50", NULL};
    cleanup_json json_t *json = NULL;
    cleanup_free char *text = text_of(&row, &json);

    EXPECT_CONTAINS(text, "would prune 2 of 2 objects");
    EXPECT_CONTAINS(json_string_value(json_object_get(json, "guard")), "--prune-limit 1");
}

TEST(the_same_for_programs)
{
    static const struct row row = {"ConfigMap/a ConfigMap/b Job/h!PostSync", "ConfigMap/a:s", "",
                                   NULL};
    cleanup_json json_t *json = NULL;
    cleanup_free char *text = text_of(&row, &json);
    cleanup_json json_t *want = parse(
        "{'application': 'argocd/web', 'revision': '', 'groups': ["
        "{'phase': 'Sync', 'wave': 0, 'steps': [["
        "{'action': 'none', 'group': '', 'version': 'v1', 'kind': 'ConfigMap', 'namespace': 'fix', "
        "'name': 'a'}, {'action': 'apply', 'group': '', 'version': 'v1', 'kind': 'ConfigMap', "
        "'namespace': 'fix', 'name': 'b', 'reason': 'not compared'}]]},"
        "{'phase': 'PostSync', 'wave': 0, 'steps': [["
        "{'action': 'hook', 'group': 'batch', 'version': 'v1', 'kind': 'Job', 'namespace': 'fix', "
        "'name': 'h', 'reason': 'deleted at: BeforeHookCreation'}]]}]}");

    EXPECT(*text);
    if (!json_equal(json, want)) {
        cleanup_free char *got = json_dumps(json, JSON_COMPACT);

        fail_msg("%s", got);
    }
}
