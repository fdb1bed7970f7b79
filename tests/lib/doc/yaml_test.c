/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/yaml.h"

#include "tests/test.h"

#include <dirent.h>

/* The first document of `text` as compact JSON, or the error's message. Static buffer. */
static const char *read_as(enum yaml_dialect dialect, const char *text)
{
    static char result[4096];
    cleanup_json json_t *docs = NULL;
    cleanup_error struct error *err = NULL;
    char *json;

    if (yaml_parse("f.yaml", text, strlen(text), dialect, &docs, &err) < 0) {
        snprintf(result, sizeof(result), "%s", error_message(err));
        return result;
    }
    json = json_dumps(json_array_get(docs, 0), JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    snprintf(result, sizeof(result), "%s", json ? json : "(nothing)");
    free(json);
    return result;
}

static enum error_kind kind_of(const char *text, size_t len)
{
    cleanup_json json_t *docs = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_INT(yaml_parse("f", text, len, YAML_KUSTOMIZE, &docs, &err), -1);
    EXPECT_NULL(docs);
    return error_kind(err);
}

TEST(plain_scalars_in_both_dialects)
{
    static const struct {
        const char *text;
        const char *kustomize;
        const char *kubectl;
    } rows[] = {
        {"yes", "\"yes\"", "true"},
        {"off", "\"off\"", "false"},
        {"y", "\"y\"", "true"},
        {"N", "\"N\"", "false"},
        {"True", "true", "true"},
        {"tRUE", "\"tRUE\"", "\"tRUE\""},
        {"~", "null", "null"},
        {"0777", "511", "511"},
        {"089", "89", "89"},
        {"0o14", "12", "12"},
        {"-0o14", "-12", "-12"},
        {"0o-7", "-7", "\"0o-7\""},
        {"0b-1", "-1", "-1"},
        {"0x1F", "31", "31"},
        {"0x", "\"0x\"", "\"0x\""},
        {"1_000", "1000", "1000"},
        {".5_0", "0.5", "0.5"},
        {"._5", "\"._5\"", "\"._5\""},
        {"1e3", "1000", "1000"},
        {"1e400", "\"1e400\"", "\"1e400\""},
        {"12:30", "\"12:30\"", "\"12:30\""},
        {"9223372036854775807", "9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808", "-9223372036854775808"},
        {"2001-01-01", "\"2001-01-01T00:00:00Z\"", "\"2001-01-01\""},
        {"2001-1-2 3:4:5.60", "\"2001-01-02T03:04:05.6Z\"", "\"2001-1-2 3:4:5.60\""},
        {"2001-01-01T00:00:00+01:30", "\"2001-01-01T00:00:00+01:30\"",
         "\"2001-01-01T00:00:00+01:30\""},
        {"2001-02-29", "\"2001-02-29\"", "\"2001-02-29\""},
        {"1.2.3", "\"1.2.3\"", "\"1.2.3\""},
        {"'yes'", "\"yes\"", "\"yes\""},
        {"! 12", "12", "\"12\""},
        {"!!bool yes", "f.yaml:1:1: the value cannot be read as a !!bool", "true"},
        {"!!timestamp 2001-01-01", "\"2001-01-01T00:00:00Z\"", "\"2001-01-01\""},
        {"{a: }", "{\"a\":\"\"}", "{\"a\":null}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        EXPECT_STR(read_as(YAML_KUSTOMIZE, rows[i].text), rows[i].kustomize);
        EXPECT_STR(read_as(YAML_KUBECTL, rows[i].text), rows[i].kubectl);
    }
}

TEST(keys_become_strings)
{
    EXPECT_STR(read_as(YAML_KUSTOMIZE, "n: 1\n0x1F: 2\ntrue: 3\n1.50: 4\n2001-01-01: 5\n"),
               "{\"0x1F\":2,\"1.50\":4,\"2001-01-01\":5,\"n\":1,\"true\":3}");
    EXPECT_STR(read_as(YAML_KUBECTL, "n: 1\n0x1F: 2\nyes: 3\n1.50: 4\n2001-01-01: 5\n"),
               "{\"1.5\":4,\"2001-01-01\":5,\"31\":2,\"false\":1,\"true\":3}");
    EXPECT_CONTAINS(read_as(YAML_KUBECTL, "a: 1\n~: 1\n"), "f.yaml:2:1: ");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "[a]: 1\n"), "must be a scalar");
}

TEST(tags_are_honoured)
{
    EXPECT_STR(read_as(YAML_KUSTOMIZE, "[!!str 1, !!int '2', !!float 3, !!null '', !!binary aGk=]"),
               "[\"1\",2,3,null,\"hi\"]");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "a: !!int secret"), "f.yaml:1:4: ");
    EXPECT_NULL(strstr(read_as(YAML_KUSTOMIZE, "a: !!int secret"), "secret"));
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "a: !!binary '*'"), "base64");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "a: !!binary /w=="), "not UTF-8");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "a: !!binary AA=="), "NUL");
}

TEST(merge_keys_as_the_tool_resolves_them)
{
    const char *text = "- &a {q: 1, r: 1}\n- {q: 2, <<: *a}\n- {<<: *a, q: 2}\n"
                       "- <<: [{r: 9, s: 9}, *a]\n";

    EXPECT_STR(read_as(YAML_KUSTOMIZE, text),
               "[{\"q\":1,\"r\":1},{\"q\":2,\"r\":1},{\"q\":2,\"r\":1},"
               "{\"q\":1,\"r\":9,\"s\":9}]");
    EXPECT_STR(read_as(YAML_KUBECTL, text),
               "[{\"q\":1,\"r\":1},{\"q\":1,\"r\":1},{\"q\":2,\"r\":1},"
               "{\"q\":1,\"r\":9,\"s\":9}]");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "<<: 1"), "merge key needs a mapping");
    EXPECT_STR(read_as(YAML_KUSTOMIZE, "'<<': 1"), "{\"<<\":1}");
}

TEST(aliases_are_copies)
{
    const char *text = "a: &x {k: [1]}\nb: *x\n";
    cleanup_json json_t *docs = NULL;
    cleanup_error struct error *err = NULL;
    json_t *doc;

    EXPECT_OK(yaml_parse("f", text, strlen(text), YAML_KUSTOMIZE, &docs, &err));
    doc = json_array_get(docs, 0);
    json_object_set_new(json_object_get(doc, "a"), "k", json_true());
    EXPECT(json_is_array(json_object_get(json_object_get(doc, "b"), "k")));
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "a: *x"), "f.yaml:1:4: unknown anchor \"x\"");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "&x [*x]"), "contains itself");
    EXPECT_STR(read_as(YAML_KUSTOMIZE, "[&x 1, &x 2, *x]"), "[1,2,2]");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "--- &x a\n--- *x\n"), "f.yaml:2:5: unknown anchor");
}

TEST(alias_bombs_and_depth_are_too_large)
{
    cleanup_buf struct buf bomb = BUF_UNLIMITED;
    cleanup_buf struct buf deep = BUF_UNLIMITED;
    cleanup_buf struct buf climbing = BUF_UNLIMITED;

    buf_puts(&bomb, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
        buf_printf(&bomb, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            buf_printf(&bomb, "*a%d,", i - 1);
        buf_puts(&bomb, "]\n");
    }
    EXPECT_INT(kind_of(bomb.data, bomb.len), ERROR_TOO_LARGE);

    for (int i = 0; i < 257; i++)
        buf_putc(&deep, '[');
    EXPECT_INT(kind_of(deep.data, deep.len), ERROR_TOO_LARGE);

    buf_puts(&climbing, "a0: &a0 [x]\n");
    for (int i = 1; i < 300; i++)
        buf_printf(&climbing, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    EXPECT_INT(kind_of(climbing.data, climbing.len), ERROR_TOO_LARGE);
}

TEST(errors_say_where)
{
    EXPECT_STR(read_as(YAML_KUSTOMIZE, "a: 1\nb: 2\na: 3\n"),
               "f.yaml:3:1: mapping key \"a\" is already defined");
    EXPECT_STR(read_as(YAML_KUBECTL, "1: a\n'1': b\n"),
               "f.yaml:2:1: mapping key \"1\" is already defined");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "a:\n  - b\n c: d\n"), "f.yaml:3:2: ");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "a: [1\n"), "f.yaml:2:1: ");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "a: .inf"), "f.yaml:1:4: ");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "a: \"x\\0y\""), "f.yaml:1:4: a NUL");
    EXPECT_CONTAINS(read_as(YAML_KUSTOMIZE, "a: 1\nb: \xff\n"), "f.yaml:2:4: ");
    EXPECT_INT(kind_of("a: \0b", 5), ERROR_INVALID);
    EXPECT_INT(kind_of("a: \xc3", 4), ERROR_INVALID);
}

TEST(documents_of_a_stream)
{
    static const struct {
        const char *text;
        size_t count;
    } rows[] = {
        {"", 0},
        {"# only\n", 0},
        {"---\n", 0},
        {"---\n---\na: 1\n---\n", 1},
        {"null\n", 1},
        {"--- ~\n--- ''\n", 2},
        {"a: 1\n---\nb: 2", 2},
        {"%YAML 1.1\n---\na: 1\n", 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *docs = NULL;
        cleanup_error struct error *err = NULL;

        EXPECT_OK(yaml_parse("f", rows[i].text, strlen(rows[i].text), YAML_KUSTOMIZE, &docs, &err));
        EXPECT_INT(json_array_size(docs), rows[i].count);
    }
}

TEST(json_is_yaml)
{
    EXPECT_STR(read_as(YAML_KUBECTL, "{\"a\":[1,2.0,true,null],\"b\":\"\\u00e9\\/\"}"),
               "{\"a\":[1,2,true,null],\"b\":\"\xc3\xa9/\"}");
    EXPECT_STR(read_as(YAML_KUBECTL, "{\"a\":\"\\ud83d\\ude00\"}"), "{\"a\":\"\xf0\x9f\x98\x80\"}");
    EXPECT_STR(read_as(YAML_KUBECTL, "{\n\t\"a\": 1\n}\n"), "{\"a\":1}");
}

TEST(print_past_the_limit_keeps_the_content)
{
    cleanup_buf struct buf out = BUF_INIT(8);
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *doc = json_pack("{s:s}", "key", "value");

    buf_puts(&out, "ab");
    EXPECT_INT(yaml_print(doc, &out, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_TOO_LARGE);
    EXPECT_STR(out.data, "ab");
}

TEST(print_whole_documents)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *docs =
        json_pack("[{},[],s,n,b,i,f,f,[[i],{}]]", "x\n", 1, -7, 1e6, 0.5, 1);

    EXPECT_OK(yaml_print_all(docs, &out, &err));
    EXPECT_STR(out.data,
               "{}\n---\n[]\n---\n|\n  x\n---\nnull\n---\ntrue\n---\n-7\n---\n1000000\n---\n"
               "0.5\n---\n- - 1\n- {}\n");
}

TEST(the_order_of_keys_does_not_depend_on_their_insertion)
{
    cleanup_json json_t *a = json_pack("{s:i,s:i,s:i}", "a10", 1, "a1b", 1, "a02", 1);
    cleanup_json json_t *b = json_pack("{s:i,s:i,s:i}", "a02", 1, "a1b", 1, "a10", 1);
    cleanup_buf struct buf x = BUF_UNLIMITED;
    cleanup_buf struct buf y = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(yaml_print(a, &x, &err));
    EXPECT_OK(yaml_print(b, &y, &err));
    EXPECT_STR(x.data, y.data);
}

/* `path` read and printed again is `want`. */
static void expect_printed(const char *path, const char *want)
{
    cleanup_free char *text = test_read_file(path);
    cleanup_json json_t *docs = NULL;
    cleanup_buf struct buf out = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;

    EXPECT(text != NULL);
    EXPECT_OK(yaml_parse(path, text, strlen(text), YAML_KUSTOMIZE, &docs, &err));
    EXPECT_OK(yaml_print_all(docs, &out, &err));
    EXPECT_STR(out.data, want ? want : text);
}

TEST(golden_input_prints_as_kubectl_kustomize_did)
{
    cleanup_free char *want = test_read_file("tests/golden/yaml/expected.yaml");

    EXPECT(want != NULL);
    expect_printed("tests/golden/yaml/input.yaml", want);
    expect_printed("tests/golden/yaml/expected.yaml", want);
}

TEST(outputs_of_the_kustomize_cases_print_as_they_are)
{
    const char *shared = test_shared("kustomize-cases");
    cleanup_free char *root = xstrdup(shared);
    struct dirent *entry;
    size_t count = 0;
    DIR *dir;

    if (!root) {
        SKIP("../shared/kustomize-cases is absent");
        return;
    }
    dir = opendir(root);
    EXPECT(dir != NULL);
    while ((entry = readdir(dir))) {
        cleanup_free char *path = xasprintf("%s/%s/expected.yaml", root, entry->d_name);
        cleanup_free char *text = test_read_file(path);

        if (!text)
            continue;
        expect_printed(path, NULL);
        count++;
    }
    closedir(dir);
    EXPECT(count > 100);
}

/* The one escape of JSON that YAML refuses makes a JSON reader of it; numbers must not show that.
 */
TEST(json_with_surrogates_reads_like_other_documents)
{
    static const char text[] = "{\"a\": [2.0, 2.5, {\"b\": 1e3}], \"c\": \"\\ud83d\\ude00\"}";
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *want =
        json_pack("[{s:[i, f, {s:i}], s:s}]", "a", 2, 2.5, "b", 1000, "c", "\xf0\x9f\x98\x80");
    cleanup_error struct error *err = NULL;

    EXPECT_OK(yaml_parse("test", text, sizeof(text) - 1, YAML_KUBECTL, &docs, &err));
    EXPECT(json_equal(docs, want));
}
