/* SPDX-License-Identifier: Apache-2.0 */
/* Small inputs that ask for much are refused before they get it. */
#include "kustomize/build.h"
#include "kustomize/selector.h"
#include "lib/doc/budget.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

#define POD "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
#define CONFIG_MAP "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\n"

static const char *write_kustomization(const char *text)
{
    const char *dir = test_tmpdir();

    test_write_file(dir, "kustomization.yaml", text);
    return dir;
}

static void expect_too_large(const char *dir, const char *limit)
{
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *objects = NULL;

    EXPECT_INT(tree_open_dir(dir, &tree, &err), 0);
    EXPECT_INT(kustomize_build(tree, "", NULL, &objects, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_TOO_LARGE);
    EXPECT(strstr(error_message(err), limit));
}

/* 30 levels, each of which has the next one twice. */
static void expect_levels_refused(const char *head, const char *field)
{
    cleanup_free char *top = xasprintf("%s: [l0/a, l0/b]\n", field);
    const char *dir = write_kustomization(top);

    for (int i = 0; i < 30; i++)
        for (const char *side = "ab"; *side; side++) {
            cleanup_free char *path = xasprintf("l%d/%c/kustomization.yaml", i, *side);
            cleanup_free char *text = i == 29 ? xasprintf("%snamePrefix: x\n", head)
                                              : xasprintf("%s%s: [../../l%d/a, ../../l%d/b]\n",
                                                          head, field, i + 1, i + 1);

            test_write_file(dir, path, text);
        }
    expect_too_large(dir, "bases and components are built");
}

TEST(bases_that_double_at_each_level)
{
    expect_levels_refused("", "resources");
}

TEST(components_that_double_at_each_level)
{
    expect_levels_refused("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n",
                          "components");
}

TEST(a_json_patch_that_copies_the_object_into_itself)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const char *dir;

    buf_puts(&text, "resources: [cm.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: |\n");
    for (int i = 0; i < 60; i++)
        buf_printf(&text, "    - {op: copy, from: /data, path: /data/x%d}\n", i);
    dir = write_kustomization(text.data);
    test_write_file(dir, "cm.yaml", CONFIG_MAP "data: {a: b}\n");
    expect_too_large(dir, "256 MB");
}

TEST(replacements_that_double_a_map)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const char *dir;

    buf_puts(&text, "resources: [cm.yaml]\nreplacements:\n");
    for (int i = 0; i < 60; i++)
        buf_printf(&text,
                   "- source: {kind: ConfigMap, fieldPath: data.a}\n  targets:\n"
                   "  - {select: {kind: ConfigMap}, fieldPaths: [data.a.x%d],"
                   " options: {create: true}}\n",
                   i);
    dir = write_kustomization(text.data);
    test_write_file(dir, "cm.yaml", CONFIG_MAP "data: {a: {b: c}}\n");
    expect_too_large(dir, "256 MB");
}

TEST(a_long_value_of_a_var_in_many_places)
{
    const char *dir = write_kustomization(
        "resources: [pod.yaml]\nvars:\n- name: V\n"
        "  objref: {apiVersion: v1, kind: Pod, name: p}\n  fieldref: {fieldPath: spec.v}\n");
    cleanup_buf struct buf text = BUF_UNLIMITED;

    buf_puts(&text, POD "spec:\n  containers:\n  - command:\n    - ");
    for (int i = 0; i < 100000; i++)
        buf_puts(&text, "$(V)");
    buf_puts(&text, "\n  v: ");
    for (int i = 0; i < 100000; i++)
        buf_puts(&text, "long ");
    buf_puts(&text, "\n");
    test_write_file(dir, "pod.yaml", text.data);
    expect_too_large(dir, "256 MB");
}

/* Each is looked for once, not once per "$(". */
TEST(references_to_vars_without_an_end_take_little_time)
{
    const char *dir = write_kustomization(
        "resources: [pod.yaml]\nvars:\n- name: V\n"
        "  objref: {apiVersion: v1, kind: Pod, name: p}\n  fieldref: {fieldPath: spec.v}\n");
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *objects = NULL;

    buf_puts(&text, POD "spec:\n  v: x\n  containers:\n  - command:\n    - ");
    for (int i = 0; i < 1000000; i++)
        buf_puts(&text, "$(");
    buf_puts(&text, "\n");
    test_write_file(dir, "pod.yaml", text.data);
    EXPECT_INT(tree_open_dir(dir, &tree, &err), 0);
    EXPECT_INT(kustomize_build(tree, "", NULL, &objects, &err), 0);
}

TEST(a_regular_expression_of_a_megabyte)
{
    cleanup_buf struct buf pattern = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    struct regex *regex;

    for (int i = 0; i < 100000; i++)
        buf_puts(&pattern, "(a|ab)*[x]?");
    EXPECT_INT(regex_new(pattern.data, &regex, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_TOO_LARGE);
}

/* What a build has left is what a budget around it has. */
TEST(generators_that_merge_what_has_grown)
{
    const char *dir = write_kustomization("resources: [l0]\n");
    cleanup_budget struct budget budget;

    for (int i = 0; i < 20; i++) {
        cleanup_free char *path = xasprintf("l%d/kustomization.yaml", i);
        cleanup_free char *text =
            xasprintf("configMapGenerator:\n- {name: cm, behavior: %s, literals: [k%d=%0500d]}\n"
                      "resources: [%s]\n",
                      i == 19 ? "create" : "merge", i, i, i == 19 ? "" : "../next");
        char *next = strstr(text, "../next");
        cleanup_free char *named =
            next ? xasprintf("%.*s../l%d]\n", (int)(next - text), text, i + 1) : xstrdup(text);

        test_write_file(dir, path, named);
    }
    budget_begin_with(&budget, 50000, BUDGET_CPU_S * 1000LL);
    expect_too_large(dir, "merge into cm: the build grows beyond");
}

TEST(more_cpu_time_than_a_build_may_take)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_budget struct budget budget;
    const char *dir;

    for (int i = 0; i < 3000; i++)
        buf_printf(&text, "%sapiVersion: v1\nkind: Pod\nmetadata: {name: p%d}\n", i ? "---\n" : "",
                   i);
    dir = write_kustomization("resources: [pods.yaml]\nimages: [{name: a, newTag: b}]\n");
    test_write_file(dir, "pods.yaml", text.data);
    budget_begin_with(&budget, BUDGET_BYTES, 1);
    expect_too_large(dir, "of CPU time");
}

TEST(a_regular_expression_that_takes_too_long_is_an_error)
{
    const char *dir =
        write_kustomization("resources: [pod.yaml]\n"
                            "patches:\n- target: {name: \"(a|aa)+(a|aa)+[bd]\"}\n"
                            "  patch: '[{\"op\": \"add\", \"path\": \"/x\", \"value\": 1}]'\n");

    test_write_file(dir, "pod.yaml",
                    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: "
                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac\n");
    expect_too_large(dir, "(a|aa)+(a|aa)+[bd]");
}
