/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"

#include "tests/test.h"

/* RFC 4648, section 10. */
TEST(vectors_both_ways)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *text = base64_encode(rows[i][0], strlen(rows[i][0]));
        cleanup_buf struct buf out = BUF_UNLIMITED;
        cleanup_error struct error *err = NULL;

        EXPECT_STR(text, rows[i][1]);
        EXPECT_OK(base64_decode(text, strlen(text), &out, &err));
        EXPECT_STR(out.data, rows[i][0]);
    }
}

TEST(every_byte_survives)
{
    unsigned char raw[256];
    cleanup_free char *text = NULL;
    cleanup_buf struct buf out = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;

    for (int i = 0; i < 256; i++)
        raw[i] = (unsigned char)(255 - i);
    text = base64_encode(raw, sizeof(raw));
    EXPECT_OK(base64_decode(text, strlen(text), &out, &err));
    EXPECT_INT(out.len, sizeof(raw));
    EXPECT_INT(memcmp(out.data, raw, sizeof(raw)), 0);
}

TEST(line_breaks_are_skipped)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    const char *text = "Zm\r\n9v\nYg\n==\n";

    EXPECT_OK(base64_decode(text, strlen(text), &out, &err));
    EXPECT_STR(out.data, "foob");
}

TEST(malformed_text_is_refused_without_repeating_it)
{
    static const char *const rows[] = {"Zg=",   "Zg",   "Z",    "Zg==Zg==", "=",     "====",
                                       "Zm9v=", "Zm 9", "Zm9-", "Zm9_",     "Zg===", "Z==="};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_buf struct buf out = BUF_UNLIMITED;
        cleanup_error struct error *err = NULL;

        if (base64_decode(rows[i], strlen(rows[i]), &out, &err) != -1)
            fail_msg("\"%s\" is accepted", rows[i]);
        EXPECT_INT(error_kind(err), ERROR_INVALID);
        EXPECT(strlen(rows[i]) < 3 || !strstr(error_message(err), rows[i]));
    }
}

TEST(the_limit_of_the_buffer_holds)
{
    cleanup_buf struct buf out = BUF_INIT(4);
    cleanup_error struct error *err = NULL;

    EXPECT_INT(base64_decode("Zm9vYmFy", 8, &out, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_TOO_LARGE);
}
