/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/term.h"
#include "cli/verbs/diff_print.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static json_t *parse(const char *text)
{
    cleanup_json json_t *docs = NULL;
    cleanup_error struct error *err = NULL;

    term_set_color("never");
    EXPECT_OK(yaml_parse("test", text, strlen(text), YAML_KUBECTL, &docs, &err));
    return json_incref(docs);
}

static void compare(struct diff_result *r, const char *before, const char *after)
{
    cleanup_json json_t *from = parse(before);
    cleanup_json json_t *to = parse(after);

    diff_result_init(r);
    diff_add_all(r, from, to);
}

#define CONFIG(name, value)                                                                        \
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: " name ", namespace: ns}\n"            \
    "data: {key: " value "}\n"

TEST(objects_are_paired_by_what_identifies_them)
{
    cleanup_diff_result struct diff_result r;
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_buf struct buf counts = BUF_UNLIMITED;

    compare(&r, CONFIG("same", "a") CONFIG("old", "a") CONFIG("other", "a"),
            CONFIG("other", "b") CONFIG("new", "a") CONFIG("same", "a"));
    diff_print_unified(&r, &text);
    diff_print_counts(&r, &counts);
    EXPECT_STR(counts.data, "1 added, 1 changed, 1 removed, 1 the same");
    EXPECT_CONTAINS(text.data, "--- a/ConfigMap/ns/other\n"
                               "+++ b/ConfigMap/ns/other\n"
                               "@@ -1,6 +1,6 @@\n"
                               " apiVersion: v1\n"
                               " data:\n"
                               "-  key: a\n"
                               "+  key: b\n"
                               " kind: ConfigMap\n"
                               " metadata:\n"
                               "   name: other\n");
    EXPECT_CONTAINS(text.data, "--- /dev/null\n+++ b/ConfigMap/ns/new\n");
    EXPECT_CONTAINS(text.data, "--- a/ConfigMap/ns/old\n+++ /dev/null\n");
    EXPECT(strstr(text.data, "same") == NULL);
}

TEST(what_the_server_writes_does_not_count)
{
    cleanup_diff_result struct diff_result r;

    compare(&r,
            "apiVersion: v1\nkind: X\nmetadata: {name: a, uid: u, generation: 3, managedFields: "
            "[]}\nstatus: {a: b}\n",
            "apiVersion: v1\nkind: X\nmetadata: {name: a}\n");
    EXPECT_INT(r.items.len, 0);
    EXPECT_INT(r.same, 1);
}

TEST(items_of_a_list_count_one_by_one)
{
    cleanup_diff_result struct diff_result r;

    compare(&r,
            "kind: List\napiVersion: v1\nitems: [{kind: X, apiVersion: v1, metadata: {name: a}}]",
            "kind: X\napiVersion: v1\nmetadata: {name: a}");
    EXPECT_INT(r.same, 1);
    EXPECT_INT(r.items.len, 0);
}

TEST(what_a_generator_names_by_its_content_is_one_object)
{
    cleanup_diff_result struct diff_result r;
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_buf struct buf counts = BUF_UNLIMITED;

    compare(&r,
            CONFIG("web-5bf8h2ck8t", "a") CONFIG("two-5bf8h2ck8t", "a")
                CONFIG("two-4bf8h2ck8t", "a") CONFIG("plain-name", "a"),
            CONFIG("web-4bf8h2ck8t", "b") CONFIG("two-6bf8h2ck8t", "a") CONFIG("plain-else", "a"));
    diff_print_unified(&r, &text);
    diff_print_counts(&r, &counts);
    EXPECT_STR(counts.data, "2 added, 1 changed, 3 removed, 0 the same");
    EXPECT_CONTAINS(text.data, "-  key: a\n+  key: b\n");
    EXPECT_CONTAINS(text.data, "-  name: web-5bf8h2ck8t\n+  name: web-4bf8h2ck8t\n");
}

TEST(values_of_secrets_are_digests_on_both_sides)
{
    cleanup_diff_result struct diff_result r;
    cleanup_buf struct buf text = BUF_UNLIMITED;

    compare(&r,
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
            "stringData: {a: hunter2, b: same}\n",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
            "stringData: {a: swordfish, b: same}\n");
    diff_print_unified(&r, &text);
    EXPECT_CONTAINS(text.data, "\n-  a: digest:");
    EXPECT_CONTAINS(text.data, "\n+  a: digest:");
    EXPECT_CONTAINS(text.data, "\n   b: digest:");
    EXPECT(strstr(text.data, "hunter2") == NULL);
    EXPECT(strstr(text.data, "swordfish") == NULL);
    EXPECT(strstr(text.data, "same") == NULL);
}

TEST(markdown_folds_each_object_up)
{
    cleanup_diff_result struct diff_result r;
    cleanup_buf struct buf text = BUF_UNLIMITED;

    compare(&r, CONFIG("a", "x") CONFIG("b", "x"), CONFIG("a", "\"```\"") CONFIG("b", "x"));
    strvec_push(&r.notes, "a <note>");
    diff_print_markdown(&r, "`app`", &text);
    EXPECT_STR(text.data, "**0 added, 1 changed, 0 removed, 1 the same** in `app`\n"
                          "\n"
                          "Note:\n"
                          "\n"
                          "- a &lt;note>\n"
                          "\n"
                          "<details><summary>changed <code>ConfigMap ns/a</code> +1 −1</summary>\n"
                          "\n"
                          "````diff\n"
                          "@@ -1,6 +1,6 @@\n"
                          " apiVersion: v1\n"
                          " data:\n"
                          "-  key: x\n"
                          "+  key: '```'\n"
                          " kind: ConfigMap\n"
                          " metadata:\n"
                          "   name: a\n"
                          "````\n"
                          "\n"
                          "</details>\n");
}

TEST(markdown_fits_a_comment)
{
    cleanup_diff_result struct diff_result r;
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_buf struct buf big = BUF_UNLIMITED;

    buf_puts(&big, CONFIG("big", "x"));
    for (int i = 0; i < 4000; i++)
        buf_printf(&big, "line%d: some more text\n", i);
    buf_puts(&big, CONFIG("small", "x"));
    compare(&r, "", big.data);
    EXPECT_INT(r.items.len, 2);
    diff_print_markdown(&r, "`app`", &text);
    EXPECT(text.len < 60000);
    EXPECT_CONTAINS(text.data, "ConfigMap ns/small");
    EXPECT_CONTAINS(text.data, "1 more objects differ; their lines are too long for a comment.\n");
}
