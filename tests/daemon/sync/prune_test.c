/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app_object.h"
#include "daemon/sync/prune.h"

#include "tests/daemon/sync/plans.h"

TEST(what_is_pruned)
{
    static const struct row rows[] = {
        {"", "ConfigMap/old:x", "prune", "-ConfigMap/old"},
        {"", "ConfigMap/a:f ConfigMap/b:x", "prune", "-ConfigMap/b"},
        {"", "ConfigMap/a:xg", "prune", ""},
        /* wanted by another application: it takes it over */
        {"", "ConfigMap/a:xo ConfigMap/b:x", "prune", "-ConfigMap/b"},
        {"ConfigMap/c", "ConfigMap/a:xo", "prune", "ConfigMap/c"},
        /* of a kind that is not served nothing is known */
        {"", "Widget/a:x ConfigMap/b:x", "prune", "-ConfigMap/b"},
        /* it is going already: no request, but it counts */
        {"", "ConfigMap/a:xD", "prune", "-ConfigMap/a."},
        {"", "ConfigMap/a:xD ConfigMap/b:x", "prune", "-ConfigMap/b -ConfigMap/a."},
        {"", "ConfigMap/a+Prune=confirm:xD", "prune", "-ConfigMap/a."},
        /* prunes are not asked for */
        {"ConfigMap/a", "ConfigMap/old:x", "", "-ConfigMap/old!! > ConfigMap/a"},
        {"", "ConfigMap/a+Prune=false:x", "", "-ConfigMap/a!!"},
        {"", "ConfigMap/a+Prune=confirm:x", "", "-ConfigMap/a!!"},
        {"", "ConfigMap/a:xK", "", "-ConfigMap/a!!"},
        {"ConfigMap/a", "ConfigMap/a:d ConfigMap/old:x", "repair", "ConfigMap/a"},
        /* Prune=false, of the live object or of all */
        {"", "ConfigMap/a+Prune=false:x ConfigMap/b:x", "prune", "-ConfigMap/b -ConfigMap/a!"},
        {"ConfigMap/a+Prune=false", "ConfigMap/a:s ConfigMap/b:x", "prune",
         "-ConfigMap/b > ConfigMap/a="},
        {"", "ConfigMap/a:x ConfigMap/b:x", "prune Prune=false", "-ConfigMap/b! -ConfigMap/a!"},
        {"", "ConfigMap/a+Delete=false:x", "prune", "-ConfigMap/a"},
        {"", "ConfigMap/a:x", "prune Delete=false", "-ConfigMap/a"},
        {"", "ConfigMap/a:xK", "prune", "-ConfigMap/a!"},
        {"", "ConfigMap/a+Prune=false,Prune=confirm:x", "prune", "-ConfigMap/a!"},
        {"ConfigMap/b", "ConfigMap/b:d ConfigMap/a+Prune=false:x", "repair prune", "ConfigMap/b"},
        /* that it does not count does not save it */
        {"", "ConfigMap/a:xi", "prune", "-ConfigMap/a"},
        /* Prune=confirm */
        {"", "ConfigMap/a+Prune=confirm:x ConfigMap/b:x", "prune", "-ConfigMap/b -ConfigMap/a?"},
        {"", "ConfigMap/a:x ConfigMap/b:x", "prune Prune=confirm", "-ConfigMap/b? -ConfigMap/a?"},
        {"ConfigMap/a+Prune=confirm", "ConfigMap/b:x", "prune", "-ConfigMap/b > ConfigMap/a"},
        {"", "ConfigMap/a+Prune=confirm:x", "prune Prune=false", "-ConfigMap/a!"},
        {"ConfigMap/z@1", "ConfigMap/a+Prune=confirm@1:x ConfigMap/b@2:x", "prune",
         "-ConfigMap/b > ConfigMap/z | -ConfigMap/a?"},
    };

    expect_plans(rows, ARRAY_LEN(rows));
}

TEST(the_order_of_prunes)
{
    static const struct row rows[] = {
        {"ConfigMap/a", "Application/a:x AppProject/p:x", "prune",
         "-Application/a > ConfigMap/a | -AppProject/p"},
        {"", "Application/a:x AppProject/p+Prune=false:x", "prune",
         "-Application/a > -AppProject/p!"},
        /* first in their group, against the order of kinds */
        {"ConfigMap/a", "ConfigMap/old:x", "prune", "-ConfigMap/old > ConfigMap/a"},
        {"Namespace/a", "Deployment/old:x", "prune", "-Deployment/old > Namespace/a"},
        {"Deployment/a ConfigMap/b", "ConfigMap/old:x Secret/old:x Deployment/old:x", "prune",
         "-Deployment/old > -ConfigMap/old > -Secret/old > ConfigMap/b > Deployment/a"},
        {"", "ConfigMap/b:x ConfigMap/a:x Namespace/n:x Secret/s:x ConfigMap/c:x", "prune",
         "-ConfigMap/c -ConfigMap/b -ConfigMap/a > -Secret/s > -Namespace/n"},
        /* waves backwards, at the place of the lowest */
        {"", "ConfigMap/a@1:x ConfigMap/b@2:x ConfigMap/c@3:x", "prune",
         "-ConfigMap/c | -ConfigMap/b | -ConfigMap/a"},
        {"", "ConfigMap/a@-1:x ConfigMap/b@1:x ConfigMap/c@1:x", "prune",
         "-ConfigMap/c -ConfigMap/b | -ConfigMap/a"},
        {"ConfigMap/z", "ConfigMap/a@1:x ConfigMap/b@2:x", "prune",
         "ConfigMap/z | -ConfigMap/b | -ConfigMap/a"},
        {"ConfigMap/z@5", "ConfigMap/a@1:x ConfigMap/b@2:x", "prune",
         "-ConfigMap/b | -ConfigMap/a | ConfigMap/z"},
        {"ConfigMap/z@1", "ConfigMap/a@1:x ConfigMap/b@2:x", "prune",
         "-ConfigMap/b > ConfigMap/z | -ConfigMap/a"},
        /* as recorded of Argo CD: argocd-reference/waves */
        {"ConfigMap/w0 Deployment/web Service/web",
         "ConfigMap/w0:d Deployment/web:d Service/web:s ConfigMap/w2@2:x ConfigMap/w1@1:x "
         "ConfigMap/wm1@-1:x Deployment/late@1:x",
         "prune",
         "-ConfigMap/w2 | -Deployment/late > -ConfigMap/w1 | -ConfigMap/wm1 | ConfigMap/w0 > "
         "Service/web= > Deployment/web"},
        /* ... and argocd-reference/prune-options */
        {"ConfigMap/stays",
         "ConfigMap/stays:s ConfigMap/keep+Prune=false:x ConfigMap/last+PruneLast=true:x "
         "ConfigMap/gone:x ConfigMap/gone-wave@3:x",
         "prune",
         "-ConfigMap/gone-wave > ConfigMap/stays= | -ConfigMap/keep! -ConfigMap/gone | "
         "-ConfigMap/last"},
        /* what stays keeps its wave in the mirror */
        {"ConfigMap/z@1", "ConfigMap/a:x ConfigMap/b+Prune=false@2:x", "prune",
         "-ConfigMap/b! | ConfigMap/z | -ConfigMap/a"},
        {"ConfigMap/z@1", "ConfigMap/a:x ConfigMap/b@2:x", "",
         "-ConfigMap/b!! | ConfigMap/z | -ConfigMap/a!!"},
        /* between hooks and waves */
        {"Job/pre!PreSync Job/post!PostSync ConfigMap/z", "ConfigMap/a:x", "prune",
         "PreSync: *Job/pre | -ConfigMap/a > ConfigMap/z | PostSync: *Job/post"},
        {"Job/post!PostSync", "ConfigMap/a@7:x", "prune", "-ConfigMap/a | PostSync: *Job/post"},
        {"Job/pre!PreSync@9", "ConfigMap/a@-7:x", "prune", "PreSync: *Job/pre | -ConfigMap/a"},
        {"Job/f!SyncFail", "ConfigMap/a:x", "prune", "-ConfigMap/a | SyncFail: *Job/f"},
        /* PruneLast: after the last wave of Sync, before PostSync */
        {"ConfigMap/z", "ConfigMap/a:x", "prune PruneLast=true", "ConfigMap/z | -ConfigMap/a"},
        {"ConfigMap/y ConfigMap/z@3", "ConfigMap/a:x ConfigMap/b@-2:x", "prune PruneLast=true",
         "ConfigMap/y | ConfigMap/z | -ConfigMap/a -ConfigMap/b"},
        {"ConfigMap/z", "ConfigMap/a+PruneLast=true:x ConfigMap/b:x", "prune",
         "-ConfigMap/b > ConfigMap/z | -ConfigMap/a"},
        {"ConfigMap/z", "ConfigMap/a+PruneLast=true:x ConfigMap/b@4:x ConfigMap/c:x", "prune",
         "-ConfigMap/b > ConfigMap/z | -ConfigMap/c | -ConfigMap/a"},
        {"ConfigMap/z Job/post!PostSync", "ConfigMap/a:x", "prune PruneLast=true",
         "ConfigMap/z | -ConfigMap/a | PostSync: *Job/post"},
        {"ConfigMap/z@-5", "ConfigMap/a:x", "prune PruneLast=true", "ConfigMap/z | -ConfigMap/a"},
        {"ConfigMap/z@2", "ConfigMap/a+PruneLast=false:x", "prune", "-ConfigMap/a | ConfigMap/z"},
    };

    expect_plans(rows, ARRAY_LEN(rows));
}

TEST(what_is_named_by_its_content_goes_last)
{
    static const struct row rows[] = {
        {"ConfigMap/conf-ghkmbcdtf2 Deployment/web", "ConfigMap/conf-5m2t6d9k4h:x Deployment/web:d",
         "prune", "ConfigMap/conf-ghkmbcdtf2 > Deployment/web | -ConfigMap/conf-5m2t6d9k4h#"},
        {"Deployment/web", "Secret/conf-5m2t6d9k4h:x Deployment/old:x", "prune",
         "-Deployment/old > Deployment/web | -Secret/conf-5m2t6d9k4h#"},
        {"Deployment/web@1 Job/post!PostSync Job/f!SyncFail", "ConfigMap/c-5m2t6d9k4h:x", "prune",
         "Deployment/web | PostSync: *Job/post | -ConfigMap/c-5m2t6d9k4h# | SyncFail: *Job/f"},
        {"", "ConfigMap/a-5m2t6d9k4h@3:x ConfigMap/b-5m2t6d9k4h:x Secret/c-5m2t6d9k4h:x", "prune",
         "-ConfigMap/a-5m2t6d9k4h# -ConfigMap/b-5m2t6d9k4h# > -Secret/c-5m2t6d9k4h#"},
        {"ConfigMap/z", "ConfigMap/a-5m2t6d9k4h:x ConfigMap/b+PruneLast=true:x", "prune",
         "ConfigMap/z | -ConfigMap/b | -ConfigMap/a-5m2t6d9k4h#"},
        {"ConfigMap/z", "ConfigMap/a-5m2t6d9k4h+Prune=false:x", "prune",
         "-ConfigMap/a-5m2t6d9k4h! > ConfigMap/z"},
        {"ConfigMap/z", "ConfigMap/a-5m2t6d9k4h+Prune=confirm:x", "prune",
         "ConfigMap/z | -ConfigMap/a-5m2t6d9k4h?#"},
        {"ConfigMap/z", "ConfigMap/a-5m2t6d9k4h:x", "", "-ConfigMap/a-5m2t6d9k4h!! > ConfigMap/z"},
        /* other kinds have no generator, other names no hash */
        {"ConfigMap/z", "Service/a-5m2t6d9k4h:x", "prune", "-Service/a-5m2t6d9k4h > ConfigMap/z"},
        {"ConfigMap/z", "ConfigMap/a-5m2t6d9k4:x", "prune", "-ConfigMap/a-5m2t6d9k4 > ConfigMap/z"},
        {"ConfigMap/z", "ConfigMap/a-settings12:x", "prune",
         "-ConfigMap/a-settings12 > ConfigMap/z"},
        {"ConfigMap/z", "ConfigMap/5m2t6d9k4h:x", "prune", "-ConfigMap/5m2t6d9k4h > ConfigMap/z"},
        {"ConfigMap/z", "ConfigMap/-5m2t6d9k4h:x", "prune", "-ConfigMap/-5m2t6d9k4h > ConfigMap/z"},
    };

    expect_plans(rows, ARRAY_LEN(rows));
}

TEST(many_prunes_at_once_wait_for_a_person)
{
#define FOUR_GO "ConfigMap/a:x ConfigMap/b:x ConfigMap/c:x ConfigMap/d:x"
#define FOUR_STAY                                                                                  \
    "ConfigMap/e ConfigMap/f ConfigMap/g ConfigMap/h",                                             \
        FOUR_GO " ConfigMap/e:s ConfigMap/f:s ConfigMap/g:s ConfigMap/h:s"
#define STAY "ConfigMap/e= ConfigMap/f= ConfigMap/g= ConfigMap/h="
#define GO "-ConfigMap/d -ConfigMap/c -ConfigMap/b -ConfigMap/a"
#define WAIT "-ConfigMap/d? -ConfigMap/c? -ConfigMap/b? -ConfigMap/a?"
    static const struct row rows[] = {
        /* more than the count, and more than the part: at the end, when all else is done */
        {"", FOUR_GO, "prune limit=3/50", WAIT},
        {"ConfigMap/z", FOUR_GO, "prune limit=3/50", "ConfigMap/z | " WAIT},
        {"", FOUR_GO, "prune limit=4/50", GO},
        {"", FOUR_GO, "prune limit=0/50", GO},
        {FOUR_STAY, "prune limit=3/50", GO " > " STAY},
        {FOUR_STAY, "prune limit=3/49", STAY " | " WAIT},
        {FOUR_STAY, "prune limit=3/0", STAY " | " WAIT},
        {FOUR_STAY, "prune limit=4/0", GO " > " STAY},
        /* what is to be created does not count as part of the application */
        {"ConfigMap/e ConfigMap/f ConfigMap/g ConfigMap/h ConfigMap/i", FOUR_GO, "prune limit=3/50",
         "ConfigMap/e ConfigMap/f ConfigMap/g ConfigMap/h ConfigMap/i | " WAIT},
        /* nor do those count that stay or are going already */
        {"", "ConfigMap/a:x ConfigMap/b:x ConfigMap/c+Prune=false:x ConfigMap/d:x",
         "prune limit=3/50", "-ConfigMap/d -ConfigMap/c! -ConfigMap/b -ConfigMap/a"},
        {"", "ConfigMap/a:x ConfigMap/b:xD ConfigMap/c:x ConfigMap/d:x", "prune limit=3/50",
         "-ConfigMap/d -ConfigMap/c -ConfigMap/b. -ConfigMap/a"},
        {"", FOUR_GO, "limit=3/50", "-ConfigMap/d!! -ConfigMap/c!! -ConfigMap/b!! -ConfigMap/a!!"},
        /* one that makes way for its successor is no loss */
        {"ConfigMap/x-ghkmbcdtf2", "ConfigMap/x-5m2t6d9k4h:x ConfigMap/b:x ConfigMap/c:x",
         "prune limit=2/50",
         "-ConfigMap/c -ConfigMap/b > ConfigMap/x-ghkmbcdtf2 | -ConfigMap/x-5m2t6d9k4h#"},
        {"ConfigMap/y-ghkmbcdtf2", "ConfigMap/x-5m2t6d9k4h:x ConfigMap/b:x ConfigMap/c:x",
         "prune limit=2/50",
         "ConfigMap/y-ghkmbcdtf2 | -ConfigMap/c? -ConfigMap/b? | -ConfigMap/x-5m2t6d9k4h?#"},
        /* their waves run backwards at the end, too */
        {"ConfigMap/z@9", "ConfigMap/a@1:x ConfigMap/b@3:x ConfigMap/c@2:x ConfigMap/d@3:x",
         "prune limit=3/50",
         "ConfigMap/z | -ConfigMap/d? -ConfigMap/b? | -ConfigMap/c? | -ConfigMap/a?"},
        {"Job/p!PostSync Job/f!SyncFail", FOUR_GO, "prune limit=3/50",
         "PostSync: *Job/p | " WAIT " | SyncFail: *Job/f"},
        /* a selection is what a person selected: it is looked at in itself */
        {"", FOUR_GO, "prune limit=3/50 select=/ConfigMap//a", "-ConfigMap/a"},
        /* a deletion is no prune */
        {NULL, FOUR_GO, "deletion limit=3/50", GO},
    };

    expect_plans(rows, ARRAY_LEN(rows));
}

TEST(the_guard_says_what_it_is_about)
{
    static const struct row row = {"", "ConfigMap/a:x ConfigMap/b:x", "", ""};
    struct plan_options options = {.prune = true, .prune_limit = 1, .prune_limit_percent = 50};
    struct fixture f;
    struct plan plan;

    setup(&f, &row);
    plan_build(&plan, f.app, f.observer, &options);
    EXPECT_CONTAINS(plan.guard, "would prune 2 of 2 objects");
    EXPECT_CONTAINS(plan.guard, "--prune-limit 1");
    EXPECT_CONTAINS(plan.guard, "--prune-limit-percent 50");
    EXPECT_CONTAINS(plan.guard, "kubectl -n argocd annotate applications.argoproj.io web");
    plan_clear(&plan);
    EXPECT_NULL(plan.guard);
    teardown(&f);
}

TEST(approval_is_not_older_than_what_it_is_about)
{
    struct app *app = parts_app("web");

    EXPECT(!plan_is_approved(app, 0));
    app->approved_ms = 5000;
    EXPECT(plan_is_approved(app, 4999));
    EXPECT(plan_is_approved(app, 5000));
    EXPECT(plan_is_approved(app, 5999)); /* the start is told in whole seconds */
    EXPECT(!plan_is_approved(app, 6000));
    app_free(app);
}

TEST(a_deletion)
{
    static const struct row rows[] = {
        {NULL, "", "deletion", ""},
        {NULL, "ConfigMap/c:x Deployment/d:x", "deletion", "-Deployment/d > -ConfigMap/c"},
        /* other objects ask to stay than for a prune */
        {NULL, "ConfigMap/a+Prune=false:x ConfigMap/b+Delete=false:x ConfigMap/c:x", "deletion",
         "-ConfigMap/c -ConfigMap/a"},
        {NULL, "ConfigMap/a:xK ConfigMap/c+Prune=false,Delete=false:x", "deletion", ""},
        /* what is going already holds the lower waves */
        {NULL, "ConfigMap/b@1:xD ConfigMap/c:x", "deletion", "-ConfigMap/b. | -ConfigMap/c"},
        {NULL, "ConfigMap/a:x", "deletion Delete=false", ""},
        {NULL, "ConfigMap/a:x", "deletion Prune=false", "-ConfigMap/a"},
        {NULL, "ConfigMap/a+Prune=confirm:x", "deletion", "-ConfigMap/a"},
        /* Applications need their projects until they are gone */
        {NULL, "Application/a:x AppProject/p@5:x ConfigMap/c:x", "deletion",
         "-Application/a > -ConfigMap/c | -AppProject/p"},
        /* the highest wave first */
        {NULL, "ConfigMap/a@1:x ConfigMap/b@3:x ConfigMap/c:x ConfigMap/d@3:x", "deletion",
         "-ConfigMap/d -ConfigMap/b | -ConfigMap/a | -ConfigMap/c"},
        {NULL, "ConfigMap/a-5m2t6d9k4h:x Deployment/b:x", "deletion",
         "-Deployment/b > -ConfigMap/a-5m2t6d9k4h"},
        {NULL, "ConfigMap/a:xo ConfigMap/b:f ConfigMap/c:xg", "deletion", ""},
        {"ConfigMap/a Job/h!PreSync", "ConfigMap/b:x", "deletion CreateNamespace=true",
         "-ConfigMap/b"},
    };

    expect_plans(rows, ARRAY_LEN(rows));
}

TEST(extra_objects_are_counted_also_those_that_stay)
{
    static const struct {
        const char *known;
        size_t count, that_count;
    } counts[] = {
        {"", 0, 0},
        {"ConfigMap/a:s", 0, 0},
        {"ConfigMap/b:x", 1, 1},
        {"ConfigMap/b+Prune=false:x ConfigMap/c+Delete=false:x ConfigMap/d:xD", 3, 3},
        {"ConfigMap/b:f", 0, 0},
        {"ConfigMap/b:xg", 0, 0},
        {"ConfigMap/b:xo", 0, 0},
        {"ConfigMap/b:xi ConfigMap/c:x", 2, 1},
        {"Job/h!PreSync:x", 0, 0},
        {"Job/h!Skip:x", 1, 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        struct row row = {.wanted = "ConfigMap/a", .known = counts[i].known};
        struct fixture f;

        setup(&f, &row);
        if (plan_count_extra(f.app, false) != counts[i].count ||
            plan_count_extra(f.app, true) != counts[i].that_count)
            fail_msg("%s: %zu, %zu", counts[i].known, plan_count_extra(f.app, false),
                     plan_count_extra(f.app, true));
        teardown(&f);
    }
}
