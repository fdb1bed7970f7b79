/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/app_kustomize.h"

#include "kustomize/build.h"
#include "tests/daemon/parts.h"
#include "tests/lib/git/git_test_repo.h"

/* What the real kustomize made of each case, edited as Argo CD edits; written by
 * tests/golden/generate-overrides. */
#define CASES "tests/daemon/override-cases.json"
#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static const struct app_env env = {.name = "web",
                                   .namespace = "fix",
                                   .project = "shop",
                                   .revision = COMMIT,
                                   .repo_url = "https://git/r",
                                   .path = "app",
                                   .target_revision = "main"};

static void write_file(const char *root, const char *path, const char *text)
{
    cleanup_free char *full = xasprintf("%s/%s", root, path);
    cleanup_free char *dir = path_dir(full);
    FILE *f;

    SH("mkdir -p %s", dir);
    f = fopen(full, "w");
    EXPECT(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static int build(struct app_kustomize *k, const char *root, struct buf *out, struct error **err)
{
    struct kustomize_options options = {.edit = app_kustomize_edit, .edit_arg = k};
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_json json_t *objects = NULL;

    EXPECT_INT(tree_open_dir(root, &tree, err), 0);
    k->tree = tree;
    if (app_kustomize_check(k->fields, k->field, err) < 0 ||
        kustomize_build(tree, "app", &options, &objects, err) < 0)
        return -1;
    return yaml_print_all(objects, out, err);
}

static bool case_holds(const char *root, const json_t *one)
{
    const char *expected = json_string_value(json_object_get(one, "expected"));
    struct app_kustomize k = {.fields = json_object_get(one, "kustomize"),
                              .field = "spec.source",
                              .env = &env,
                              .path = "app"};
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    int rc;

    write_file(root, "app/kustomization.yaml", object_string(one, "kustomization"));
    rc = build(&k, root, &text, &err);
    if (rc < 0 ? !expected : streq(text.data, expected))
        return true;
    print_error("%s: %s\ngot:\n%s\nwant:\n%s\n", object_string(one, "name"), error_message(err),
                text.data ? text.data : "nothing", expected ? expected : "refused");
    return false;
}

TEST(overrides_build_what_kustomize_builds_after_the_same_edits)
{
    cleanup_free char *root = xasprintf("%s/overrides", test_tmpdir());
    cleanup_json json_t *file = json_load_file(CASES, 0, NULL);
    const json_t *cases = json_object_get(file, "cases");
    size_t i, failed = 0;
    const char *path;
    json_t *one;

    json_object_foreach (json_object_get(file, "files"), path, one)
        write_file(root, path, json_string_value(one));
    EXPECT(json_array_size(cases) >= 50);
    json_array_foreach (cases, i, one)
        failed += !case_holds(root, one);
    EXPECT_INT(failed, 0);
}

TEST(variables_are_replaced_as_go_replaces_them)
{
    static const struct {
        const char *text, *want;
        bool used_revision;
    } rows[] = {
        {"", "", false},
        {"plain", "plain", false},
        {"$ARGOCD_APP_NAME", "web", false},
        {"a${ARGOCD_APP_NAME}b", "awebb", false},
        {"$ARGOCD_APP_NAMEX", "", false},
        {"$ARGOCD_APP_NAME-x", "web-x", false},
        {"$$ARGOCD_APP_NAME", "$ARGOCD_APP_NAME", false},
        {"100$", "100$", false},
        {"a$ b", "a$ b", false},
        {"$-x", "x", false},
        {"$1x", "x", false},
        {"${}x", "x", false},
        {"${x", "x", false},
        {"${$}", "$", false},
        {"$ARGOCD_APP_REVISION", COMMIT, true},
        {"${ARGOCD_APP_REVISION_SHORT}", "0123456", true},
        {"$ARGOCD_APP_REVISION_SHORT_8", "01234567", true},
        {"$ARGOCD_APP_NAMESPACE $ARGOCD_APP_PROJECT_NAME", "fix shop", false},
        {"$ARGOCD_APP_SOURCE_PATH@$ARGOCD_APP_SOURCE_TARGET_REVISION", "app@main", false},
        {"$HOME$PATH", "", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool used = false;
        cleanup_free char *text = app_env_expand(&env, rows[i].text, &used);

        EXPECT_STR(text, rows[i].want);
        EXPECT_INT(used, rows[i].used_revision);
    }
}

TEST(what_is_not_known_is_refused_by_name)
{
    static const struct {
        const char *kustomize, *message;
    } rows[] = {
        {"{'images': 'web:1'}", "spec.source.kustomize.images must be a list of strings"},
        {"{'images': [3]}", "spec.source.kustomize.images must be a list of strings"},
        {"{'namePrefix': ['x']}", "spec.source.kustomize.namePrefix must be a string"},
        {"{'commonLabels': {'a': 1}}", "spec.source.kustomize.commonLabels must be a map of "},
        {"{'forceCommonLabels': 'true'}", "forceCommonLabels must be true or false"},
        {"{'helmCharts': []}", "spec.source.kustomize.helmCharts is not known"},
        {"{'replicas': [{'count': 1}]}", "spec.source.kustomize.replicas[0].name must be"},
        {"{'replicas': [{'name': 'a=b', 'count': 1}]}", "replicas[0].name must be"},
        {"{'replicas': [{'name': 'a', 'count': '1x'}]}",
         "spec.source.kustomize.replicas[0].count (of a) must be a number"},
        {"{'replicas': [{'name': 'a'}]}", "replicas[0].count (of a) must be a number"},
        {"{'patches': [{'patch': 'x', 'when': 'now'}]}",
         "spec.source.kustomize.patches[0].when is not known"},
        {"{'components': ['../c/*']}", "components[0] \"../c/*\": patterns are not supported"},
        {"{'version': 'v4.5.7'}", "kustomize version v4.5.7 is not registered"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *kustomize = parse(rows[i].kustomize);
        cleanup_error struct error *err = NULL;

        EXPECT_INT(app_kustomize_check(kustomize, "spec.source", &err), -1);
        EXPECT_CONTAINS(error_message(err), rows[i].message);
    }
}

TEST(flags_alone_ask_for_nothing)
{
    static const struct {
        const char *kustomize;
        bool set;
    } rows[] = {
        {"{}", false},
        {"null", false},
        {"{'forceCommonLabels': true, 'images': [], 'namePrefix': ''}", false},
        {"{'images': ['a:1']}", true},
        {"{'namePrefix': 'a'}", true},
        {"{'commonLabels': {'a': 'b'}}", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *kustomize = parse(rows[i].kustomize);
        cleanup_error struct error *err = NULL;

        EXPECT_OK(app_kustomize_check(kustomize, "spec.source", &err));
        EXPECT_INT(app_kustomize_is_set(kustomize), rows[i].set);
    }
}
