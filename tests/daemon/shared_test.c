/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/shared.h"

#include "tests/daemon/sync/plans.h"

TEST(an_object_is_shared_while_another_application_wants_it)
{
    static const struct {
        struct row row;
        const char *shared; /* NULL: nothing is */
    } cases[] = {
        {{"", "", "", NULL}, NULL},
        {{"ConfigMap/a", "ConfigMap/a:s", "", NULL}, NULL},
        {{"ConfigMap/a", "ConfigMap/a:m", "", NULL}, NULL},
        {{"ConfigMap/a", "ConfigMap/a:o", "", NULL},
         "ConfigMap/a is part of applications argocd/web and argocd/other"},
        {{"ConfigMap/a ConfigMap/b", "ConfigMap/a:s ConfigMap/b:o", "", NULL},
         "ConfigMap/b is part of applications argocd/web and argocd/other"},
        /* the other one has dropped it: it moves */
        {{"ConfigMap/a", "ConfigMap/a:f", "", NULL}, NULL},
        {{"ConfigMap/a", "ConfigMap/b:f", "", NULL}, NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *shared = NULL;
        struct fixture f;

        setup(&f, &cases[i].row);
        shared = shared_objects(f.app, f.observer);
        if (!streq(shared, cases[i].shared))
            fail_msg("case %zu: %s", i, shared ? shared : "nothing is shared");
        teardown(&f);
    }
}

TEST(what_is_not_ours_keeps_its_objects)
{
    static const struct row row = {"ConfigMap/a", "ConfigMap/a:f", "", NULL};
    cleanup_free char *shared = NULL;
    struct fixture f;

    setup(&f, &row);
    observer_remove_app(f.observer, f.other); /* of another gitopsd, or not rendered yet */
    shared = shared_objects(f.app, f.observer);
    EXPECT_STR(shared, "ConfigMap/a is part of applications argocd/web and other");
    observer_add_app(f.observer, f.other);
    teardown(&f);
}
