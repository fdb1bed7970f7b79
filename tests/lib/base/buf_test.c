/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buf.h"

#include "tests/test.h"

TEST(a_new_buffer_is_an_empty_string)
{
    cleanup_buf struct buf b = BUF_INIT(4);

    EXPECT_STR(b.data, "");
    EXPECT_INT(b.len, 0);
}

TEST(append_past_the_limit_fails_and_keeps_the_content)
{
    cleanup_buf struct buf b = BUF_INIT(4);
    cleanup_error struct error *err = NULL;

    EXPECT_OK(buf_append(&b, "ab", 2, &err));
    EXPECT_INT(buf_append(&b, "cde", 3, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_TOO_LARGE);
    EXPECT_STR(b.data, "ab");
    error_free(TAKE(err));
    EXPECT_OK(buf_append(&b, "cd", 2, &err));
    EXPECT_STR(b.data, "abcd");
    EXPECT_OK(buf_append(&b, "", 0, &err));
    EXPECT_INT(buf_append(&b, "x", SIZE_MAX, &err), -1);
}

TEST(grows_and_keeps_bytes_with_nul)
{
    cleanup_buf struct buf b = BUF_UNLIMITED;

    for (int i = 0; i < 10000; i++)
        buf_putc(&b, (char)(i % 256));
    EXPECT_INT(b.len, 10000);
    for (int i = 0; i < 10000; i++)
        EXPECT_INT((unsigned char)b.data[i], i % 256);
    EXPECT_INT(b.data[10000], 0);
}

TEST(printf_truncate_consume_and_take)
{
    cleanup_buf struct buf b = BUF_UNLIMITED;
    char *taken;

    buf_printf(&b, "%s=%d;", "key", 42);
    EXPECT_STR(b.data, "key=42;");
    buf_truncate(&b, 6);
    EXPECT_STR(b.data, "key=42");
    buf_consume(&b, 4);
    EXPECT_STR(b.data, "42");
    taken = buf_take(&b);
    EXPECT_STR(taken, "42");
    EXPECT_STR(b.data, "");
    free(taken);
    buf_puts(&b, "again");
    EXPECT_STR(b.data, "again");
}

TEST(an_empty_buffer_can_be_truncated_consumed_and_taken)
{
    struct buf b = BUF_INIT(4);
    char *taken;

    buf_truncate(&b, 0);
    buf_consume(&b, 0);
    taken = buf_take(&b);
    EXPECT_STR(taken, "");
    free(taken);
    buf_clear(&b);
    EXPECT_INT(b.max, 4);
    EXPECT_STR(buf_empty, "");
}
