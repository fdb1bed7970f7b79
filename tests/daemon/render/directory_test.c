/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/directory.h"

#include "daemon/object/identity.h"
#include "lib/doc/budget.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

#include <unistd.h>

static const char *object(const char *name)
{
    static char text[256];

    snprintf(text, sizeof(text), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n", name);
    return text;
}

/* Renders DIR/app; `*names` are the names of what came out, joined by spaces. */
static int render(const char *dir, const struct directory_options *options, char **names,
                  struct error **err)
{
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_json json_t *objects = NULL;
    struct buf out = BUF_UNLIMITED;

    EXPECT_INT(tree_open_dir(dir, &tree, err), 0);
    if (directory_render(tree, "app", options, &objects, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(objects); i++)
        buf_printf(&out, "%s%s", i ? " " : "",
                   object_meta_string(json_array_get(objects, i), "name"));
    *names = buf_take(&out);
    return 0;
}

static void expect_names(const char *dir, struct directory_options options, const char *want)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *names = NULL;

    if (render(dir, &options, &names, &err) < 0)
        fail_msg("%s", error_message(err));
    EXPECT_STR(names, want);
}

static void expect_error(const char *dir, struct directory_options options, enum error_kind kind,
                         const char *part)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *names = NULL;

    EXPECT_INT(render(dir, &options, &names, &err), -1);
    EXPECT_CONTAINS(error_message(err), part);
    EXPECT_INT(error_kind(err), kind);
}

static const char *new_dir(void)
{
    const char *dir = test_tmpdir();

    test_write_file(dir, "app/b.yaml", object("b"));
    return dir;
}

TEST(files_come_in_lexical_order_and_documents_in_theirs)
{
    const char *dir = new_dir();

    test_write_file(dir, "app/a.yml",
                    "# nothing\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: "
                    "a2}\n---\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: "
                    "a1}\n");
    test_write_file(dir, "app/c.json",
                    "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"c\"}}");
    test_write_file(dir, "app/README.md", "# no manifest");
    test_write_file(dir, "app/sub/d.yaml", object("d"));
    expect_names(dir, (struct directory_options){0}, "a2 a1 b c");
    expect_names(dir, (struct directory_options){.recurse = true}, "a2 a1 b c d");
}

TEST(globs_see_the_path_below_the_directory_and_exclude_wins)
{
    const char *dir = new_dir();

    test_write_file(dir, "app/x/one.yaml", object("one"));
    test_write_file(dir, "app/x/two.yaml", object("two"));
    expect_names(dir, (struct directory_options){.recurse = true, .include = "x*"}, "one two");
    expect_names(dir, (struct directory_options){.recurse = true, .exclude = "*two*"}, "b one");
    expect_names(dir,
                 (struct directory_options){
                     .recurse = true, .include = "{b.yaml,x/*}", .exclude = "x/one.yaml"},
                 "b two");
    expect_error(dir, (struct directory_options){.include = "[a"}, ERROR_INVALID,
                 "spec.source.directory.include");
}

TEST(a_file_may_ask_to_be_skipped)
{
    const char *dir = new_dir();

    test_write_file(dir, "app/a.yaml", "# +argocd:skip-file-rendering\n{{ not yaml\n");
    expect_names(dir, (struct directory_options){0}, "b");
}

TEST(what_is_no_manifest_is_an_error_that_names_it)
{
    const char *dir = new_dir();

    test_write_file(dir, "app/a.yaml", "a: [\n");
    expect_error(dir, (struct directory_options){0}, ERROR_INVALID, "app/a.yaml:");
    expect_names(dir, (struct directory_options){.exclude = "a.*"}, "b");
    test_write_file(dir, "app/a.yaml", "replicas: 3\n");
    expect_error(dir, (struct directory_options){0}, ERROR_INVALID,
                 "app/a.yaml: document 1 has no apiVersion");
    test_write_file(dir, "app/a.yaml", "text\n");
    expect_error(dir, (struct directory_options){0}, ERROR_INVALID,
                 "app/a.yaml: document 1 is not a Kubernetes object");
}

TEST(jsonnet_and_json_with_several_documents_are_refused)
{
    const char *dir = new_dir();

    test_write_file(dir, "app/c.jsonnet", "{}");
    expect_error(dir, (struct directory_options){0}, ERROR_UNSUPPORTED, "app/c.jsonnet");
    expect_names(dir, (struct directory_options){.exclude = "*.jsonnet"}, "b");
    test_write_file(dir, "app/a.json", "{\"apiVersion\": \"v1\"}\n---\n{}");
    expect_error(dir, (struct directory_options){0}, ERROR_INVALID, "app/a.json: ");
}

TEST(links_to_files_are_read_and_links_to_directories_are_not_entered)
{
    const char *dir = new_dir();
    cleanup_free char *file = xasprintf("%s/app/link.yaml", dir);
    cleanup_free char *loop = xasprintf("%s/app/loop", dir);
    cleanup_free char *out = xasprintf("%s/app/out.yaml", dir);

    test_write_file(dir, "shared/s.yaml", object("s"));
    EXPECT_INT(symlink("../shared/s.yaml", file), 0);
    EXPECT_INT(symlink(".", loop), 0);
    expect_names(dir, (struct directory_options){.recurse = true}, "b s");
    EXPECT_INT(symlink("/etc/passwd", out), 0);
    expect_error(dir, (struct directory_options){.recurse = true}, ERROR_DENIED, "app/out.yaml");
}

TEST(too_much_text_is_an_error)
{
    const char *dir = new_dir();
    size_t half = 6000000;
    char *text = xmalloc(half + 1);

    memset(text, '#', half);
    text[half] = '\0';
    test_write_file(dir, "app/c.yaml", text);
    expect_names(dir, (struct directory_options){0}, "b");
    test_write_file(dir, "app/d.yaml", text);
    free(text);
    expect_error(dir, (struct directory_options){0}, ERROR_TOO_LARGE,
                 "exceeded max combined manifest file size");
}

/* Each file stays below the limits of its own aliases. */
TEST(aliases_in_many_files_are_an_error)
{
    const char *dir = new_dir();
    cleanup_buf struct buf text = BUF_UNLIMITED;

    buf_printf(&text, "%sdata: {a: &a %0100000d, b: [*a", object("bomb"), 1);
    for (int i = 0; i < 150; i++)
        buf_puts(&text, ", *a");
    buf_puts(&text, "]}\n");
    for (int i = 0; i < 30; i++) {
        cleanup_free char *name = xasprintf("app/%02d.yaml", i);
        test_write_file(dir, name, text.data);
    }
    expect_error(dir, (struct directory_options){0}, ERROR_TOO_LARGE,
                 "app/17.yaml: document 1: the build grows beyond 256 MB");
}

/* Trees of Git can name each other: a few of them are more directories than memory holds. */
TEST(names_in_directories_count_also_of_what_is_no_manifest)
{
    const char *dir = new_dir();
    cleanup_budget struct budget little;

    for (int i = 0; i < 100; i++) {
        cleanup_free char *name = xasprintf("app/d/%02d.txt", i);
        test_write_file(dir, name, "");
    }
    budget_begin_with(&little, (size_t)100 * 1024, 60000);
    expect_names(dir, (struct directory_options){0}, "b");
    expect_error(dir, (struct directory_options){.recurse = true}, ERROR_TOO_LARGE,
                 "the build grows beyond");
}

TEST(a_path_that_is_no_directory_is_an_error)
{
    const char *dir = test_tmpdir();

    test_write_file(dir, "other/a.yaml", object("a"));
    expect_error(dir, (struct directory_options){0}, ERROR_NOT_FOUND,
                 "app: app path does not exist");
    test_write_file(dir, "app", "a file");
    expect_error(dir, (struct directory_options){0}, ERROR_INVALID, "app path is not a directory");
}
