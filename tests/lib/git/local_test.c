/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/git.h"
#include "lib/tree/record.h"
#include "tests/lib/git/git_test_repo.h"

static struct git_repository_handle *open_repo(const char *dir)
{
    struct git_repository_handle *repo = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(git_open(dir, &repo, &err));
    return repo;
}

static struct file_tree *open_commit(struct git_repository_handle *repo, const char *oid)
{
    struct file_tree *tree = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(git_tree_open(repo, oid, &tree, &err));
    return tree;
}

TEST(a_commit_is_read_like_a_directory)
{
    const char *dir = test_tmpdir();
    cleanup_error struct error *err = NULL;
    cleanup_buf struct buf text = BUF_INIT(100), small = BUF_INIT(3);
    cleanup_strvec struct strvec names = {0};
    cleanup_free char *real = NULL;
    enum tree_kind kind;

    cleanup_free char *oid =
        sh("cd %s; git init -q -b main .; mkdir -p a/b; echo one > a/b/f; echo two > a/g; "
           "ln -s b/f a/link; ln -s ../.. a/out; chmod +x a/g; "
           "git add .; git update-index --add --cacheinfo "
           "160000,1111111111111111111111111111111111111111,sub; "
           "git commit -q -m 'the subject'; git rev-parse HEAD",
           dir);
    cleanup_git_repository struct git_repository_handle *repo = open_repo(dir);
    EXPECT(git_has_commit(repo, oid));
    EXPECT(!git_has_commit(repo, "1111111111111111111111111111111111111111"));
    EXPECT(!git_has_commit(repo, "main"));
    cleanup_file_tree struct file_tree *tree = open_commit(repo, oid);

    EXPECT_OK(tree_read(tree, "a/b/f", &text, &err));
    EXPECT_STR(text.data, "one\n");
    EXPECT_OK(tree_read(tree, "a/link", &text, &err));
    EXPECT_STR(text.data, "one\none\n");
    EXPECT_OK(tree_real_path(tree, "a/link", &real, &err));
    EXPECT_STR(real, "a/b/f");
    EXPECT_OK(tree_list(tree, "a", &names, &err));
    EXPECT_INT(names.len, 4);
    EXPECT_STR(names.items[1], "g");
    EXPECT_OK(tree_stat(tree, "sub", &kind, &err));
    EXPECT_INT(kind, TREE_OTHER);
    EXPECT_INT(tree_stat(tree, "sub/x", &kind, &err), -1);
    EXPECT_CONTAINS(error_message(err), "sub is a submodule");
    error_free(TAKE(err));
    EXPECT_OK(tree_stat(tree, "a/g/x", &kind, &err));
    EXPECT_INT(kind, TREE_ABSENT);
    EXPECT_OK(tree_stat(tree, "", &kind, &err));
    EXPECT_INT(kind, TREE_DIR);

    EXPECT_INT(tree_stat(tree, "a/out", &kind, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_DENIED);
    error_free(TAKE(err));
    EXPECT_INT(tree_read(tree, "a/g", &small, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_TOO_LARGE);
}

TEST(commits_and_revisions)
{
    const char *dir = test_tmpdir();
    cleanup_error struct error *err = NULL;
    struct git_commit_info info = {0};
    char got[GIT_OID_HEX_BYTES];

    cleanup_free char *oid =
        sh("cd %s; git init -q -b main .; echo x > f; git add .; "
           "GIT_COMMITTER_DATE='1700000000 +0000' git commit -q -m 'subject\n\n"
           "body'; git tag -a -m t v1; git rev-parse HEAD",
           dir);
    cleanup_git_repository struct git_repository_handle *repo = open_repo(dir);
    EXPECT_OK(git_commit_read(repo, oid, &info, &err));
    EXPECT_STR(info.author, "Ann <ann@example.org>");
    EXPECT_STR(info.message, "subject\n\nbody\n");
    EXPECT(info.time_ms == 1700000000000);
    git_commit_info_clear(&info);

    cleanup_free char *abbreviated = xstrndup(oid, 8);
    const char *const revisions[] = {abbreviated, "v1", "main", "HEAD", oid};
    for (size_t i = 0; i < ARRAY_LEN(revisions); i++) {
        EXPECT_OK(git_rev_parse(repo, revisions[i], got, &err));
        EXPECT_STR(got, oid);
    }
    EXPECT_INT(git_rev_parse(repo, "nothing", got, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_NOT_FOUND);
}

TEST(no_repository_is_not_found)
{
    struct git_repository_handle *repo = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_INT(git_open(test_tmpdir(), &repo, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_NOT_FOUND);
}

/* ---- records ---- */

TEST(a_record_holds_until_what_was_read_changes)
{
    const char *dir = test_tmpdir();
    cleanup_error struct error *err = NULL;
    cleanup_buf struct buf text = BUF_INIT(100);
    cleanup_tree_record struct tree_record *r = tree_record_new();
    enum tree_kind kind;

    cleanup_free char *first =
        sh("cd %s; git init -q -b main .; mkdir -p base app other; echo 1 > base/k; "
           "echo 1 > base/readme; echo 1 > app/k; echo 1 > other/k; git add .; "
           "git commit -q -m 1; git rev-parse HEAD",
           dir);
    cleanup_git_repository struct git_repository_handle *repo = open_repo(dir);
    cleanup_file_tree struct file_tree *tree = open_commit(repo, first);
    tree_record_start(tree, r);
    EXPECT_OK(tree_read(tree, "app/k", &text, &err));
    EXPECT_OK(tree_read(tree, "base/k", &text, &err));
    EXPECT_OK(tree_stat(tree, "base", &kind, &err));
    EXPECT_OK(tree_stat(tree, "app/missing", &kind, &err));
    EXPECT_OK(tree_read(tree, "app/k", &text, &err));
    tree_record_stop(tree);
    EXPECT_INT(tree_record_count(r), 4);
    EXPECT(tree_record_holds(r, tree));

    static const struct {
        const char *edit;
        bool holds;
    } cases[] = {
        {"echo 2 > other/k", true},
        {"echo 2 > base/readme", true},
        {"echo 2 > app/new", true},
        {"echo 2 > app/k", false},
        {"echo 2 > base/k", false},
        {"echo 2 > app/missing", false},
        {"mkdir app/missing; touch app/missing/x", false},
        {"git rm -rq base", false},
        {"git mv base real; ln -s real base", true},
        {"rm app/k; ln -s ../base/k app/k", true}, /* the same content */
        {"rm app/k; ln -s nowhere app/k", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *oid =
            sh("cd %s; git reset -q --hard %s; git clean -qfd; %s; git add -A; "
               "git commit -q -m next; git rev-parse HEAD",
               dir, first, cases[i].edit);
        cleanup_file_tree struct file_tree *next = open_commit(repo, oid);
        if (tree_record_holds(r, next) != cases[i].holds)
            fail_msg("%s: expected %d", cases[i].edit, cases[i].holds);
    }
}

/* A question about a tree and its answer as text: what a record must find unchanged. */
static char *ask(struct file_tree *tree, unsigned question, const char *path)
{
    cleanup_error struct error *err = NULL;
    cleanup_buf struct buf text = BUF_INIT(1000);
    cleanup_free char *real = NULL;
    enum tree_kind kind;

    switch (question % 3) {
    case 0:
        if (tree_stat(tree, path, &kind, &err) == 0)
            return xasprintf("kind %d", (int)kind);
        break;
    case 1:
        if (tree_stat(tree, path, &kind, &err) == 0 && kind != TREE_FILE)
            return xasprintf("kind %d", (int)kind);
        if (!err && tree_read(tree, path, &text, &err) == 0)
            return xstrdup(text.data);
        break;
    default:
        if (tree_real_path(tree, path, &real, &err) == 0)
            return TAKE(real);
        if (error_kind(err) == ERROR_NOT_FOUND)
            return xstrdup("absent");
    }
    return xstrdup("error");
}

static char *random_path(void)
{
    static const char *const names[] = {"a", "b", "c"};
    int depth = rand() % 3 + 1;
    struct buf path = BUF_UNLIMITED;

    for (int i = 0; i < depth; i++)
        buf_printf(&path, "%s%s", i ? "/" : "", names[rand() % 3]);
    return buf_take(&path);
}

static char *random_edit(void)
{
    static const char *const targets[] = {"a", "b", "../a", "c/a", "../b/c"};
    cleanup_free char *path = random_path(), *dir = path_dir(path);

    switch (rand() % 4) {
    case 0: return xasprintf("rm -rf %s", path);
    case 1:
        return xasprintf("rm -rf %s; mkdir -p ./%s && ln -s %s %s", path, dir, targets[rand() % 5],
                         path);
    default:
        return xasprintf("rm -rf %s; mkdir -p ./%s && echo %d > %s", path, dir, rand() % 2, path);
    }
}

#define QUESTIONS 6

static void check_record(struct file_tree *before, struct file_tree *after)
{
    cleanup_tree_record struct tree_record *r = tree_record_new();
    bool same = true, failed = false;

    for (unsigned i = 0; i < QUESTIONS; i++) {
        unsigned question = (unsigned)rand();
        cleanup_free char *path = random_path();
        tree_record_start(before, r);
        cleanup_free char *was = ask(before, question, path);
        tree_record_stop(before);
        cleanup_free char *is = ask(after, question, path);
        failed = failed || strcmp(was, "error") == 0;
        same = same && strcmp(was, is) == 0;
    }
    if (tree_record_holds(r, after) != (same && !failed))
        fail_msg("the answers are %s, holds is not", same ? "the same" : "different");
    if (!failed)
        EXPECT(tree_record_holds(r, before));
}

TEST(a_record_holds_exactly_when_all_answers_are_the_same)
{
    const char *dir = test_tmpdir();
    char *oids[40];

    srand(7);
    SH("cd %s; git init -q -b main .", dir);
    for (size_t i = 0; i < ARRAY_LEN(oids); i++) {
        cleanup_buf struct buf edits = BUF_UNLIMITED;
        for (int n = i == 0 ? 20 : 2; n > 0; n--) {
            cleanup_free char *edit = random_edit();
            buf_printf(&edits, "{ %s; } 2>/dev/null || true; ", edit);
        }
        oids[i] = sh("cd %s; %s git add -A; git commit -q --allow-empty -m x; git rev-parse HEAD",
                     dir, edits.data);
    }
    cleanup_git_repository struct git_repository_handle *repo = open_repo(dir);
    for (size_t i = 0; i < 4000; i++) {
        size_t a = (size_t)rand() % ARRAY_LEN(oids);
        size_t b = rand() % 2 ? (a + 1) % ARRAY_LEN(oids) : (size_t)rand() % ARRAY_LEN(oids);
        cleanup_file_tree struct file_tree *before = open_commit(repo, oids[a]);
        cleanup_file_tree struct file_tree *after = open_commit(repo, oids[b]);
        check_record(before, after);
    }
    for (size_t i = 0; i < ARRAY_LEN(oids); i++)
        free(oids[i]);
}
