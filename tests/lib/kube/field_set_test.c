/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/field_set.h"

#include "lib/doc/yaml.h"
#include "tests/test.h"

struct row {
    const char *a, *b, *want;
};

static json_t *load(const char *text)
{
    json_t *v = json_loads(text, 0, NULL);

    assert_non_null(v);
    return v;
}

static void check(const struct row *row, json_t *(*operation)(const json_t *, const json_t *))
{
    cleanup_json json_t *a = load(row->a);
    cleanup_json json_t *b = load(row->b);
    cleanup_json json_t *want = load(row->want);
    cleanup_json json_t *got = operation(a, b);

    if (!json_equal(got, want)) {
        char *text = json_dumps(got, 0);

        fail_msg("%s with %s: %s, expected %s", row->a, row->b, text, row->want);
    }
}

TEST(a_union_holds_the_members_of_both)
{
    static const struct row rows[] = {
        {"{}", "{}", "{}"},
        {"{\"f:a\":{}}", "{}", "{\"f:a\":{}}"},
        {"{}", "{\"f:a\":{}}", "{\"f:a\":{}}"},
        {"{\"f:a\":{}}", "{\"f:b\":{}}", "{\"f:a\":{},\"f:b\":{}}"},
        {"{\"f:a\":{\"f:x\":{}}}", "{\"f:a\":{\"f:y\":{}}}", "{\"f:a\":{\"f:x\":{},\"f:y\":{}}}"},
        /* a whole and its parts: the whole is a member by "." */
        {"{\"f:a\":{}}", "{\"f:a\":{\"f:x\":{}}}", "{\"f:a\":{\".\":{},\"f:x\":{}}}"},
        {"{\"f:a\":{\"f:x\":{}}}", "{\"f:a\":{}}", "{\"f:a\":{\".\":{},\"f:x\":{}}}"},
        {"{\"f:a\":{\".\":{},\"f:x\":{}}}", "{\"f:a\":{\"f:y\":{}}}",
         "{\"f:a\":{\".\":{},\"f:x\":{},\"f:y\":{}}}"},
        {"{\"f:l\":{\"k:{\\\"n\\\":1}\":{\".\":{},\"f:n\":{}}}}", "{\"f:l\":{\"v:2\":{}}}",
         "{\"f:l\":{\"k:{\\\"n\\\":1}\":{\".\":{},\"f:n\":{}},\"v:2\":{}}}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(&rows[i], field_set_union);
}

TEST(what_is_subtracted_is_gone)
{
    static const struct row rows[] = {
        {"{}", "{\"f:a\":{}}", "{}"},
        {"{\"f:a\":{}}", "{}", "{\"f:a\":{}}"},
        {"{\"f:a\":{}}", "{\"f:a\":{}}", "{}"},
        {"{\"f:a\":{\"f:x\":{},\"f:y\":{}}}", "{\"f:a\":{\"f:x\":{}}}", "{\"f:a\":{\"f:y\":{}}}"},
        {"{\"f:a\":{\"f:x\":{}}}", "{\"f:a\":{\"f:x\":{}}}", "{}"},
        /* the whole stays where only a part was taken, and the other way round */
        {"{\"f:a\":{}}", "{\"f:a\":{\"f:x\":{}}}", "{\"f:a\":{}}"},
        {"{\"f:a\":{\"f:x\":{}}}", "{\"f:a\":{}}", "{\"f:a\":{\"f:x\":{}}}"},
        {"{\"f:a\":{\".\":{},\"f:x\":{}}}", "{\"f:a\":{\"f:x\":{}}}", "{\"f:a\":{}}"},
        {"{\"f:a\":{\".\":{},\"f:x\":{}}}", "{\"f:a\":{\".\":{},\"f:y\":{}}}",
         "{\"f:a\":{\"f:x\":{}}}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(&rows[i], field_set_subtract);
}

TEST(operands_are_left_alone)
{
    cleanup_json json_t *a = load("{\"f:a\":{\"f:x\":{}}}");
    cleanup_json json_t *b = load("{\"f:a\":{}}");
    cleanup_json json_t *before = json_deep_copy(a);
    cleanup_json json_t *joined = field_set_union(a, b);

    json_object_set_new(json_object_get(joined, "f:a"), "f:new", json_object());
    EXPECT(json_equal(a, before));
}
