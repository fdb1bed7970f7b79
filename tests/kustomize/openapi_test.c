/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/openapi.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

#define CARD "x-kubernetes-group-version-kind: [{group: example.com, version: v1, kind: Card}]\n"

/* The schema refers to itself, and to a list of named items by way of another definition. */
static const char document[] =
    "definitions:\n"
    "  card:\n"
    "    " CARD "    properties:\n"
    "      parent: {$ref: '#/definitions/card'}\n"
    "      spec: {$ref: '#/definitions/spec'}\n"
    "      circle: {$ref: '#/definitions/circle'}\n"
    "  circle: {$ref: '#/definitions/circle'}\n"
    "  spec:\n"
    "    additionalProperties:\n"
    "      type: array\n"
    "      items: {$ref: '#/definitions/card/properties/spec'}\n"
    "      x-kubernetes-patch-strategy: 'merge,retainKeys'\n"
    "      x-kubernetes-list-map-keys: [a, b]\n"
    "paths:\n"
    "  /apis/example.com/v1/namespaces/{namespace}/cards:\n"
    "    get: {x-kubernetes-group-version-kind: {group: example.com, version: v1, kind: Card}}\n"
    "  /apis/example.com/v1/cards:\n"
    "    get: {x-kubernetes-group-version-kind: {group: example.com, version: v1, kind: Card}}\n"
    "  /apis/example.com/v1/decks:\n"
    "    get: {x-kubernetes-group-version-kind: {group: example.com, version: v1, kind: Deck}}\n";

static int set(struct schemas *s, const char *field, const char *text, bool reset,
               struct error **err)
{
    cleanup_json json_t *json = json_loads(field, 0, NULL);

    return schemas_set(s, json, "cards.yaml", text, text ? strlen(text) : 0, reset, err);
}

static void expect_refused(const char *field, const char *text, const char *message)
{
    cleanup_schemas struct schemas *s = schemas_new();
    cleanup_error struct error *err = NULL;

    EXPECT_INT(set(s, field, text, true, &err), -1);
    EXPECT_STR(error_message(err), message);
}

TEST(a_document_gives_types_and_scopes)
{
    cleanup_schemas struct schemas *s = schemas_new();
    cleanup_error struct error *err = NULL;

    EXPECT_OK(set(s, "{\"path\": \"cards.yaml\"}", document, true, &err));
    const struct merge_type *card = schemas_find(s, "example.com/v1", "Card");
    const struct merge_type *any = merge_field_find(merge_field_find(card, "spec"), "any");

    EXPECT(merge_field_find(card, "parent") == card);
    EXPECT_NULL(merge_field_find(card, "circle"));
    EXPECT(any->merges);
    EXPECT_STR(any->keys[0], "a");
    EXPECT_STR(any->keys[1], "b");
    EXPECT(any->items == merge_field_find(card, "spec"));
    EXPECT_INT(schemas_scope(s, "example.com/v1", "Card"), SCHEMA_NAMESPACED);
    EXPECT_INT(schemas_scope(s, "example.com/v1", "Deck"), SCHEMA_CLUSTER);
}

TEST(a_document_hides_the_built_in_kinds_but_not_their_scopes)
{
    cleanup_schemas struct schemas *s = schemas_new();
    cleanup_error struct error *err = NULL;

    EXPECT_OK(set(s, "{\"path\": \"cards.yaml\"}", document, true, &err));
    EXPECT_NULL(schemas_find(s, "apps/v1", "Deployment"));
    EXPECT_INT(schemas_scope(s, "v1", "Node"), SCHEMA_CLUSTER);
    EXPECT(schemas_find(s, "kustomize.config.k8s.io/v1beta1", "Kustomization") != NULL);
    EXPECT(schemas_find(NULL, "apps/v1", "Deployment") != NULL);
}

TEST(built_in_kinds_stay_where_the_build_asked_for_them_before)
{
    cleanup_schemas struct schemas *s = schemas_new();
    cleanup_error struct error *err = NULL;

    EXPECT_OK(set(s, "{}", NULL, true, &err));
    EXPECT_INT(schemas_scope(s, "example.com/v1", "Card"), SCHEMA_SCOPE_UNKNOWN);
    EXPECT_OK(set(s, "{\"path\": \"cards.yaml\"}", document, false, &err));
    EXPECT(schemas_find(s, "apps/v1", "Deployment") != NULL);
    EXPECT(schemas_find(s, "example.com/v1", "Card") != NULL);
}

TEST(the_first_document_counts)
{
    cleanup_schemas struct schemas *s = schemas_new();
    cleanup_error struct error *err = NULL;

    EXPECT_OK(set(s, "{\"version\": \"v1.21.2\"}", NULL, true, &err));
    EXPECT_OK(set(s, "{\"path\": \"cards.yaml\"}", document, false, &err));
    EXPECT_NULL(schemas_find(s, "example.com/v1", "Card"));
}

TEST(fields_and_documents_are_checked)
{
    expect_refused("{\"path\": \"x\", \"version\": \"v1.21.2\"}", document,
                   "builtin version and custom schema provided, cannot use both; remove "
                   "version or path");
    expect_refused("{\"version\": \"v1.20.4\"}", NULL,
                   "version \"v1.20.4\" is not built in, only v1.21.2");
    expect_refused("{\"path\": \"x\"}", "",
                   "cards.yaml is no OpenAPI document; `kustomize openapi fetch` prints one");
    expect_refused("{\"path\": \"x\"}", "{",
                   "cards.yaml:1:1: string or '}' expected near end of file");
    expect_refused("{\"path\": \"x\"}",
                   "{\"definitions\": {\"a\": {\"x-kubernetes-group-version-kind\": [{}]}}}",
                   "cards.yaml: x-kubernetes-group-version-kind needs a version and a kind");
}
