/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/shown_path.h"

#include "tests/test.h"

static void is_shown(const char *message, const char *cwd, const char *want)
{
    cleanup_error struct error *err = NULL;

    error_set(&err, ERROR_NOT_FOUND, "%s", message);
    EXPECT_INT(shown_path_error("/home/eva/shop", cwd, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_NOT_FOUND);
    EXPECT_STR(error_message(err), want);
}

TEST(paths_are_told_from_where_one_is)
{
    is_shown("home/eva/shop/a.yaml:3: no", "/home/eva", "shop/a.yaml:3: no");
    is_shown("home/eva/shop has no x", "/home/eva/", "/home/eva/shop has no x");
    is_shown("load home/eva/base: \"home/eva/base/b.yaml\" is gone", "/home/eva/shop",
             "load /home/eva/base: \"/home/eva/base/b.yaml\" is gone");
    is_shown("at home/ is home", "/", "at /home/ is home");
    is_shown("my home/x, no/home/y", "/tmp", "my /home/x, no/home/y");
    is_shown("homes/x", "/tmp", "homes/x");
}
