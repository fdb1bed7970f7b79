/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/error.h"
#include "lib/tree/record.h"
#include "lib/tree/tree.h"
#include "tests/test.h"

#include <sys/stat.h>
#include <unistd.h>

static struct file_tree *open_tree(const char *root)
{
    struct file_tree *tree = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(tree_open_dir(root, &tree, &err));
    return tree;
}

static void make_link(const char *dir, const char *target, const char *name)
{
    cleanup_free char *path = xasprintf("%s/%s", dir, name);

    EXPECT_INT(symlink(target, path), 0);
}

TEST(path_join_is_lexical)
{
    static const struct {
        const char *dir, *path, *want;
    } cases[] = {
        {"", "", ""},
        {"", ".", ""},
        {"a", "b", "a/b"},
        {"a", "./b/../c", "a/c"},
        {"a/b", "../../c", "c"},
        {"a", "/c/d", "c/d"},
        {"", "a//b///c/", "a/b/c"},
        {"a/", "..", ""},
        {"a", "..b", "a/..b"},
        {"a", "b...", "a/b..."},
        {"", "/", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *got = NULL;
        cleanup_error struct error *err = NULL;
        EXPECT_OK(path_join(cases[i].dir, cases[i].path, &got, &err));
        EXPECT_STR(got, cases[i].want);
    }
}

TEST(path_join_refuses_to_leave_the_root)
{
    static const char *const paths[] = {"..", "../x", "a/../..", "/..", "./../x", "b/../../../c"};

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        cleanup_error struct error *err = NULL;
        char *got = NULL;
        EXPECT_INT(path_join("", paths[i], &got, &err), -1);
        EXPECT_INT(error_kind(err), ERROR_DENIED);
        EXPECT_NULL(got);
    }
}

TEST(path_dir_and_base)
{
    cleanup_free char *a = path_dir("a/b/c"), *b = path_dir("a");

    EXPECT_STR(a, "a/b");
    EXPECT_STR(b, "");
    EXPECT_STR(path_base("a/b"), "b");
    EXPECT_STR(path_base("b"), "b");
}

TEST(a_directory_is_read_and_listed)
{
    const char *root = test_tmpdir();
    cleanup_error struct error *err = NULL;
    cleanup_buf struct buf text = BUF_INIT(100);
    cleanup_strvec struct strvec names = {0};
    enum tree_kind kind;

    test_write_file(root, "d/b.yaml", "two");
    test_write_file(root, "d/a.yaml", "one");
    test_write_file(root, "d/e/f", "x");
    cleanup_file_tree struct file_tree *tree = open_tree(root);

    EXPECT_OK(tree_read(tree, "d/../d/./a.yaml", &text, &err));
    EXPECT_STR(text.data, "one");
    EXPECT_OK(tree_list(tree, "d", &names, &err));
    EXPECT_INT(names.len, 3);
    EXPECT_STR(names.items[0], "a.yaml");
    EXPECT_STR(names.items[2], "e");
    EXPECT_OK(tree_stat(tree, "", &kind, &err));
    EXPECT_INT(kind, TREE_DIR);
    EXPECT_OK(tree_stat(tree, "d/e/f", &kind, &err));
    EXPECT_INT(kind, TREE_FILE);
    EXPECT_OK(tree_stat(tree, "d/e/f/g", &kind, &err));
    EXPECT_INT(kind, TREE_ABSENT);
    EXPECT_OK(tree_stat(tree, "nothing/here", &kind, &err));
    EXPECT_INT(kind, TREE_ABSENT);
}

TEST(errors_name_the_kind)
{
    const char *root = test_tmpdir();
    cleanup_buf struct buf text = BUF_INIT(3);
    cleanup_strvec struct strvec names = {0};

    test_write_file(root, "d/a", "four");
    cleanup_file_tree struct file_tree *tree = open_tree(root);
    static const struct {
        const char *path;
        enum error_kind kind;
    } cases[] = {{"x", ERROR_NOT_FOUND},
                 {"d", ERROR_INVALID},
                 {"d/a", ERROR_TOO_LARGE},
                 {"../etc/passwd", ERROR_DENIED}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_error struct error *err = NULL;
        EXPECT_INT(tree_read(tree, cases[i].path, &text, &err), -1);
        EXPECT_INT(error_kind(err), cases[i].kind);
        EXPECT_STR(text.data, "");
    }
    cleanup_error struct error *err = NULL;
    EXPECT_INT(tree_list(tree, "d/a", &names, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_INVALID);
}

TEST(links_are_followed_inside_only)
{
    const char *root = test_tmpdir();
    cleanup_buf struct buf text = BUF_INIT(100);
    cleanup_error struct error *err = NULL;
    cleanup_free char *real = NULL;

    test_write_file(root, "in/d/a", "hello");
    test_write_file(root, "secret", "outside");
    cleanup_free char *inner = xasprintf("%s/in", root);
    cleanup_free char *absolute = xasprintf("%s/secret", root);
    make_link(inner, "d", "link");
    make_link(inner, "d/../link/a", "chain");
    make_link(inner, "../secret", "out");
    make_link(inner, "d/../../secret", "out2");
    make_link(inner, absolute, "out3");
    make_link(inner, "loop2", "loop1");
    make_link(inner, "loop1", "loop2");
    make_link(inner, "missing", "dangling");
    cleanup_file_tree struct file_tree *tree = open_tree(inner);

    EXPECT_OK(tree_read(tree, "link/a", &text, &err));
    EXPECT_STR(text.data, "hello");
    EXPECT_OK(tree_real_path(tree, "chain", &real, &err));
    EXPECT_STR(real, "d/a");

    enum tree_kind kind;
    EXPECT_OK(tree_stat(tree, "dangling", &kind, &err));
    EXPECT_INT(kind, TREE_ABSENT);

    static const char *const out[] = {"out", "out2", "out3", "out/x"};
    for (size_t i = 0; i < ARRAY_LEN(out); i++) {
        cleanup_error struct error *denied = NULL;
        EXPECT_INT(tree_read(tree, out[i], &text, &denied), -1);
        EXPECT_INT(error_kind(denied), ERROR_DENIED);
    }
    EXPECT_INT(tree_read(tree, "loop1", &text, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_INVALID);
}

TEST(a_long_path_behind_a_link_is_no_trap)
{
    const char *root = test_tmpdir();
    cleanup_error struct error *err = NULL;
    cleanup_buf struct buf path = BUF_UNLIMITED;
    enum tree_kind kind;

    test_write_file(root, "d/a", "x");
    make_link(root, "d", "l");
    buf_puts(&path, "l");
    for (int i = 0; i < 3000; i++)
        buf_puts(&path, "/xx");
    cleanup_file_tree struct file_tree *tree = open_tree(root);
    EXPECT_OK(tree_stat(tree, path.data, &kind, &err));
    EXPECT_INT(kind, TREE_ABSENT);
}

TEST(what_is_no_file_is_not_read)
{
    const char *root = test_tmpdir();
    cleanup_buf struct buf text = BUF_INIT(100);
    cleanup_error struct error *err = NULL;
    cleanup_free char *fifo = xasprintf("%s/fifo", root);

    EXPECT_INT(mkfifo(fifo, 0600), 0);
    cleanup_file_tree struct file_tree *tree = open_tree(root);
    EXPECT_INT(tree_read(tree, "fifo", &text, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_INVALID);
}

TEST(a_missing_root_is_not_found)
{
    cleanup_error struct error *err = NULL;
    struct file_tree *tree = NULL;

    EXPECT_INT(tree_open_dir("/nonexistent/root", &tree, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_NOT_FOUND);
}

TEST(a_record_of_a_directory_on_disk_never_holds)
{
    const char *root = test_tmpdir();
    cleanup_error struct error *err = NULL;
    cleanup_tree_record struct tree_record *r = tree_record_new();
    enum tree_kind kind;

    cleanup_file_tree struct file_tree *tree = open_tree(root);
    tree_record_start(tree, r);
    EXPECT_OK(tree_stat(tree, "x", &kind, &err));
    tree_record_stop(tree);
    EXPECT_INT(tree_record_count(r), 1);
    EXPECT(!tree_record_holds(r, tree));
}

TEST(more_directories_than_are_kept_open_are_read)
{
    const char *root = test_tmpdir();
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_error struct error *err = NULL;

    for (int i = 0; i < 40; i++) {
        cleanup_free char *name = xasprintf("a/d%d/e/file", i);
        cleanup_free char *text = xasprintf("%d", i);

        test_write_file(root, name, text);
    }
    EXPECT_INT(tree_open_dir(root, &tree, &err), 0);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 40; i++) {
            cleanup_buf struct buf text = BUF_UNLIMITED;
            cleanup_free char *name = xasprintf("a/d%d/e/file", i);
            cleanup_free char *wanted = xasprintf("%d", i);

            EXPECT_INT(tree_read(tree, name, &text, &err), 0);
            EXPECT_STR(text.data, wanted);
        }
}

TEST(locate_tells_kind_and_real_path_at_once)
{
    const char *root = test_tmpdir();
    cleanup_free char *link = xasprintf("%s/link", root);
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_error struct error *err = NULL;
    cleanup_free char *real = NULL;
    cleanup_free char *none = NULL;
    enum tree_kind kind;

    test_write_file(root, "a/file", "x");
    EXPECT_INT(symlink("a", link), 0);
    EXPECT_INT(tree_open_dir(root, &tree, &err), 0);
    EXPECT_INT(tree_locate(tree, "link/file", &kind, &real, &err), 0);
    EXPECT_INT(kind, TREE_FILE);
    EXPECT_STR(real, "a/file");
    EXPECT_INT(tree_locate(tree, "link/other", &kind, &none, &err), 0);
    EXPECT_INT(kind, TREE_ABSENT);
    EXPECT(!none);
}
