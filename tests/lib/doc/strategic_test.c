/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk with a small schema of our own. What the real kustomize makes of the built-in kinds is
 * in tests/kustomize/schema_test.c.
 */
#include "lib/doc/strategic.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static const struct merge_type node_type;

static const struct merge_type items_type = {
    .items = &node_type, .merges = true, .keys = MERGE_KEYS("id")};
static const struct merge_type map_type = {.values = &node_type};
static const struct merge_type pairs_type = {.merges = true, .keys = MERGE_KEYS("a", "b")};
static const struct merge_type plain_type = {.items = &node_type};
static const struct merge_type set_type = {.merges = true};

static const struct merge_field node_fields[] = {
    {"items", &items_type}, {"map", &map_type}, {"pairs", &pairs_type},
    {"plain", &plain_type}, {"set", &set_type},
};
static const struct merge_type node_type = {.field_count = ARRAY_LEN(node_fields),
                                            .fields = node_fields};

static const struct merge_type *lookup(const void *arg, const char *api_version, const char *kind)
{
    return arg == &node_type && streq(api_version, "v1") && streq(kind, "Node") ? arg : NULL;
}

#define NODE "\"apiVersion\": \"v1\", \"kind\": \"Node\""

static json_t *node(const char *body)
{
    cleanup_free char *text = xasprintf("{" NODE "%s%s}", *body ? ", " : "", body);
    json_t *doc = json_loads(text, 0, NULL);

    if (!doc)
        fail_msg("not JSON: %s", text);
    return doc;
}

static void expect_merge(const char *target_body, const char *patch_body, const char *want_body)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *target = node(target_body);
    cleanup_json json_t *patch = node(patch_body);
    cleanup_json json_t *before = json_deep_copy(patch);
    cleanup_json json_t *want = node(want_body);

    EXPECT_OK(strategic_merge(&target, patch, lookup, &node_type, &err));
    cleanup_free char *got = json_dumps(target, JSON_SORT_KEYS);
    if (!json_equal(target, want))
        fail_msg("%s + %s gave %s", target_body, patch_body, got);
    EXPECT(json_equal(patch, before));
}

static void expect_refused(const char *target_body, const char *patch_body, const char *message)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *target = node(target_body);
    cleanup_json json_t *before = json_deep_copy(target);
    cleanup_json json_t *patch = node(patch_body);

    EXPECT_INT(strategic_merge(&target, patch, lookup, &node_type, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_INVALID);
    EXPECT_STR(error_message(err), message);
    EXPECT(json_equal(target, before));
}

TEST(fields_are_found_by_name)
{
    EXPECT(merge_field_find(&node_type, "items") == &items_type);
    EXPECT(merge_field_find(&node_type, "set") == &set_type);
    EXPECT_NULL(merge_field_find(&node_type, "other"));
    EXPECT(merge_field_find(&map_type, "other") == &node_type);
    EXPECT_NULL(merge_field_find(NULL, "items"));
}

TEST(lists_merge_below_lists)
{
    expect_merge("\"items\": [{\"id\": 1, \"items\": [{\"id\": \"x\", \"v\": 1}]}, {\"id\": 2}]",
                 "\"items\": [{\"id\": 3}, {\"id\": 1, \"items\": [{\"id\": \"x\", \"w\": 2}]}]",
                 "\"items\": [{\"id\": 3}, "
                 "{\"id\": 1, \"items\": [{\"id\": \"x\", \"v\": 1, \"w\": 2}]}, {\"id\": 2}]");
}

TEST(lists_merge_below_the_values_of_maps)
{
    expect_merge("\"map\": {\"any\": {\"set\": [1]}, \"other\": {\"plain\": [1]}}",
                 "\"map\": {\"any\": {\"set\": [2]}, \"other\": {\"plain\": [2]}}",
                 "\"map\": {\"any\": {\"set\": [2, 1]}, \"other\": {\"plain\": [2]}}");
}

TEST(lists_below_a_list_that_is_replaced_are_as_the_patch_says)
{
    expect_merge("\"plain\": [{\"set\": [1]}]", "\"plain\": [{\"set\": [2, 2]}, null]",
                 "\"plain\": [{\"set\": [2, 2]}, null]");
}

/* With two keys kustomize leaves the target's items in their order; new ones still come first. */
TEST(pairs_need_both_keys)
{
    expect_merge("\"pairs\": [{\"a\": 1, \"b\": 1, \"v\": 1}, {\"a\": 1, \"b\": 2, \"v\": 2}]",
                 "\"pairs\": [{\"a\": 1, \"b\": 2, \"v\": 3}, {\"a\": 2, \"b\": 2}]",
                 "\"pairs\": [{\"a\": 2, \"b\": 2}, {\"a\": 1, \"b\": 1, \"v\": 1}, "
                 "{\"a\": 1, \"b\": 2, \"v\": 3}]");
}

TEST(an_object_that_loses_everything_is_gone)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *patch = json_pack("{s:s}", "$patch", "delete");
    json_t *target = node("");

    EXPECT_OK(strategic_merge(&target, patch, lookup, &node_type, &err));
    EXPECT_NULL(target);
    target = json_pack("{s:i}", "a", 1);
    cleanup_json json_t *nulls = json_pack("{s:n}", "a");
    EXPECT_OK(strategic_merge(&target, nulls, lookup, &node_type, &err));
    EXPECT_NULL(target);
}

TEST(errors_name_the_path_and_leave_the_target)
{
    expect_refused("\"map\": {\"x\": {\"y\": 1}}", "\"map\": {\"x\": {\"y\": {\"z\": 1}}}",
                   "map.x.y: is a scalar in the object and a map in the patch");
    expect_refused("\"x\": [1]", "\"x\": {\"a\": 1}",
                   "x: is a list in the object and a map in the patch");
    expect_refused("\"a\": 1, \"map\": {\"x\": {}}",
                   "\"a\": 2, \"map\": {\"x\": {\"$patch\": \"drop\"}}",
                   "map.x: unknown patch strategy 'drop'");
    expect_refused("\"items\": [{\"id\": 1}]", "\"items\": [{\"$patch\": 5}]",
                   "items: unknown patch strategy '5'");
    expect_refused("\"x\": 1", "\"$patch\": \"\"", "the patch: unknown patch strategy ''");
}

TEST(numbers_keep_their_digits_where_they_become_strings)
{
    expect_merge("\"v\": {\"a\": \"1\", \"b\": \"2\", \"c\": \"x\"}",
                 "\"v\": {\"a\": 0.1, \"b\": -7, \"c\": 1.5}",
                 "\"v\": {\"a\": \"0.1\", \"b\": \"-7\", \"c\": 1.5}");
}

/* Thousands of items with keys of their own merge in linear time; without them it is refused. */
TEST(long_lists_need_keys)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *target = node("\"items\": []");
    cleanup_json json_t *patch = node("\"items\": []");
    json_t *items = json_object_get(target, "items");

    for (int i = 0; i < 50000; i++) {
        json_array_append_new(items, json_pack("{s:i}", "id", i));
        json_array_append_new(json_object_get(patch, "items"),
                              json_pack("{s:i, s:i}", "id", 49999 - i, "v", 1));
    }
    EXPECT_OK(strategic_merge(&target, patch, lookup, &node_type, &err));
    items = json_object_get(target, "items");
    EXPECT_INT(json_array_size(items), 50000);
    EXPECT_INT(json_integer_value(json_object_get(json_array_get(items, 0), "id")), 49999);
    EXPECT_INT(json_object_size(json_array_get(items, 7)), 2);

    json_array_append_new(items, json_pack("{s:i}", "other", 1));
    EXPECT_INT(strategic_merge(&target, patch, lookup, &node_type, &err), -1);
    EXPECT_STR(error_message(err), "items: has too many items without one key that is their own");
}
