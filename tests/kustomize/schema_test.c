/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/openapi.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

/* What the real kustomize made of each case; written by tests/golden/generate-strategic.
 * tests/golden/fuzz-strategic names another file in the environment. */
#define CASES "tests/kustomize/strategic-cases.json"

static char *dump(const json_t *doc)
{
    char *text = json_dumps(doc, JSON_SORT_KEYS | JSON_ENCODE_ANY);

    return text ? text : xstrdup("nothing");
}

/* Returns whether the case came out as expected, and says so where it did not. */
static bool case_holds(const json_t *one)
{
    cleanup_json json_t *target = json_deep_copy(json_object_get(one, "target"));
    cleanup_error struct error *err = NULL;
    const json_t *expected = json_object_get(one, "expected");
    const char *name = json_string_value(json_object_get(one, "name"));
    int result =
        strategic_merge(&target, json_object_get(one, "patch"), schemas_lookup, NULL, &err);

    spelled_resolve(target); /* as the engine does at its end */
    if (json_is_true(json_object_get(one, "refused")) ? result < 0 : result == 0) {
        if (result < 0 || (!target && json_is_null(expected)) || json_equal(target, expected))
            return true;
    }
    cleanup_free char *got = dump(target), *want = dump(expected);
    print_error("%s: %s\n  got  %s\n  want %s\n", name, error_message(err), got, want);
    return false;
}

TEST(merging_gives_what_kustomize_gives)
{
    json_error_t where;
    const char *path = getenv("STRATEGIC_CASES");
    cleanup_json json_t *file = json_load_file(path ? path : CASES, 0, &where);
    const json_t *cases = json_object_get(file, "cases");
    const json_t *one;
    size_t i, failed = 0;

    EXPECT(json_array_size(cases) >= 80);
    json_array_foreach (cases, i, one)
        failed += !case_holds(one);
    EXPECT_INT(failed, 0);
}

TEST(the_table_is_sorted_for_its_search)
{
    for (size_t i = 1; i < schema_kind_count; i++) {
        const struct schema_kind *a = &schema_kinds[i - 1], *b = &schema_kinds[i];
        int order = strcmp(a->api_version, b->api_version);

        EXPECT(order < 0 || (order == 0 && strcmp(a->kind, b->kind) < 0));
    }
}

static void expect_sorted(const struct merge_type *type)
{
    if (!type)
        return;
    for (size_t i = 0; i < type->field_count; i++) {
        if (i > 0)
            EXPECT(strcmp(type->fields[i - 1].name, type->fields[i].name) < 0);
        expect_sorted(type->fields[i].type);
    }
    expect_sorted(type->values);
    expect_sorted(type->items);
}

TEST(fields_are_sorted_for_their_search)
{
    for (size_t i = 0; i < schema_kind_count; i++)
        expect_sorted(schema_kinds[i].type);
}

TEST(kinds_are_found_by_version_and_kind)
{
    const struct merge_type *pod = schema_find("v1", "Pod");
    const struct merge_type *spec = merge_field_find(pod, "spec");
    const struct merge_type *containers = merge_field_find(spec, "containers");
    const struct merge_type *ports = merge_field_find(containers->items, "ports");

    EXPECT(containers->merges);
    EXPECT_STR(containers->keys[0], "name");
    EXPECT_STR(ports->keys[0], "containerPort");
    EXPECT_STR(ports->keys[1], "protocol");
    EXPECT_NULL(ports->keys[2]);
    EXPECT_NULL(merge_field_find(spec, "tolerations"));
    EXPECT_NULL(schema_find("apps/v1", "Pod"));
    EXPECT_NULL(schema_find("example.com/v1", "Thing"));
    EXPECT_NULL(schema_find(NULL, "Pod"));
}

TEST(scopes_are_those_of_kustomize)
{
    EXPECT_INT(schema_scope("v1", "Pod"), SCHEMA_NAMESPACED);
    EXPECT_INT(schema_scope("v1", "Namespace"), SCHEMA_CLUSTER);
    EXPECT_INT(schema_scope("rbac.authorization.k8s.io/v1", "ClusterRole"), SCHEMA_CLUSTER);
    EXPECT_INT(schema_scope("rbac.authorization.k8s.io/v1", "Role"), SCHEMA_NAMESPACED);
    EXPECT_INT(schema_scope("apiextensions.k8s.io/v1", "CustomResourceDefinition"), SCHEMA_CLUSTER);
    EXPECT_INT(schema_scope("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
               SCHEMA_CLUSTER);
    /* No path serves it, and it is not in the list. */
    EXPECT_INT(schema_scope("authentication.k8s.io/v1", "TokenReview"), SCHEMA_SCOPE_UNKNOWN);
    EXPECT_INT(schema_scope("example.com/v1", "Thing"), SCHEMA_SCOPE_UNKNOWN);
}
