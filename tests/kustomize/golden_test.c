/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders of inputs beside the output, or the refusal, of the real kustomize: our own below
 * tests/golden/kustomize, those of kustomize's test suite in ../shared/kustomize-cases, and the
 * example repositories. A difference in one byte fails.
 */
#include "kustomize/build.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

struct tally {
    size_t passed;
    size_t refused; /* as not supported, in words */
    size_t failed;
};

static char *path_of(const char *dir, const char *name)
{
    return xasprintf("%s/%s", dir, name);
}

static bool exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* ---- one case ---- */

static void read_case(const char *dir, char **path, struct kustomize_options *options)
{
    cleanup_free char *file = path_of(dir, "case.json");
    cleanup_json json_t *c = json_load_file(file, 0, NULL);
    const char *reorder = json_string_value(json_object_get(c, "reorder"));
    const char *restrictor = json_string_value(json_object_get(c, "loadRestrictor"));
    const char *p = json_string_value(json_object_get(c, "path"));

    *path = xstrdup(p ? p : ".");
    options->reorder = streq(reorder, "none")     ? KUSTOMIZE_REORDER_NONE
                       : streq(reorder, "legacy") ? KUSTOMIZE_REORDER_LEGACY
                                                  : KUSTOMIZE_REORDER_UNSPECIFIED;
    options->restrictor = streq(restrictor, "None") ? KUSTOMIZE_RESTRICT_NONE : KUSTOMIZE_ROOT_ONLY;
}

static int build(const char *root, const char *path, const struct kustomize_options *options,
                 struct buf *out, struct error **err)
{
    cleanup_file_tree struct file_tree *tree = NULL;
    struct kustomize_options exact = options ? *options : (struct kustomize_options){0};
    cleanup_json json_t *objects = NULL;

    exact.exact = true;
    while (*path == '/')
        path++;
    if (tree_open_dir(root, &tree, err) < 0 ||
        kustomize_build(tree, path, &exact, &objects, err) < 0)
        return -1;
    return yaml_print_all_spelled(objects, out, err);
}

static void show_difference(const char *name, const char *want, const char *got)
{
    size_t line = 1;
    size_t start = 0;
    size_t i;

    for (i = 0; want[i] && want[i] == got[i]; i++)
        if (want[i] == '\n') {
            line++;
            start = i + 1;
        }
    print_message("%s: line %zu\n  want: %.*s\n  got:  %.*s\n", name, line,
                  (int)strcspn(want + start, "\n"), want + start, (int)strcspn(got + start, "\n"),
                  got + start);
}

static void count_failure(struct tally *t, const char *name, const struct error *err)
{
    if (error_kind(err) == ERROR_UNSUPPORTED) {
        t->refused++;
        return;
    }
    t->failed++;
    print_message("%s: %s\n", name, error_message(err));
}

static void run_case(struct tally *t, const char *dir, const char *name)
{
    cleanup_buf struct buf got = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    cleanup_free char *root = path_of(dir, "input");
    cleanup_free char *expected = path_of(dir, "expected.yaml");
    cleanup_free char *want = test_read_file(expected);
    cleanup_free char *path = NULL;
    struct kustomize_options options = {0};
    int rc;

    read_case(dir, &path, &options);
    rc = build(root, path, &options, &got, &err);
    if (!want && rc < 0) {
        t->passed++;
    } else if (!want) {
        t->failed++;
        print_message("%s: must fail, but does not\n", name);
    } else if (rc < 0) {
        count_failure(t, name, err);
    } else if (strcmp(want, got.data) == 0) {
        t->passed++;
    } else {
        t->failed++;
        show_difference(name, want, got.data);
    }
}

/* Every folder in `dir` with an expected.yaml or an error.txt. */
static struct tally run_cases(const char *dir)
{
    struct dirent **entries;
    struct tally t = {0};
    int n = scandir(dir, &entries, is_visible, by_name);

    for (int i = 0; i < n; i++) {
        cleanup_free char *path = path_of(dir, entries[i]->d_name);
        cleanup_free char *expected = path_of(path, "expected.yaml");
        cleanup_free char *error = path_of(path, "error.txt");

        if (exists(expected) || exists(error))
            run_case(&t, path, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    print_message("%zu passed, %zu refused as not yet supported, %zu failed\n", t.passed, t.refused,
                  t.failed);
    return t;
}

TEST(our_cases_match_the_real_kustomize)
{
    struct tally t = run_cases("tests/golden/kustomize");

    EXPECT_INT(t.failed, 0);
    EXPECT_INT(t.refused, 0);
    EXPECT(t.passed >= 800);
}

TEST(the_cases_of_kustomize_itself_match)
{
    const char *dir = test_shared("kustomize-cases");
    struct tally t;

    if (!dir)
        SKIP("../shared/kustomize-cases is not there");
    t = run_cases(dir);
    EXPECT_INT(t.failed, 0);
    EXPECT_INT(t.refused, 0);
    EXPECT(t.passed >= 180);
}

/* A case that must fail says why in error.txt; each word group there must be in our message. */
TEST(errors_name_the_cause)
{
    struct dirent **entries;
    int n = scandir("tests/golden/kustomize", &entries, is_visible, by_name);
    size_t checked = 0;

    for (int i = 0; i < n; i++) {
        cleanup_free char *dir = path_of("tests/golden/kustomize", entries[i]->d_name);
        cleanup_free char *file = path_of(dir, "names.txt");
        cleanup_free char *names = test_read_file(file);
        cleanup_free char *root = path_of(dir, "input");
        cleanup_free char *path = NULL;
        cleanup_buf struct buf out = BUF_UNLIMITED;
        cleanup_error struct error *err = NULL;
        struct kustomize_options options = {0};
        char *rest;

        free(entries[i]);
        if (!names)
            continue;
        read_case(dir, &path, &options);
        EXPECT_INT(build(root, path, &options, &out, &err), -1);
        for (char *name = strtok_r(names, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest))
            EXPECT_CONTAINS(error_message(err), name);
        checked++;
    }
    if (n >= 0)
        free(entries);
    EXPECT(checked >= 5);
}

/* ---- the real repositories ---- */

/* The real kustomize's output for a directory, NULL where it cannot be run. */
static char *real_output(const char *dir)
{
    cleanup_free char *command = xasprintf("tests/cluster/kubectl kustomize '%s' 2>/dev/null", dir);
    FILE *p = popen(command, "r");
    char *text = NULL;
    size_t len = 0;

    if (!p)
        return NULL;
    if (getdelim(&text, &len, EOF, p) < 0) {
        free(text);
        text = NULL;
    }
    pclose(p);
    return text;
}

static void compare_real(struct tally *t, const char *dir)
{
    cleanup_buf struct buf got = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    cleanup_free char *real = realpath(dir, NULL);
    cleanup_free char *want = real_output(dir);

    if (!real || !want) {
        t->failed++;
        print_message("%s: the real kustomize printed nothing\n", dir);
    } else if (build("/", real, NULL, &got, &err) < 0) {
        t->failed++;
        print_message("%s: %s\n", dir, error_message(err));
    } else if (strcmp(want, got.data) != 0) {
        t->failed++;
        show_difference(dir, want, got.data);
    } else {
        t->passed++;
    }
}

static void compare_below(struct tally *t, const char *dir)
{
    struct dirent **entries;
    cleanup_free char *file = path_of(dir, "kustomization.yaml");
    int n = scandir(dir, &entries, is_visible, by_name);

    if (exists(file))
        compare_real(t, dir);
    for (int i = 0; i < n; i++) {
        cleanup_free char *path = path_of(dir, entries[i]->d_name);
        struct stat st;

        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            compare_below(t, path);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

static bool has_real_kustomize(void)
{
    return system("tests/cluster/kubectl version --client >/dev/null 2>&1") == 0;
}

TEST(the_fleet_matches)
{
    struct tally t = {0};

    if (!has_real_kustomize())
        SKIP("tests/cluster/kubectl does not run here");
    compare_below(&t, "tests/cluster/fleet");
    EXPECT_INT(t.failed, 0);
    EXPECT(t.passed > 0);
}

TEST(the_examples_match)
{
    const char *dir = test_shared("examples");
    struct tally t = {0};

    if (!dir)
        SKIP("../shared/examples is not there");
    if (!has_real_kustomize())
        SKIP("tests/cluster/kubectl does not run here");
    compare_below(&t, dir);
    EXPECT_INT(t.failed, 0);
    EXPECT(t.passed > 0);
}
