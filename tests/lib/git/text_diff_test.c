/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/text_diff.h"

#include "tests/test.h"

static void check(const char *from, const char *to, const char *want)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;
    struct error *err = NULL;
    const char *body;

    if (text_diff("x.yaml", from, to, &out, &err) < 0)
        fail_msg("%s", error_message(err));
    /* Without the lines that name the blobs. */
    body = out.len ? strstr(out.data, "--- ") : "";
    EXPECT_STR(body ? body : out.data, want);
}

TEST(a_diff_has_context_and_a_header)
{
    check("a\nb\nc\n", "a\nB\nc\n",
          "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
    check("a\n", "a\nb\n", "--- a/x.yaml\n+++ b/x.yaml\n@@ -1 +1,2 @@\n a\n+b\n");
}

TEST(a_text_may_be_missing)
{
    check(NULL, "a\n", "--- /dev/null\n+++ b/x.yaml\n@@ -0,0 +1 @@\n+a\n");
    check("a\n", NULL, "--- a/x.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
}

TEST(equal_texts_have_none)
{
    check("a\n", "a\n", "");
}
