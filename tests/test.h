/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test: the unit test harness, a thin layer over cmocka.
 * A TEST registers itself before main(); each *_test.c is a program of its own. A failed
 * expectation ends its test. SKIP("reason") ends it as skipped, with the reason printed.
 */
#ifndef GITOPSD_TESTS_TEST_H
#define GITOPSD_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void test_register(const char *name, CMUnitTestFunction fn);
/* Path below ../shared beside the checkout, or NULL where that folder is absent. Static buffer. */
const char *test_shared(const char *path);
/* Whole file as a NUL-terminated string (free it), or NULL. */
char *test_read_file(const char *path);
/* A new empty directory, removed with its content when the program ends. Borrowed. */
const char *test_tmpdir(void);
/* Create or replace a file below `dir`, with the directories that it needs. */
void test_write_file(const char *dir, const char *path, const char *text);

#define TEST(name)                                                                                 \
    static void test_##name(void **state);                                                         \
    __attribute__((constructor)) static void register_##name(void)                                 \
    {                                                                                              \
        test_register(#name, test_##name);                                                         \
    }                                                                                              \
    static void test_##name(void **state __attribute__((unused)))

#define EXPECT(cond) assert_true(cond)
#define EXPECT_INT(got, want) assert_int_equal((got), (want))
#define EXPECT_STR(got, want) assert_string_equal((got), (want))
#define EXPECT_NULL(got) assert_null(got)
#define EXPECT_CONTAINS(text, part)                                                                \
    do {                                                                                           \
        const char *text_ = (text);                                                                \
        const char *part_ = (part);                                                                \
        if (!text_ || !strstr(text_, part_))                                                       \
            fail_msg("\"%s\" does not contain \"%s\"", text_ ? text_ : "(null)", part_);           \
    } while (0)
/* The call returns 0, or the test fails with the error's text. Needs `err` in scope. */
#define EXPECT_OK(call)                                                                            \
    do {                                                                                           \
        if ((call) != 0)                                                                           \
            fail_msg("%s: %s", #call, err ? error_message(err) : "(no error set)");                \
    } while (0)
#define SKIP(reason)                                                                               \
    do {                                                                                           \
        print_message("skipped: %s\n", (reason));                                                  \
        skip();                                                                                    \
    } while (0)

#endif
