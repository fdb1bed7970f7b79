/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/settings/settings_kustomize.h"

#include "daemon/settings/settings.h"
#include "tests/daemon/parts.h"

TEST(build_options_are_those_of_kustomize_build)
{
    static const struct {
        const char *text;
        enum kustomize_restrictor restrictor;
        enum kustomize_reorder reorder;
        const char *message; /* NULL: accepted */
    } rows[] = {
        {"", KUSTOMIZE_ROOT_ONLY, KUSTOMIZE_REORDER_UNSPECIFIED, NULL},
        {"--load-restrictor LoadRestrictionsNone", KUSTOMIZE_RESTRICT_NONE, 0, NULL},
        {" --load-restrictor=LoadRestrictionsNone\n", KUSTOMIZE_RESTRICT_NONE, 0, NULL},
        {"--load_restrictor none", KUSTOMIZE_RESTRICT_NONE, 0, NULL},
        {"--load-restrictor LoadRestrictionsRootOnly", KUSTOMIZE_ROOT_ONLY, 0, NULL},
        {"--enable-helm --load-restrictor LoadRestrictionsNone --reorder none",
         KUSTOMIZE_RESTRICT_NONE, KUSTOMIZE_REORDER_NONE, NULL},
        {"--reorder=legacy --enable-alpha-plugins=true", 0, KUSTOMIZE_REORDER_LEGACY, NULL},
        {"--load-restrictor", 0, 0, "--load-restrictor needs a value"},
        {"--load-restrictor Some", 0, 0, "--load-restrictor is \"Some\", should be"},
        {"--reorder up", 0, 0, "--reorder is \"up\", should be legacy or none"},
        {"--enable-helm -o x", 0, 0, "the option \"-o\" is not supported"},
        {"--enable-managedby-label", 0, 0, "the option \"--enable-managedby-label\" is not"},
        {"--enable-helm=no", 0, 0, "\"--enable-helm=no\" is not supported"},
        {"overlay", 0, 0, "the option \"overlay\" is not supported"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct settings_kustomize got = {0};
        cleanup_error struct error *err = NULL;
        int rc = settings_kustomize_read(rows[i].text, &got, &err);

        if (rows[i].message) {
            EXPECT_INT(rc, -1);
            EXPECT_CONTAINS(error_message(err), rows[i].message);
            continue;
        }
        EXPECT_INT(rc, 0);
        EXPECT_INT(got.restrictor, rows[i].restrictor);
        EXPECT_INT(got.reorder, rows[i].reorder);
    }
}

TEST(a_bad_option_leaves_the_last_good_ones_in_use)
{
    cleanup_json json_t *good =
        parse("{'kustomize.buildOptions': '--load-restrictor LoadRestrictionsNone'}");
    cleanup_json json_t *bad = parse("{'kustomize.buildOptions': '--env X', 'kustomize.enable': "
                                     "'false', 'helm.enable': 'false', 'jsonnet.enable': 'maybe'}");
    struct settings *first = settings_parse(good, "argocd", NULL, NULL);
    struct settings *second = settings_parse(bad, "argocd", NULL, first);

    EXPECT_INT(first->kustomize.restrictor, KUSTOMIZE_RESTRICT_NONE);
    EXPECT(first->kustomize_enabled && first->helm_enabled && first->jsonnet_enabled);
    EXPECT_INT(second->kustomize.restrictor, KUSTOMIZE_RESTRICT_NONE);
    EXPECT(!second->kustomize_enabled && !second->helm_enabled);
    EXPECT(first->render_hash != second->render_hash);
    EXPECT_INT(second->problems.len, 2);
    EXPECT_CONTAINS(second->problems.items[0], "key jsonnet.enable: \"maybe\" is neither");
    EXPECT_CONTAINS(second->problems.items[1],
                    "ConfigMap argocd/argocd-cm, key kustomize.buildOptions: the option \"--env\"");
    settings_unref(first);
    settings_unref(second);
}
