/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/diff.h"

#include "lib/base/buf.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static json_t *load(const char *yaml)
{
    cleanup_json json_t *docs = NULL;
    struct error *err = NULL;

    if (!yaml)
        return NULL;
    if (yaml_parse("test", yaml, strlen(yaml), YAML_KUBECTL, &docs, &err) < 0)
        fail_msg("%s", error_message(err));
    return json_incref(json_array_get(docs, 0));
}

static void put_value(struct buf *out, const json_t *change, const char *field)
{
    cleanup_free char *text =
        json_dumps(json_object_get(change, field), JSON_COMPACT | JSON_ENCODE_ANY);

    if (text)
        buf_printf(out, " %s=%s", field, text);
}

/* "OP PATH from=V to=V; ..." */
static void check(const char *from, const char *to, const char *want)
{
    cleanup_json json_t *a = load(from);
    cleanup_json json_t *b = load(to);
    cleanup_json json_t *changes = json_diff(a, b);
    cleanup_buf struct buf text = BUF_UNLIMITED;
    size_t i;
    json_t *change;

    json_array_foreach (changes, i, change) {
        buf_printf(&text, "%s%s %s", i ? "; " : "",
                   json_string_value(json_object_get(change, "op")),
                   json_string_value(json_object_get(change, "path")));
        put_value(&text, change, "from");
        put_value(&text, change, "to");
    }
    EXPECT_STR(text.len ? text.data : "", want);
}

TEST(what_is_equal_has_no_changes)
{
    check("{a: 1, b: [x, {c: null}]}", "{b: [x, {c: null}], a: 1}", "");
    check("[]", "[]", "");
}

TEST(fields_are_named_by_their_path)
{
    check("{a: {b: 1}}", "{a: {b: 2}}", "replace .a.b from=1 to=2");
    check("{a: {b: 1}}", "{a: {}}", "remove .a.b from=1");
    check("{a: {}}", "{a: {b: 1}}", "add .a.b to=1");
    check("{a: {example.org/x: 1}}", "{a: {}}", "remove .a[\"example.org/x\"] from=1");
    check("{a: null}", "{}", "remove .a from=null");
    check("{a: 1}", "{a: '1'}", "replace .a from=1 to=\"1\"");
    check("{a: [1]}", "{a: {b: 1}}", "replace .a from=[1] to={\"b\":1}");
}

TEST(items_are_paired_by_name_or_place)
{
    check("{l: [{name: a, v: 1}, {name: b, v: 1}]}", "{l: [{name: b, v: 1}, {name: a, v: 2}]}",
          "replace .l[name=a].v from=1 to=2");
    check("{l: [{name: a}]}", "{l: [{name: b}]}",
          "remove .l[name=a] from={\"name\":\"a\"}; add .l[name=b] to={\"name\":\"b\"}");
    check("{l: [{name: a}, {name: a}]}", "{l: [{name: a}]}", "remove .l[1] from={\"name\":\"a\"}");
    check("{l: [x, u]}", "{l: [x, z, w]}", "replace .l[1] from=\"u\" to=\"z\"; add .l[2] to=\"w\"");
}

TEST(a_document_may_be_missing)
{
    check(NULL, "{a: 1}", "add . to={\"a\":1}");
    check("{a: 1}", NULL, "remove . from={\"a\":1}");
    check(NULL, NULL, "");
}
