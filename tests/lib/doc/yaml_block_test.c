/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/yaml_block.h"

#include "tests/test.h"

#include <ftw.h>

static const struct yaml_reading readings[] = {
    {.dialect = YAML_KUSTOMIZE},
    {.dialect = YAML_KUBECTL},
    {.dialect = YAML_KUSTOMIZE, .spelled = true},
    {.dialect = YAML_KUBECTL, .last_wins = true},
};

/* Both ways give the same documents or the same error. */
static void compare(const char *name, const char *text, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
        cleanup_json json_t *quick = NULL;
        cleanup_json json_t *events = NULL;
        cleanup_error struct error *quick_err = NULL;
        cleanup_error struct error *events_err = NULL;
        int rc = yaml_parse_quickly(name, text, len, &readings[i], &quick, &quick_err);

        if (yaml_parse_events(name, text, len, &readings[i], &events, &events_err) != rc ||
            (rc == 0 && !json_equal(quick, events)))
            fail_msg("%s: not what libyaml reads", name);
        if (rc < 0)
            EXPECT_STR(error_message(quick_err), error_message(events_err));
    }
}

/* How much of the text needs no libyaml. */
static size_t bytes_read(const char *text)
{
    cleanup_json json_t *docs = json_array();

    compare("f.yaml", text, strlen(text));
    return yaml_block_read(text, strlen(text), &readings[0], docs);
}

TEST(manifests_need_no_libyaml)
{
    static const char *const texts[] = {
        "",
        "# nothing\n",
        "a: 1",
        "---\na: b\n---\n# none\n---  # next\nc:\n- d\n",
        "a:\n  b: c d \n\n  # between\n  e:   f # behind\ng: {}\nh: []\n",
        "- a\n- b: c\n  d: e\n- - f\n  - g\n-\n-\n  h: i\n",
        "a:\n- b\n-\nc:\n  - d\n  -   e: f\n      g: h\n",
        "a: 'b: c'\n\"d e\": \"# f\" # g\n'': \"\"\n",
        "a: |\n  b\n\n   c\n  \td: #\nx: y\n",
        "a:\n  b: |-\n    c\n  d: |+\n    e\n\n\nf: |\n  g\n\n# h\n",
        "- |\n  a\n- b: |\n    c",
        "a:\nb: ~\nc: 1.50\nd: true\ne: 2001-01-01\nf: 0x1F\n",
        "  a: b\n  c:\n    d\n",
        "image: a/b:1.0@sha256:12\nurl: http://x/?a=b&c={d}\ncmd: --x=y\nneg: -1\n",
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        EXPECT_INT(bytes_read(texts[i]), strlen(texts[i]));
}

TEST(what_is_not_plain_goes_to_libyaml)
{
    static const char *const texts[] = {
        "a: {b: c}\n",
        "a: [b]\n",
        "a: &x b\nc: *x\n",
        "a: !!str 1\n",
        "a: >\n  b\n",
        "a: |2\n   b\n",
        "a: |\n\n  b\n",
        "a: |\n  b\n   \n",
        "a: b\n  c\n",
        "a: 'b\n  c'\n",
        "a: 'it''s'\n",
        "a: \"\\n\"\n",
        "a: b\na: c\n",
        "<<: {a: b}\n",
        "? a\n: b\n",
        "a:\tb\n",
        "a: b\r\n",
        "a: \xc3\xa4\n",
        "# \xc3\xa4\na: b\n",
        "a: b: c\n",
        "a: - b\n",
        "a: .nan\n",
        "~: a\n",
        "a:\n    b: c\n  d: e\n",
        "a: b\n- c\n",
        "- a\nb: c\n",
        "a: b\n...\nc: d\n",
        "%YAML 1.1\n---\na: b\n",
        "--- a\n",
        "a: @b\n",
        "a: b\n c: d\n",
        "a: \"b\"c\n",
        "{}: a\n",
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        EXPECT_INT(bytes_read(texts[i]), 0);
}

TEST(keys_that_kubectl_prints_otherwise_go_to_libyaml)
{
    cleanup_json json_t *docs = json_array();

    EXPECT_INT(bytes_read("yes: a\n0x10: b\n"), strlen("yes: a\n0x10: b\n"));
    EXPECT_INT(yaml_block_read("yes: a\n", 7, &readings[1], docs), 0);
}

TEST(libyaml_goes_on_where_the_plain_documents_end)
{
    static const char text[] = "a: b\n---\n# comment\nc: d\n---\ne: {f: g}\n---\nh: i\n";

    EXPECT_INT(bytes_read(text), strstr(text, "---\ne") - text);
}

TEST(errors_behind_plain_documents_name_their_line)
{
    static const char text[] = "a: b\n---\nc: d\n---\ne: f\ne: g\n";
    cleanup_json json_t *docs = NULL;
    cleanup_error struct error *err = NULL;

    compare("f.yaml", text, strlen(text));
    EXPECT_INT(yaml_parse("f.yaml", text, strlen(text), YAML_KUSTOMIZE, &docs, &err), -1);
    EXPECT_STR(error_message(err), "f.yaml:6:1: mapping key \"e\" is already defined");
}

TEST(deep_nesting_goes_to_libyaml)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    for (int i = 0; i < 100; i++)
        buf_puts(&text, "- ");
    buf_puts(&text, "a\n");
    EXPECT_INT(bytes_read(text.data), 0);
}

static size_t files;
static size_t quick_files;

static int compare_file(const char *path, const struct stat *st, int type, struct FTW *where)
{
    cleanup_json json_t *docs = json_array();
    cleanup_free char *text = NULL;

    (void)st, (void)where;
    if (type != FTW_F || !(text = test_read_file(path)))
        return 0;
    compare(path, text, strlen(text));
    files++;
    quick_files += *text && yaml_block_read(text, strlen(text), &readings[2], docs) == strlen(text);
    return 0;
}

static void compare_all(const char *dir)
{
    files = quick_files = 0;
    EXPECT_INT(nftw(dir, compare_file, 16, FTW_PHYS), 0);
    print_message("%zu of %zu files need no libyaml\n", quick_files, files);
    EXPECT(quick_files * 4 > files);
}

TEST(our_golden_cases_read_alike)
{
    compare_all("tests/golden/kustomize");
}

TEST(foreign_golden_cases_read_alike)
{
    const char *dir = test_shared("kustomize-cases");

    if (!dir)
        SKIP("../shared/kustomize-cases is not there");
    compare_all(dir);
}

TEST(examples_read_alike)
{
    const char *dir = test_shared("examples");

    if (!dir)
        SKIP("../shared/examples is not there");
    compare_all(dir);
}
