/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/error.h"

#include "tests/test.h"

TEST(the_message_grows_from_the_outside)
{
    cleanup_error struct error *err = NULL;

    EXPECT_INT(error_set(&err, ERROR_NOT_FOUND, "no file %s", "a"), -1);
    EXPECT_INT(error_wrap(&err, "load %d", 1), -1);
    EXPECT_INT(error_wrap(&err, "render 100%%"), -1);
    EXPECT_STR(error_message(err), "render 100%: load 1: no file a");
    EXPECT_INT(error_kind(err), ERROR_NOT_FOUND);
}

TEST(several_are_lines_of_one)
{
    cleanup_error struct error *all = NULL;
    struct error *one = NULL;

    error_set(&one, ERROR_DENIED, "first");
    EXPECT_INT(error_add(&all, &one), -1);
    EXPECT_NULL(one);
    error_set(&one, ERROR_INVALID, "second");
    EXPECT_INT(error_add(&all, &one), -1);
    EXPECT_NULL(one);
    EXPECT_STR(error_message(all), "first\nsecond");
    EXPECT_INT(error_kind(all), ERROR_DENIED);
}

TEST(a_copy_is_independent)
{
    cleanup_error struct error *err = NULL;
    cleanup_error struct error *copy = NULL;

    error_set(&err, ERROR_UNAVAILABLE, "down");
    error_set_code(err, 503);
    error_set_retry_after_ms(err, 1500);
    copy = error_copy(err);
    error_wrap(&err, "x");
    EXPECT_STR(error_message(copy), "down");
    EXPECT_INT(error_kind(copy), ERROR_UNAVAILABLE);
    EXPECT_INT(error_code(copy), 503);
    EXPECT_INT(error_retry_after_ms(copy), 1500);
    EXPECT_INT(error_code(err), 503);
    EXPECT_NULL(error_copy(NULL));
}

TEST(each_kind_has_a_name_and_some_are_transient)
{
    static const bool transient[] = {
        [ERROR_CONFLICT] = true, [ERROR_UNAVAILABLE] = true, [ERROR_TIMEOUT] = true,
        [ERROR_EXPIRED] = true,  [ERROR_CANCELED] = false,
    };

    for (int kind = ERROR_INTERNAL; kind <= ERROR_CANCELED; kind++) {
        cleanup_error struct error *err = NULL;

        EXPECT(error_kind_name((enum error_kind)kind)[0] != '\0');
        error_set(&err, (enum error_kind)kind, "x");
        EXPECT_INT(error_is_transient(err), transient[kind]);
        EXPECT_INT(error_code(err), 0);
        EXPECT_INT(error_retry_after_ms(err), 0);
    }
    EXPECT_STR(error_kind_name(ERROR_TOO_LARGE), "too large");
}

TEST(no_error_has_a_message_and_can_be_freed)
{
    EXPECT_STR(error_message(NULL), "no error");
    error_free(NULL);
}
