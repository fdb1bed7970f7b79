/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/sealed_file.h"

#include "tests/test.h"

#define CONTENT "one\0two\n"

static char *path_of(const char *name)
{
    return xasprintf("%s/%s", test_tmpdir(), name);
}

TEST(what_is_written_is_read)
{
    cleanup_free char *path = path_of("file");
    cleanup_buf struct buf text = BUF_UNLIMITED;
    struct error *err = NULL;

    for (size_t i = 0; i < 2; i++) {
        EXPECT_OK(sealed_file_write(path, "before", 6, i, &err));
        EXPECT_OK(sealed_file_write(path, CONTENT, sizeof(CONTENT) - 1, i, &err));
        buf_truncate(&text, 0);
        buf_puts(&text, "kept ");
        EXPECT_OK(sealed_file_read(path, &text, &err));
        EXPECT_INT(text.len, 5 + sizeof(CONTENT) - 1);
        EXPECT(memcmp(text.data, "kept " CONTENT, text.len) == 0);
    }
}

TEST(an_empty_text_is_one)
{
    cleanup_free char *path = path_of("empty");
    cleanup_buf struct buf text = BUF_UNLIMITED;
    struct error *err = NULL;

    EXPECT_OK(sealed_file_write(path, "", 0, true, &err));
    EXPECT_OK(sealed_file_read(path, &text, &err));
    EXPECT_INT(text.len, 0);
}

TEST(each_damage_shows)
{
    const char *dir = test_tmpdir();
    cleanup_free char *path = xasprintf("%s/whole", dir);
    cleanup_free char *damaged = xasprintf("%s/damaged", dir);
    cleanup_free char *whole = NULL;
    struct error *err = NULL;

    EXPECT_OK(sealed_file_write(path, "content", 7, false, &err));
    whole = test_read_file(path);
    for (size_t at = 0; at < strlen(whole); at++) {
        cleanup_buf struct buf text = BUF_UNLIMITED;
        cleanup_free char *cut = xstrndup(whole, at);
        cleanup_free char *other = xstrdup(whole);

        test_write_file(dir, "damaged", cut);
        EXPECT_INT(sealed_file_read(damaged, &text, &err), -1);
        EXPECT_INT(error_kind(err), ERROR_INVALID);
        error_free(TAKE(err));
        if (other[at] == '\n')
            continue;
        other[at] ^= 1;
        test_write_file(dir, "damaged", other);
        EXPECT_INT(sealed_file_read(damaged, &text, &err), -1);
        EXPECT_INT(text.len, 0);
        EXPECT_CONTAINS(error_message(err), "damaged");
        error_free(TAKE(err));
    }
}

TEST(what_cannot_be_read_or_written_says_why)
{
    cleanup_free char *absent = path_of("absent");
    cleanup_free char *nowhere = path_of("no/such/file");
    cleanup_free char *large = path_of("large");
    cleanup_buf struct buf text = BUF_INIT(4);
    struct error *err = NULL;

    EXPECT_INT(sealed_file_read(absent, &text, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_NOT_FOUND);
    error_free(TAKE(err));
    EXPECT_INT(sealed_file_write(nowhere, "x", 1, true, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_UNAVAILABLE);
    EXPECT_CONTAINS(error_message(err), nowhere);
    error_free(TAKE(err));
    EXPECT_OK(sealed_file_write(large, "12345", 5, false, &err));
    EXPECT_INT(sealed_file_read(large, &text, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_TOO_LARGE);
    error_free(TAKE(err));
}
