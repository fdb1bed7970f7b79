/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/plan.h"

#include "tests/daemon/sync/plans.h"

TEST(what_is_written)
{
    static const struct row rows[] = {
        {"", "", "prune", ""},
        /* what is as desired is told, and not written */
        {"ConfigMap/a", "ConfigMap/a:s", "prune", "ConfigMap/a="},
        {"ConfigMap/a Deployment/b", "ConfigMap/a:s Deployment/b:s", "prune",
         "ConfigMap/a= > Deployment/b="},
        /* what differs is applied, whatever the reason */
        {"ConfigMap/a", "", "prune", "ConfigMap/a"},
        {"ConfigMap/a", "ConfigMap/a:m", "prune", "ConfigMap/a"},
        {"ConfigMap/a", "ConfigMap/a:d", "prune", "ConfigMap/a"},
        {"ConfigMap/a", "ConfigMap/a:t", "prune", "ConfigMap/a"},
        {"ConfigMap/a", "ConfigMap/a:u", "", "ConfigMap/a"},
        {"ConfigMap/a ConfigMap/b", "ConfigMap/a:s ConfigMap/b:d", "prune",
         "ConfigMap/a= ConfigMap/b"},
        /* another application's, too: the last one to be rendered applies it */
        {"ConfigMap/a ConfigMap/b", "ConfigMap/a:o", "prune", "ConfigMap/b"},
        {"ConfigMap/a", "ConfigMap/a:o", "prune", ""},
        /* a repair is about what differs */
        {"ConfigMap/a ConfigMap/b", "ConfigMap/a:s ConfigMap/b:d", "repair", "ConfigMap/b"},
        {"ConfigMap/a ConfigMap/b", "ConfigMap/a:s ConfigMap/b:m", "repair", "ConfigMap/b"},
        {"ConfigMap/a", "ConfigMap/a:t", "repair", "ConfigMap/a"},
        {"ConfigMap/a ConfigMap/b", "ConfigMap/a:s ConfigMap/b:s", "repair", ""},
        {"ConfigMap/a", "ConfigMap/a:u", "repair", ""},
        {"ConfigMap/a Job/h!PreSync", "ConfigMap/a:d", "repair", "ConfigMap/a"},
        {"ConfigMap/a@1 ConfigMap/b@2 ConfigMap/c@3", "ConfigMap/a:d ConfigMap/b:s ConfigMap/c:d",
         "repair", "ConfigMap/a | ConfigMap/c"},
        {"ConfigMap/a", "ConfigMap/a:s ConfigMap/x:x", "repair prune", "-ConfigMap/x"},
        /* Skip alone: not there */
        {"ConfigMap/a!Skip", "", "prune", ""},
        {"ConfigMap/a!Skip ConfigMap/b", "", "prune", "ConfigMap/b"},
        {"ConfigMap/a!nonsense ConfigMap/b", "", "prune", "ConfigMap/b"},
    };

    expect_plans(rows, ARRAY_LEN(rows));
}

TEST(the_order_of_kinds_and_names)
{
    static const struct row rows[] = {
        {"Deployment/b Service/b ConfigMap/b Secret/b Namespace/b", "", "prune",
         "Namespace/b > Secret/b > ConfigMap/b > Service/b > Deployment/b"},
        {"ConfigMap/c ConfigMap/a ConfigMap/b", "", "prune", "ConfigMap/a ConfigMap/b ConfigMap/c"},
        {"Widget/a Deployment/a", "", "prune", "Deployment/a > Widget/a"},
        {"Job/a Deployment/a ReplicaSet/a Pod/a Service/a", "", "prune",
         "Service/a > Pod/a > ReplicaSet/a > Deployment/a > Job/a"},
        {"Deployment/b ReplicaSet/z", "", "prune", "ReplicaSet/z > Deployment/b"},
        /* a step that has nothing to write still stands */
        {"Secret/a ConfigMap/a Deployment/a", "ConfigMap/a:s", "prune",
         "Secret/a > ConfigMap/a= > Deployment/a"},
        /* kinds without a place in the order go by name, and a change of kind is a step */
        {"Widget/b Gadget/a", "", "prune", "Gadget/a > Widget/b"},
        {"Widget/a Gadget/b Widget/c", "", "prune", "Widget/a > Gadget/b > Widget/c"},
        {"Widget/a Gadget/a", "", "prune", "Gadget/a > Widget/a"},
        {"Widget/b Widget/a Gadget/c", "", "prune", "Widget/a Widget/b > Gadget/c"},
        /* the same name in two namespaces */
        {"ConfigMap/a~one ConfigMap/a~two Service/a~one", "", "prune",
         "ConfigMap/a ConfigMap/a > Service/a"},
    };

    expect_plans(rows, ARRAY_LEN(rows));
}

TEST(waves)
{
    static const struct row rows[] = {
        {"ConfigMap/late@5 Deployment/early@-1 Secret/middle", "", "prune",
         "Deployment/early | Secret/middle | ConfigMap/late"},
        {"ConfigMap/a@1 ConfigMap/b@2 ConfigMap/c@1", "", "prune",
         "ConfigMap/a ConfigMap/c | ConfigMap/b"},
        {"ConfigMap/a@1 Secret/b@1 Secret/a", "", "prune", "Secret/a | Secret/b > ConfigMap/a"},
        {"ConfigMap/a@-5 ConfigMap/b@-10 ConfigMap/c", "", "prune",
         "ConfigMap/b | ConfigMap/a | ConfigMap/c"},
        {"ConfigMap/a@0 ConfigMap/b", "", "prune", "ConfigMap/a ConfigMap/b"},
        {"ConfigMap/a@x ConfigMap/b@1.5 ConfigMap/c@1", "", "prune",
         "ConfigMap/a ConfigMap/b | ConfigMap/c"},
        {"ConfigMap/a@2147483647 ConfigMap/b@-2147483648", "", "prune",
         "ConfigMap/b | ConfigMap/a"},
        /* waves that are as desired stand, and are waited for */
        {"Deployment/a@1 Deployment/b@2", "Deployment/a:s Deployment/b:d", "prune",
         "Deployment/a= | Deployment/b"},
        {"Deployment/a@1 Deployment/b@2", "Deployment/a:s Deployment/b:s", "prune",
         "Deployment/a= | Deployment/b="},
        {"Namespace/n@3 ConfigMap/a", "", "prune", "ConfigMap/a | Namespace/n"},
    };

    expect_plans(rows, ARRAY_LEN(rows));
}

TEST(what_is_needed_comes_first)
{
    static const struct row rows[] = {
        /* a Namespace takes the wave of the first object in it */
        {"Namespace/n@3 ConfigMap/a~n", "", "prune", "Namespace/n > ConfigMap/a"},
        {"Namespace/n@3 ConfigMap/a~n@1 ConfigMap/b~n@5 Secret/s", "", "prune",
         "Secret/s | Namespace/n > ConfigMap/a | ConfigMap/b"},
        {"Namespace/n@3 ConfigMap/a~n@4", "", "prune", "Namespace/n | ConfigMap/a"},
        {"Namespace/n@3 ConfigMap/a~n@3", "", "prune", "Namespace/n > ConfigMap/a"},
        {"Namespace/n@2 Namespace/m@1 ConfigMap/a~n ConfigMap/b~m", "", "prune",
         "Namespace/n > ConfigMap/a > Namespace/m > ConfigMap/b"},
        {"Namespace/n@1 Namespace/m@2 ConfigMap/a~n ConfigMap/b~m@-1", "", "prune",
         "Namespace/m > ConfigMap/b | Namespace/n > ConfigMap/a"},
        /* ... and its phase */
        {"Namespace/n Job/pre!PreSync~n", "", "prune", "PreSync: Namespace/n > *Job/pre"},
        {"Namespace/n@1 Job/pre!PreSync~n@-2", "", "prune", "PreSync: Namespace/n > *Job/pre"},
        {"Namespace/n ConfigMap/a Job/post!PostSync~n", "", "prune",
         "Namespace/n > ConfigMap/a | PostSync: *Job/post"},
        /* an object without a namespace counts as living in that of the destination */
        {"Namespace/fix@2 Namespace/other ConfigMap/a@1", "Namespace/fix:s", "prune",
         "Namespace/other | Namespace/fix= > ConfigMap/a"},
        {"Namespace/fix@2 CRD/Gadget", "Namespace/fix:s", "prune", "Namespace/fix= > CRD/Gadget"},
        /* a definition takes the wave and the phase of the first object of its kind */
        {"CRD/Widget Widget/a", "", "prune", "CRD/Widget > Widget/a"},
        {"CRD/Widget@5 Widget/a", "", "prune", "CRD/Widget > Widget/a"},
        {"CRD/Widget@5 Widget/a@3 Widget/b@7 ConfigMap/c@4", "", "prune",
         "CRD/Widget > Widget/a | ConfigMap/c | Widget/b"},
        {"CRD/Widget@5 Gadget/a", "", "prune", "Gadget/a | CRD/Widget"},
        {"CRD/Widget@5 CRD/Gadget@5 Widget/a Gadget/b@1", "", "prune",
         "CRD/Widget > Widget/a | CRD/Gadget > Gadget/b"},
        {"CRD/Widget Widget/a!PreSync", "", "prune", "PreSync: CRD/Widget > *Widget/a"},
        {"CRD/Widget@-1 Widget/a", "", "prune", "CRD/Widget | Widget/a"},
        /* both */
        {"CRD/Widget@5 Namespace/n@6 Widget/a~n", "", "prune",
         "Namespace/n > CRD/Widget > Widget/a"},
        /* what goes needs nothing */
        {"Namespace/n@3 ConfigMap/b", "ConfigMap/a~n:x", "prune",
         "-ConfigMap/a > ConfigMap/b | Namespace/n"},
    };

    expect_plans(rows, ARRAY_LEN(rows));
}

TEST(the_namespace_of_the_destination)
{
#define CREATE "CreateNamespace=true"
    static const struct row rows[] = {
        {"ConfigMap/a", "", "prune " CREATE, "PreSync: +Namespace/fix | ConfigMap/a"},
        {"ConfigMap/a", "", "prune", "ConfigMap/a"},
        {"ConfigMap/a", "", "prune CreateNamespace=false", "ConfigMap/a"},
        {"ConfigMap/a", "", "prune exists " CREATE, "ConfigMap/a"},
        {"ConfigMap/a", "ConfigMap/a:s", "prune " CREATE, "PreSync: +Namespace/fix | ConfigMap/a="},
        {"", "", CREATE, "PreSync: +Namespace/fix"},
        /* before all waves and hooks; it takes the phase and wave of the first object in it */
        {"ConfigMap/a@-10", "", "prune " CREATE, "PreSync: +Namespace/fix | ConfigMap/a"},
        {"ConfigMap/a Job/h!PreSync", "", "prune " CREATE,
         "PreSync: +Namespace/fix | PreSync: *Job/h | ConfigMap/a"},
        {"Job/h!PreSync@-5 ConfigMap/a", "", CREATE,
         "PreSync: +Namespace/fix | PreSync: *Job/h | ConfigMap/a"},
        {"Job/h!PreSync~other ConfigMap/a", "", CREATE,
         "PreSync: +Namespace/fix | PreSync: *Job/h | ConfigMap/a"},
        /* with metadata it is applied also where it exists, in its place */
        {"ConfigMap/a", "", "exists managed " CREATE, "PreSync: +Namespace/fix | ConfigMap/a"},
        {"ConfigMap/a", "", "managed " CREATE, "PreSync: +Namespace/fix | ConfigMap/a"},
        {"ConfigMap/a", "", "exists managed", "ConfigMap/a"},
        {"Job/g!PreSync@-7~other Job/h!PreSync@-5 ConfigMap/a", "", "exists managed " CREATE,
         "PreSync: *Job/g | PreSync: +Namespace/fix > *Job/h | ConfigMap/a"},
        /* one that the application brings itself wins */
        {"ConfigMap/a Namespace/fix", "", "managed " CREATE, "Namespace/fix > ConfigMap/a"},
        {"ConfigMap/a Namespace/fix", "Namespace/fix:m", CREATE, "Namespace/fix | ConfigMap/a"},
        {"ConfigMap/a@-3 Namespace/fix@4", "Namespace/fix:m", "", "Namespace/fix | ConfigMap/a"},
        {"ConfigMap/a@-3 Namespace/fix@4", "Namespace/fix:s", "", "Namespace/fix= > ConfigMap/a"},
        {"ConfigMap/a Namespace/other", "", CREATE,
         "PreSync: +Namespace/fix | Namespace/other > ConfigMap/a"},
        /* as long as it is asked for, it is not pruned */
        {"ConfigMap/a", "Namespace/fix:x", "prune exists " CREATE, "ConfigMap/a"},
        {"ConfigMap/a", "Namespace/fix:x Namespace/n:x", "prune exists " CREATE,
         "-Namespace/n > ConfigMap/a"},
        {"ConfigMap/a", "Namespace/fix:x", "prune exists", "-Namespace/fix > ConfigMap/a"},
    };

    expect_plans(rows, ARRAY_LEN(rows));
#undef CREATE
}

TEST(hooks)
{
    static const struct row rows[] = {
        {"Job/h!PreSync ConfigMap/a", "", "", "PreSync: *Job/h | ConfigMap/a"},
        {"Job/h!Sync ConfigMap/a", "", "", "ConfigMap/a > *Job/h"},
        {"Job/h!PostSync ConfigMap/a", "", "", "ConfigMap/a | PostSync: *Job/h"},
        {"Job/h!SyncFail ConfigMap/a", "", "", "ConfigMap/a | SyncFail: *Job/h"},
        {"Job/d!SyncFail Job/c!PostSync Job/b!Sync Job/a!PreSync ConfigMap/x", "", "",
         "PreSync: *Job/a | ConfigMap/x > *Job/b | PostSync: *Job/c | SyncFail: *Job/d"},
        /* several types: a task for each */
        {"Job/h!PreSync,PostSync ConfigMap/a", "", "",
         "PreSync: *Job/h | ConfigMap/a | PostSync: *Job/h"},
        {"Job/h!PreSync,Sync,PostSync,SyncFail", "", "",
         "PreSync: *Job/h | *Job/h | PostSync: *Job/h | SyncFail: *Job/h"},
        {"Job/h!PreSync,PreSync", "", "", "PreSync: *Job/h"},
        {"Job/h!Skip,PreSync", "", "", "PreSync: *Job/h"},
        /* those of a deletion have no part in a sync */
        {"Job/h!PreDelete ConfigMap/a", "", "", "ConfigMap/a"},
        {"Job/h!PostDelete ConfigMap/a", "", "", "ConfigMap/a"},
        {"Job/h!PreDelete,PostSync ConfigMap/a", "", "", "ConfigMap/a | PostSync: *Job/h"},
        /* waves and kinds */
        {"Job/a!PreSync@2 Job/b!PreSync@1 Job/c!PreSync", "", "",
         "PreSync: *Job/c | PreSync: *Job/b | PreSync: *Job/a"},
        {"Job/a!PreSync@9 ConfigMap/b@-9", "", "", "PreSync: *Job/a | ConfigMap/b"},
        {"Job/a!PreSync ConfigMap/b!PreSync Pod/c!PreSync", "", "",
         "PreSync: *ConfigMap/b > *Pod/c > *Job/a"},
        {"Job/b!PreSync Job/a!PreSync", "", "", "PreSync: *Job/a *Job/b"},
        {"Job/a!Sync@1 Deployment/b Service/c@2", "", "", "Deployment/b | *Job/a | Service/c"},
        {"Deployment/a!Sync Deployment/b", "", "", "*Deployment/a Deployment/b"},
        /* names that are made */
        {"Job/g-!PreSync ConfigMap/a", "", "",
         "PreSync: *Job/g-0123456-presync-1700000000 | ConfigMap/a"},
        {"Job/g-!PreSync,PostSync", "", "",
         "PreSync: *Job/g-0123456-presync-1700000000 | "
         "PostSync: *Job/g-0123456-postsync-1700000000"},
        {"Job/g-!SyncFail Job/h-!SyncFail", "", "",
         "SyncFail: *Job/g-0123456-syncfail-1700000000 *Job/h-0123456-syncfail-1700000000"},
        /* no hooks: the strategy "apply", a selection, a repair */
        {"Job/h!PreSync ConfigMap/a Job/i!PostSync Job/j!SyncFail", "", "apply", "ConfigMap/a"},
        {"Job/h!PreSync ConfigMap/a ConfigMap/b", "", "select=/ConfigMap/fix/a", "ConfigMap/a"},
        {"Job/h!PreSync", "", "select=batch/Job/fix/h", ""},
        {"Job/h!Sync ConfigMap/a", "ConfigMap/a:d", "repair", "ConfigMap/a"},
        {"Job/h!Sync ConfigMap/a", "ConfigMap/a:s", "ApplyOutOfSyncOnly=true", "*Job/h"},
        /* one that is there still runs again */
        {"Job/h!PreSync ConfigMap/a", "Job/h!PreSync:x", "prune", "PreSync: *Job/h | ConfigMap/a"},
        /* a live hook that is declared no more is left to its policy */
        {"ConfigMap/a", "Job/h!PreSync:x", "prune", "ConfigMap/a"},
        {"ConfigMap/a", "Job/h!nonsense:x", "prune", "ConfigMap/a"},
        {"ConfigMap/a", "Job/h!PostDelete:x", "prune", "ConfigMap/a"},
        {"ConfigMap/a", "Job/h!Skip:x", "prune", "-Job/h > ConfigMap/a"},
        /* what becomes a hook, or is skipped, is not pruned */
        {"Job/h!PreSync", "Job/h:x", "prune", "PreSync: *Job/h"},
        {"ConfigMap/a!Skip", "ConfigMap/a:x", "prune", ""},
        {"ConfigMap/a!Skip ConfigMap/b", "ConfigMap/a:x ConfigMap/c:x", "prune",
         "-ConfigMap/c > ConfigMap/b"},
    };

    expect_plans(rows, ARRAY_LEN(rows));
}

TEST(a_selection)
{
#define THREE "ConfigMap/a ConfigMap/b Deployment/a"
    static const struct row rows[] = {
        {THREE, "", "select=/ConfigMap/fix/a", "ConfigMap/a"},
        {THREE, "", "select=/ConfigMap//a", "ConfigMap/a"},
        {THREE, "", "select=/ConfigMap/other/a", ""},
        {THREE, "", "select=apps/Deployment//a", "Deployment/a"},
        {THREE, "", "select=/Deployment//a", ""},
        {THREE, "", "select=/ConfigMap//c", ""},
        {THREE, "", "select=/ConfigMap//a select=apps/Deployment//a", "ConfigMap/a > Deployment/a"},
        {"Namespace/n ConfigMap/a", "", "select=/Namespace//n", "Namespace/n"},
        {"ConfigMap/a~one ConfigMap/a~two", "", "select=/ConfigMap//a", "ConfigMap/a ConfigMap/a"},
        {"ConfigMap/a~one ConfigMap/a~two", "", "select=/ConfigMap/two/a", "ConfigMap/a"},
        /* also of what is pruned */
        {"", "ConfigMap/x:x ConfigMap/y:x", "prune select=/ConfigMap//x", "-ConfigMap/x"},
        {"", "ConfigMap/x:x ConfigMap/y:x", "select=/ConfigMap//x", "-ConfigMap/x!!"},
        {"ConfigMap/a", "ConfigMap/x:x", "prune select=/ConfigMap//a", "ConfigMap/a"},
        /* the namespace is made all the same */
        {"ConfigMap/a ConfigMap/b", "", "select=/ConfigMap//a CreateNamespace=true",
         "PreSync: +Namespace/fix | ConfigMap/a"},
        {"ConfigMap/a@1 ConfigMap/b@2 ConfigMap/c@3", "",
         "select=/ConfigMap//a select=/ConfigMap//c", "ConfigMap/a | ConfigMap/c"},
        {"ConfigMap/a", "ConfigMap/a:s", "select=/ConfigMap//a", "ConfigMap/a="},
    };

    expect_plans(rows, ARRAY_LEN(rows));
#undef THREE
}

TEST(only_what_is_out_of_sync)
{
#define ONLY "ApplyOutOfSyncOnly=true"
    static const struct row rows[] = {
        {"ConfigMap/a ConfigMap/b", "ConfigMap/a:s ConfigMap/b:d", ONLY, "ConfigMap/b"},
        {"ConfigMap/a ConfigMap/b", "ConfigMap/a:s ConfigMap/b:m", ONLY, "ConfigMap/b"},
        {"ConfigMap/a", "ConfigMap/a:u", ONLY, "ConfigMap/a"},
        {"ConfigMap/a", "ConfigMap/a:t", ONLY, "ConfigMap/a"},
        {"ConfigMap/a", "ConfigMap/a:s", ONLY, ""},
        {"ConfigMap/a", "ConfigMap/a:s ConfigMap/x:x", "prune " ONLY, "-ConfigMap/x"},
        {"ConfigMap/a", "ConfigMap/a:s ConfigMap/x:x", ONLY, "-ConfigMap/x!!"},
        {"ConfigMap/a Job/h!PreSync", "ConfigMap/a:s", ONLY, "PreSync: *Job/h"},
        {"ConfigMap/a@1 ConfigMap/b@2 ConfigMap/c@3", "ConfigMap/a:s ConfigMap/b:d ConfigMap/c:s",
         ONLY, "ConfigMap/b"},
        {"ConfigMap/a", "ConfigMap/a:s", "ApplyOutOfSyncOnly=false", "ConfigMap/a="},
    };

    expect_plans(rows, ARRAY_LEN(rows));
#undef ONLY
}

/* ---- what tasks say ---- */

/* The options of the first task. */
static unsigned options_of(const char *wanted, const char *known, const char *asked,
                           bool *kind_comes)
{
    struct row row = {.wanted = wanted, .known = known};
    cleanup_json json_t *resources = json_array();
    struct plan_options options;
    unsigned bits = 0;
    struct fixture f;
    struct plan plan;

    setup(&f, &row);
    read_asked(asked, f.app, &options, resources);
    plan_build(&plan, f.app, f.observer, &options);
    for (size_t i = 0; i < plan.len; i++) {
        if (streq(plan.tasks[i].name, "a")) {
            bits = plan.tasks[i].options;
            *kind_comes = plan.tasks[i].kind_comes;
        }
    }
    plan_clear(&plan);
    teardown(&f);
    return bits;
}

TEST(the_options_of_an_object_are_those_of_all_levels)
{
    static const struct {
        const char *wanted, *known, *asked;
        unsigned options;
    } rows[] = {
        {"ConfigMap/a", "", "", 0},
        /* of the application */
        {"ConfigMap/a", "", "Validate=false", SYNC_NO_VALIDATE},
        {"ConfigMap/a", "", "Replace=true", SYNC_REPLACE},
        {"ConfigMap/a", "", "ServerSideApply=true", SYNC_SERVER_SIDE},
        {"ConfigMap/a", "", "SkipDryRunOnMissingResource=true", SYNC_SKIP_DRY_RUN},
        {"ConfigMap/a", "", "RespectIgnoreDifferences=true", SYNC_RESPECT_IGNORED},
        {"ConfigMap/a", "", "ClientSideApplyMigration=false", SYNC_NO_MIGRATION},
        {"ConfigMap/a", "", "Force=true", 0},
        {"ConfigMap/a", "", "force", SYNC_FORCE},
        {"ConfigMap/a", "", "ServerSideApply=false", 0},
        {"ConfigMap/a", "", "PruneLast=true Prune=false Delete=false CreateNamespace=true", 0},
        /* of the desired object */
        {"ConfigMap/a+Validate=false", "", "", SYNC_NO_VALIDATE},
        {"ConfigMap/a+Replace=true", "", "", SYNC_REPLACE},
        {"ConfigMap/a+Force=true,Replace=true", "", "", SYNC_FORCE | SYNC_REPLACE},
        {"ConfigMap/a+ServerSideApply=true", "", "", SYNC_SERVER_SIDE},
        {"ConfigMap/a+SkipDryRunOnMissingResource=true", "", "", SYNC_SKIP_DRY_RUN},
        {"ConfigMap/a+Prune=false,PruneLast=true,Prune=confirm", "", "", 0},
        /* it can take back server-side apply, and nothing else */
        {"ConfigMap/a+ServerSideApply=false", "", "ServerSideApply=true", SYNC_CLIENT_SIDE},
        {"ConfigMap/a+ServerSideApply=false", "", "", SYNC_CLIENT_SIDE},
        {"ConfigMap/a+Replace=false", "", "Replace=true", SYNC_REPLACE},
        /* of the live object: Replace and Force */
        {"ConfigMap/a", "ConfigMap/a+Replace=true:d", "", SYNC_REPLACE},
        {"ConfigMap/a", "ConfigMap/a+Force=true:d", "", SYNC_FORCE},
        {"ConfigMap/a", "ConfigMap/a+Validate=false,ServerSideApply=true:d", "", 0},
        {"ConfigMap/a", "ConfigMap/a+SkipDryRunOnMissingResource=true:d", "", 0},
        {"ConfigMap/a+Validate=false", "ConfigMap/a+Replace=true:d", "force",
         SYNC_NO_VALIDATE | SYNC_REPLACE | SYNC_FORCE},
        /* of hooks likewise */
        {"Job/a!PreSync+Replace=true", "", "Validate=false", SYNC_REPLACE | SYNC_NO_VALIDATE},
        {"Job/a!PreSync", "Job/a!PreSync+Force=true:x", "", SYNC_FORCE},
        /* the definition is in the same sync */
        {"Widget/a CRD/Widget", "", "", SYNC_SKIP_DRY_RUN},
        {"Widget/a CRD/Gadget", "", "", 0},
        {"Widget/a!PreSync CRD/Widget", "", "", SYNC_SKIP_DRY_RUN},
        /* prunes: of the application and of the live object */
        {"", "ConfigMap/a:x", "prune", 0},
        {"", "ConfigMap/a+PruneLast=true:x", "prune", SYNC_PRUNE_LAST},
        {"", "ConfigMap/a:x", "prune PruneLast=true", SYNC_PRUNE_LAST},
        {"", "ConfigMap/a+Prune=false:x", "prune", SYNC_NO_PRUNE},
        {"", "ConfigMap/a+Prune=confirm:x", "prune", SYNC_CONFIRM_PRUNE},
        {"", "ConfigMap/a+Replace=true:x", "prune Validate=false", 0},
        {"", "ConfigMap/a:x", "prune PrunePropagationPolicy=orphan", SYNC_ORPHAN},
        {"", "ConfigMap/a+PrunePropagationPolicy=orphan:x", "prune", 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool kind_comes = false;
        unsigned bits = options_of(rows[i].wanted, rows[i].known, rows[i].asked, &kind_comes);

        if (bits != rows[i].options)
            fail_msg("row %zu, \"%s\", \"%s\", \"%s\": %#x is not %#x", i, rows[i].wanted,
                     rows[i].known, rows[i].asked, bits, rows[i].options);
        EXPECT_INT(kind_comes, strstr(rows[i].wanted, "CRD/Widget") != NULL);
    }
}

TEST(tasks_say_all_that_a_request_needs)
{
    static const struct row row = {"Deployment/web Job/g-!PostSync", "ConfigMap/old:x", "", ""};
    struct plan_options options = {.prune = true,
                                   .sync_options = SYNC_CREATE_NAMESPACE,
                                   .revision = REVISION,
                                   .started_ms = STARTED_MS};
    struct fixture f;
    struct plan plan;

    setup(&f, &row);
    f.app->spec->namespace_metadata =
        parse("{'labels': {'team': 'x'}, 'annotations': {'owner': 'me'}}");
    plan_build(&plan, f.app, f.observer, &options);
    EXPECT_INT(plan.len, 4);

    EXPECT_INT(plan.tasks[0].what, TASK_NAMESPACE);
    EXPECT_STR(plan.tasks[0].key, "/Namespace//fix");
    EXPECT_STR(plan.tasks[0].version, "v1");
    EXPECT_STR(plan.tasks[0].body,
               "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"annotations\":{"
               "\"argocd.argoproj.io/sync-options\":\"ServerSideApply=true\",\"owner\":\"me\"},"
               "\"labels\":{\"team\":\"x\"},\"name\":\"fix\"}}");
    EXPECT_NULL(plan.tasks[0].desired);

    EXPECT_STR(plan.tasks[1].key, "/ConfigMap/fix/old");
    EXPECT_STR(plan.tasks[1].api_group, "");
    EXPECT_STR(plan.tasks[1].namespace, "fix");
    EXPECT_STR(plan.tasks[1].name, "old");
    EXPECT_STR(plan.tasks[1].uid, "uid-1");
    EXPECT_NULL(plan.tasks[1].desired);

    EXPECT_INT(plan.tasks[2].what, TASK_APPLY);
    EXPECT_STR(plan.tasks[2].key, "apps/Deployment/fix/web");
    EXPECT_STR(plan.tasks[2].api_group, "apps");
    EXPECT_STR(plan.tasks[2].version, "v1");
    EXPECT_STR(plan.tasks[2].namespace, "fix");
    EXPECT(plan.tasks[2].desired == &f.app->desired->items[0]);

    EXPECT_INT(plan.tasks[3].what, TASK_HOOK);
    EXPECT_STR(plan.tasks[3].key, "batch/Job/fix/g-0123456-postsync-1700000000");
    EXPECT_STR(plan.tasks[3].name, "g-0123456-postsync-1700000000");
    EXPECT(plan.tasks[3].desired == &f.app->desired->hooks[0]);
    EXPECT_INT(plan.tasks[3].wave, 0);
    plan_clear(&plan);
    teardown(&f);
}

TEST(a_namespace_that_is_only_created_has_a_name_and_nothing_else)
{
    static const struct row row = {"", "", "", ""};
    struct plan_options options = {.sync_options = SYNC_CREATE_NAMESPACE};
    struct fixture f;
    struct plan plan;

    setup(&f, &row);
    plan_build(&plan, f.app, f.observer, &options);
    EXPECT_STR(plan.tasks[0].body,
               "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"fix\"}}");
    plan_clear(&plan);
    teardown(&f);
}
