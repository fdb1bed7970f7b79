/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/patch.h"

#include "tests/test.h"

static json_t *parse(const char *text)
{
    json_t *v = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    EXPECT(v != NULL);
    return v;
}

static void expect_json(const json_t *got, const char *want)
{
    char *text = json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    json_t *v = parse(want);
    char *wanted = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);

    EXPECT_STR(text, wanted);
    free(text);
    free(wanted);
    json_decref(v);
}

static void expect_patched(const char *doc, const char *ops, const char *want)
{
    json_t *d = parse(doc);
    json_t *o = parse(ops);
    cleanup_error struct error *err = NULL;

    EXPECT_OK(json_patch_apply(&d, o, &err));
    expect_json(d, want);
    json_decref(d);
    json_decref(o);
}

static void expect_refused(const char *doc, const char *ops, const char *message)
{
    json_t *d = parse(doc);
    json_t *o = parse(ops);
    cleanup_error struct error *err = NULL;

    EXPECT_INT(json_patch_apply(&d, o, &err), -1);
    EXPECT_CONTAINS(error_message(err), message);
    expect_json(d, doc);
    json_decref(d);
    json_decref(o);
}

TEST(pointers)
{
    json_t *doc = parse("{\"a\":[1,{\"b/c\":2,\"m~n\":3,\"\":4}],\"01\":5}");

    EXPECT(json_pointer_find(doc, "") == doc);
    EXPECT_INT(json_integer_value(json_pointer_find(doc, "/a/0")), 1);
    EXPECT_INT(json_integer_value(json_pointer_find(doc, "/a/1/b~1c")), 2);
    EXPECT_INT(json_integer_value(json_pointer_find(doc, "/a/1/m~0n")), 3);
    EXPECT_INT(json_integer_value(json_pointer_find(doc, "/a/1/")), 4);
    EXPECT_INT(json_integer_value(json_pointer_find(doc, "/01")), 5);
    for (const char *const *p = (const char *const[]){"a", "/x", "/a/2", "/a/-", "/a/01", "/a/-1",
                                                      "/a/1/b~2c", "/a/0/x", "/a/1/b~", NULL};
         *p; p++)
        EXPECT_NULL(json_pointer_find(doc, *p));
    json_decref(doc);
}

TEST(each_operation)
{
    expect_patched("{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\",\"value\":{\"c\":null}}]",
                   "{\"a\":1,\"b\":{\"c\":null}}");
    expect_patched("[1,2]",
                   "[{\"op\":\"add\",\"path\":\"/1\",\"value\":9},"
                   "{\"op\":\"add\",\"path\":\"/-\",\"value\":3},"
                   "{\"op\":\"add\",\"path\":\"/4\",\"value\":4}]",
                   "[1,9,2,3,4]");
    expect_patched("{\"a\":[1,2],\"b\":1}",
                   "[{\"op\":\"remove\",\"path\":\"/a/0\"},{\"op\":\"remove\",\"path\":\"/b\"}]",
                   "{\"a\":[2]}");
    expect_patched("{\"a\":[1]}", "[{\"op\":\"replace\",\"path\":\"/a/0\",\"value\":\"x\"}]",
                   "{\"a\":[\"x\"]}");
    expect_patched("{\"a\":{\"b\":1},\"c\":{}}",
                   "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/c/d\"},"
                   "{\"op\":\"copy\",\"from\":\"/c\",\"path\":\"/c/e\"}]",
                   "{\"a\":{},\"c\":{\"d\":1,\"e\":{\"d\":1}}}");
    expect_patched("{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[]}]", "[]");
    expect_patched("{\"a\":{\"b\":[1.0]}}",
                   "[{\"op\":\"test\",\"path\":\"/a\",\"value\":{\"b\":[1]}}]",
                   "{\"a\":{\"b\":[1.0]}}");
}

TEST(refused_patches_leave_the_document)
{
    const char *doc = "{\"a\":1,\"l\":[1]}";

    expect_refused(doc, "[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"remove\",\"path\":\"/a\"}]",
                   "operation 1 (remove /a): there is nothing to remove");
    expect_refused(doc, "[{\"op\":\"add\",\"path\":\"/x/y\",\"value\":1}]",
                   "\"/x\" does not exist");
    expect_refused(doc, "[{\"op\":\"add\",\"path\":\"/a/y\",\"value\":1}]", "neither");
    expect_refused(doc, "[{\"op\":\"add\",\"path\":\"/l/2\",\"value\":1}]", "no index");
    expect_refused(doc, "[{\"op\":\"add\",\"path\":\"/l/x\",\"value\":1}]", "no index");
    expect_refused(doc, "[{\"op\":\"add\",\"path\":\"l\",\"value\":1}]", "start with");
    expect_refused(doc, "[{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]", "another one");
    expect_refused(doc, "[{\"op\":\"move\",\"from\":\"/l\",\"path\":\"/l/0\"}]",
                   "\"/l\" does not exist");
    expect_refused(doc, "[{\"op\":\"jump\",\"path\":\"/b\"}]", "unknown");
    expect_refused(doc, "[1]", "operation 0 (? ?)");
    expect_refused(doc, "{}", "must be a list");
}

TEST(operations_are_those_of_kustomize_rather_than_of_the_rfc)
{
    const char *doc = "{\"a\":1,\"l\":[1,2],\"n\":null}";

    expect_patched(doc, "[{\"op\":\"add\",\"path\":\"/l/-1\",\"value\":3}]",
                   "{\"a\":1,\"l\":[1,2,3],\"n\":null}");
    expect_patched(doc, "[{\"op\":\"replace\",\"path\":\"/l/-2\",\"value\":3}]",
                   "{\"a\":1,\"l\":[3,2],\"n\":null}");
    expect_patched(doc, "[{\"op\":\"remove\",\"path\":\"/l/-1\"}]",
                   "{\"a\":1,\"l\":[1],\"n\":null}");
    expect_patched(doc, "[{\"op\":\"remove\",\"path\":\"/l/+01\"}]",
                   "{\"a\":1,\"l\":[1],\"n\":null}");
    expect_patched(doc, "[{\"op\":\"replace\",\"path\":\"/b\"}]",
                   "{\"a\":1,\"b\":null,\"l\":[1,2],\"n\":null}");
    expect_patched(doc, "[{\"op\":\"copy\",\"from\":\"/x\",\"path\":\"/l/0\"}]",
                   "{\"a\":1,\"l\":[null,1,2],\"n\":null}");
    expect_patched(doc,
                   "[{\"op\":\"test\",\"path\":\"/x\",\"value\":null}, "
                   "{\"op\":\"test\",\"path\":\"/n\"}]",
                   doc);
    expect_patched(doc, "[{\"op\":\"remove\",\"path\":\"any/a\"}]", "{\"l\":[1,2],\"n\":null}");
    expect_patched(doc, "[{\"op\":\"add\",\"path\":\"/~2~\",\"value\":1}]",
                   "{\"a\":1,\"l\":[1,2],\"n\":null,\"~2~\":1}");
    expect_refused(doc, "[{\"op\":\"add\",\"path\":\"\",\"value\":{}}]", "start with");
    expect_refused(doc, "[{\"op\":\"replace\",\"path\":\"\",\"value\":1}]", "whole document");
    expect_refused(doc, "[{\"op\":\"replace\",\"path\":\"/l/-\",\"value\":1}]", "no index");
    expect_refused(doc, "[{\"op\":\"add\",\"path\":\"/l/-4\",\"value\":1}]", "no index");
    expect_refused(doc, "[{\"op\":\"add\",\"path\":\"/n/a\",\"value\":1}]",
                   "\"/n\" does not exist");
    expect_refused(doc, "[{\"op\":\"move\",\"from\":\"/x\",\"path\":\"/a\"}]", "nothing to remove");
    expect_refused(doc, "[{\"op\":\"test\",\"path\":\"/a\"}]", "another one");
}

/* The examples of RFC 7386, appendix A. */
TEST(merge_patches)
{
    static const struct {
        const char *doc, *patch, *want;
    } rows[] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
        {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
        {"{\"a\":\"foo\"}", "null", "null"},
        {"{\"e\":null}", "{\"a\":1}", "{\"a\":1,\"e\":null}"},
        {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
        {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *doc = parse(rows[i].doc);
        json_t *patch = parse(rows[i].patch);

        merge_patch_apply(&doc, patch);
        expect_json(doc, rows[i].want);
        expect_json(patch, rows[i].patch);
        json_decref(doc);
        json_decref(patch);
    }
}
