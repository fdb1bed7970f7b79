/* SPDX-License-Identifier: Apache-2.0 */
/* The expectations are what kube-apiserver does: tests/contract asks it the same. */
#include "tests/sandbox/strategic_patch.h"

#include "tests/test.h"

#include "kustomize/schema.h"
#include "lib/base/mem.h"
#include "lib/doc/yaml.h"

/* With ' for ". */
static json_t *doc(const char *text)
{
    cleanup_free char *json = xstrdup(text);
    json_t *value;

    for (char *c = json; *c; c++)
        if (*c == '\'')
            *c = '"';
    value = json_loads(json, 0, NULL);
    assert_non_null(value);
    return value;
}

/* Of a Service. */
static void expect(const char *object, const char *patch, const char *want)
{
    cleanup_json json_t *before = doc(object);
    cleanup_json json_t *change = doc(patch);
    cleanup_json json_t *after = doc(want);
    cleanup_json json_t *got = strategic_patch(before, change, schema_find("v1", "Service"));
    cleanup_free char *text = json_dumps(got, JSON_COMPACT);
    cleanup_free char *wanted = json_dumps(after, JSON_COMPACT);

    EXPECT_STR(text, wanted);
}

TEST(maps_merge_and_null_deletes)
{
    expect("{'spec':{'type':'ClusterIP','selector':{'a':'1','b':'2'}}}",
           "{'spec':{'selector':{'a':null,'c':'3'}}}",
           "{'spec':{'type':'ClusterIP','selector':{'b':'2','c':'3'}}}");
}

TEST(items_merge_by_their_key)
{
    expect("{'spec':{'ports':[{'port':80,'name':'a'},{'port':81,'name':'b'}]}}",
           "{'spec':{'ports':[{'port':81,'name':'c'}]}}",
           "{'spec':{'ports':[{'port':80,'name':'a'},{'port':81,'name':'c'}]}}");
}

TEST(new_items_come_first)
{
    expect("{'spec':{'ports':[{'port':80}]}}", "{'spec':{'ports':[{'port':81}]}}",
           "{'spec':{'ports':[{'port':81},{'port':80}]}}");
}

TEST(an_order_is_kept)
{
    expect("{'spec':{'ports':[{'port':80},{'port':82}]}}",
           "{'spec':{'$setElementOrder/ports':[{'port':82},{'port':80},{'port':81}],"
           "'ports':[{'port':81}]}}",
           "{'spec':{'ports':[{'port':82},{'port':80},{'port':81}]}}");
}

TEST(items_are_deleted_and_lists_replaced)
{
    expect("{'spec':{'ports':[{'port':80},{'port':81}]}}",
           "{'spec':{'ports':[{'$patch':'delete','port':80}]}}",
           "{'spec':{'ports':[{'port':81}]}}");
    expect("{'spec':{'ports':[{'port':80},{'port':81}]}}",
           "{'spec':{'ports':[{'$patch':'replace'},{'port':82}]}}",
           "{'spec':{'ports':[{'port':82}]}}");
}

TEST(maps_are_replaced_and_keys_retained)
{
    expect("{'spec':{'selector':{'a':'1'}}}", "{'spec':{'selector':{'$patch':'replace','b':'2'}}}",
           "{'spec':{'selector':{'b':'2'}}}");
    expect("{'spec':{'selector':{'a':'1','b':'2'}}}",
           "{'spec':{'selector':{'$retainKeys':['b','c'],'c':'3'}}}",
           "{'spec':{'selector':{'b':'2','c':'3'}}}");
}

TEST(values_are_taken_out_of_sets)
{
    expect("{'metadata':{'finalizers':['a','b']}}",
           "{'metadata':{'$deleteFromPrimitiveList/finalizers':['a'],'finalizers':['c']}}",
           "{'metadata':{'finalizers':['c','b']}}");
}

TEST(directives_do_not_stay_behind)
{
    expect("{}",
           "{'spec':{'$patch':'merge','x':null,'ports':[{'$patch':'delete','port':1},{'port':2}]}}",
           "{'spec':{'ports':[{'port':2}]}}");
}
