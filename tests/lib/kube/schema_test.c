/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/schema.h"
#include "tests/test.h"

/* A document with these components and no paths; ' is ". */
static struct kube_schema *schema_of(const char *components)
{
    cleanup_free char *text = xasprintf("{'components': {'schemas': {%s}}}", components);
    struct kube_schema *s = NULL;
    struct error *err = NULL;

    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    EXPECT_OK(kube_schema_parse(text, strlen(text), &s, &err));
    return s;
}

#define SHOP_KIND                                                                                  \
    "'x-kubernetes-group-version-kind': "                                                          \
    "[{'group': 'example.com', 'version': 'v1', 'kind': 'Shop'}], 'type': 'object'"
#define OBJECT_META                                                                                \
    "'metadata': {'allOf': [{'$ref': "                                                             \
    "'#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'}], 'default': {}}"

/* The type of `spec` of the kind Shop, whose schema this is. */
static const struct kube_type *shop_spec(struct kube_schema **s, const char *spec)
{
    cleanup_free char *text = xasprintf("'com.example.v1.Shop': {" SHOP_KIND
                                        ", 'properties': {" OBJECT_META ", 'spec': %s}}",
                                        spec);
    const struct kube_type *shop;

    *s = schema_of(text);
    shop = kube_schema_kind(*s, "example.com", "v1", "Shop");
    EXPECT_INT(kube_type_shape(shop), KUBE_STRUCT);
    EXPECT(kube_type_field(shop, "spec"));
    return kube_type_field(shop, "spec")->type;
}

/* "spec/template/spec": * stands for the items of a list or the values of a map. */
static const struct kube_type *at(const struct kube_type *t, const char *path)
{
    cleanup_free char *copy = xstrdup(path);
    char *rest = copy;

    for (char *name; t && (name = strsep(&rest, "/"));) {
        const struct kube_field *f = kube_type_field(t, name);

        if (streq(name, "*"))
            t = kube_type_items(t);
        else
            t = f ? f->type : NULL;
    }
    return t;
}

static const char *key(const struct kube_type *t, size_t index)
{
    size_t count;
    const char *const *keys = kube_type_keys(t, &count);

    return index < count ? keys[index] : "";
}

TEST(formats_and_types_of_scalars)
{
    static const struct {
        const char *spec;
        enum kube_shape shape;
    } cases[] = {
        {"{'type': 'string'}", KUBE_STRING},
        {"{'type': 'string', 'format': 'date-time'}", KUBE_TIME},
        {"{'type': 'string', 'format': 'byte'}", KUBE_BYTES},
        {"{'type': 'string', 'format': 'duration'}", KUBE_DURATION},
        {"{'type': 'string', 'format': 'int-or-string'}", KUBE_INT_OR_STRING},
        {"{'type': 'string', 'format': 'email'}", KUBE_STRING},
        {"{'type': 'integer', 'format': 'int64'}", KUBE_INTEGER},
        {"{'type': 'number'}", KUBE_NUMBER},
        {"{'type': 'boolean'}", KUBE_BOOLEAN},
        {"{'x-kubernetes-int-or-string': true, 'anyOf': [{'type': 'integer'}, {'type': 'string'}]}",
         KUBE_INT_OR_STRING},
        {"{'type': 'object'}", KUBE_ANY},
        {"{'type': 'object', 'x-kubernetes-preserve-unknown-fields': true}", KUBE_ANY},
        {"{'description': 'any JSON'}", KUBE_ANY},
        {"{'$ref': '#/components/schemas/not.there'}", KUBE_ANY},
        {"{'$ref': '#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity'}",
         KUBE_QUANTITY},
        {"{'allOf': [{'$ref': '#/components/schemas/io.k8s.apimachinery.pkg.util.intstr."
         "IntOrString'}]}",
         KUBE_INT_OR_STRING},
        {"{'$ref': '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime'}",
         KUBE_TIME},
        {"{'$ref': '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Duration'}",
         KUBE_DURATION},
        {"7", KUBE_ANY},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct kube_schema *s;

        if (kube_type_shape(shop_spec(&s, cases[i].spec)) != cases[i].shape)
            fail_msg("%s: not shape %d", cases[i].spec, cases[i].shape);
        kube_schema_unref(s);
    }
}

TEST(lists_say_how_they_pair)
{
    struct kube_schema *s;
    const struct kube_type *spec = shop_spec(
        &s,
        "{'type': 'object', 'properties': {"
        "'plain': {'type': 'array', 'items': {'type': 'string'}},"
        "'set': {'type': 'array', 'x-kubernetes-list-type': 'set', 'items': {'type': 'string'}},"
        "'map': {'type': 'array', 'x-kubernetes-list-type': 'map',"
        "        'x-kubernetes-list-map-keys': ['port', 'protocol'],"
        "        'items': {'type': 'object', 'properties': {"
        "            'port': {'type': 'integer'},"
        "            'weight': {'type': 'integer', 'default': 1},"
        "            'protocol': {'type': 'string', 'default': 'TCP'}}}},"
        "'keyless': {'type': 'array', 'x-kubernetes-list-type': 'map', 'items': {}}}}");
    const struct kube_type *map = at(spec, "map");
    size_t count;

    EXPECT_INT(kube_type_shape(at(spec, "plain")), KUBE_LIST);
    EXPECT_INT(kube_type_list_type(at(spec, "plain")), KUBE_LIST_ATOMIC);
    EXPECT_INT(kube_type_shape(at(spec, "plain/*")), KUBE_STRING);
    EXPECT_INT(kube_type_list_type(at(spec, "set")), KUBE_LIST_SET);
    EXPECT_INT(kube_type_list_type(at(spec, "keyless")), KUBE_LIST_ATOMIC);
    EXPECT_INT(kube_type_list_type(map), KUBE_LIST_MAP);
    kube_type_keys(map, &count);
    EXPECT_INT(count, 2);
    EXPECT_STR(key(map, 0), "port");
    EXPECT_STR(key(map, 1), "protocol");
    EXPECT_STR(json_string_value(kube_type_field(at(map, "*"), "protocol")->default_value), "TCP");
    /* It pairs nothing. */
    EXPECT_NULL(kube_type_field(at(map, "*"), "weight")->default_value);
    kube_schema_unref(s);
}

TEST(maps_and_structs_say_what_is_owned_as_a_whole)
{
    struct kube_schema *s;
    const struct kube_type *spec =
        shop_spec(&s, "{'type': 'object', 'properties': {"
                      "'labels': {'type': 'object', 'additionalProperties': {'type': 'string'}},"
                      "'free': {'type': 'object', 'additionalProperties': true},"
                      "'whole': {'type': 'object', 'x-kubernetes-map-type': 'atomic'},"
                      "'selector': {'type': 'object', 'x-kubernetes-map-type': 'atomic',"
                      "             'properties': {'a': {'type': 'string'}}},"
                      "'same': {'type': 'object', 'properties': {'a': {'type': 'string'}}},"
                      "'open': {'type': 'object', 'x-kubernetes-preserve-unknown-fields': true,"
                      "         'properties': {'a': {'type': 'string'}}},"
                      "'embedded': {'type': 'object', 'x-kubernetes-embedded-resource': true,"
                      "             'properties': {'spec': {'type': 'string'}}}}}");

    EXPECT_INT(kube_type_shape(at(spec, "labels")), KUBE_MAP);
    EXPECT_INT(kube_type_shape(at(spec, "labels/*")), KUBE_STRING);
    EXPECT(!kube_type_is_atomic(at(spec, "labels")));
    EXPECT_INT(kube_type_shape(at(spec, "free")), KUBE_MAP);
    EXPECT_INT(kube_type_shape(at(spec, "free/*")), KUBE_ANY);
    EXPECT_INT(kube_type_shape(at(spec, "whole")), KUBE_MAP);
    EXPECT(kube_type_is_atomic(at(spec, "whole")));
    EXPECT(kube_type_is_atomic(at(spec, "selector")));
    EXPECT(!kube_type_is_atomic(at(spec, "same")));
    EXPECT(!kube_type_preserves_unknown(at(spec, "same")));
    EXPECT(kube_type_preserves_unknown(at(spec, "open")));
    EXPECT(kube_type_preserves_unknown(at(spec, "embedded")));
    EXPECT_NULL(kube_type_field(at(spec, "open"), "b"));
    kube_schema_unref(s);
}

TEST(a_reference_may_say_that_it_is_owned_as_a_whole)
{
    cleanup_kube_schema struct kube_schema *s = schema_of(
        "'com.example.v1.Shop': {" SHOP_KIND ", 'properties': {" OBJECT_META ","
        "  'one': {'allOf': [{'$ref': '#/components/schemas/com.example.v1.Part'}]},"
        "  'two': {'allOf': [{'$ref': '#/components/schemas/com.example.v1.Part'}],"
        "          'x-kubernetes-map-type': 'atomic'}}},"
        "'com.example.v1.Part': {'type': 'object', 'properties': {'a': {'type': 'integer'}}}");
    const struct kube_type *shop = kube_schema_kind(s, "example.com", "v1", "Shop");

    EXPECT(!kube_type_is_atomic(at(shop, "one")));
    EXPECT(kube_type_is_atomic(at(shop, "two")));
    EXPECT_INT(kube_type_shape(at(shop, "two/a")), KUBE_INTEGER);
}

TEST(types_of_the_same_content_are_one)
{
    struct kube_schema *s;
    const struct kube_type *spec = shop_spec(
        &s, "{'type': 'object', 'properties': {"
            "'a': {'type': 'object', 'properties': {"
            "    'x': {'type': 'array', 'items': {'type': 'string'}}}},"
            "'b': {'type': 'object', 'properties': {"
            "    'x': {'type': 'array', 'items': {'type': 'string'}, 'description': 'else'}}},"
            "'c': {'type': 'object', 'properties': {"
            "    'x': {'type': 'array', 'items': {'type': 'integer'}}}}}}");

    EXPECT(at(spec, "a") == at(spec, "b"));
    EXPECT(at(spec, "a") != at(spec, "c"));
    kube_schema_unref(s);
}

TEST(a_type_may_contain_itself)
{
    cleanup_kube_schema struct kube_schema *s = schema_of(
        "'com.example.v1.Shop': {" SHOP_KIND ", 'properties': {" OBJECT_META ","
        "  'child': {'$ref': '#/components/schemas/com.example.v1.Shop'},"
        "  'children': {'type': 'array',"
        "      'items': {'$ref': '#/components/schemas/com.example.v1.Shop'}},"
        "  'circle': {'$ref': '#/components/schemas/a'}}},"
        "'a': {'$ref': '#/components/schemas/b'}, 'b': {'$ref': '#/components/schemas/a'}");
    const struct kube_type *shop = kube_schema_kind(s, "example.com", "v1", "Shop");

    EXPECT(at(shop, "child/child/children/*") == shop);
    EXPECT_INT(kube_type_shape(at(shop, "circle")), KUBE_ANY);
}

TEST(lists_and_options_are_no_kinds)
{
    cleanup_kube_schema struct kube_schema *s = schema_of(
        "'a': {'type': 'object', 'properties': {'apiVersion': {'type': 'string'}},"
        "  'x-kubernetes-group-version-kind': [{'group': '', 'version': 'v1', 'kind': 'Options'}]},"
        "'b': {'type': 'object', 'properties': {'metadata': {"
        "     '$ref': '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta'}},"
        "  'x-kubernetes-group-version-kind': [{'group': '', 'version': 'v1', 'kind': "
        "'PodList'}]}");

    EXPECT_NULL(kube_schema_kind(s, "", "v1", "Options"));
    EXPECT_NULL(kube_schema_kind(s, "", "v1", "PodList"));
}

TEST(any_name_survives)
{
    struct kube_schema *s;
    const struct kube_type *spec = shop_spec(
        &s, "{'type': 'object', 'properties': {'a b:c=d%20/\\n\\u00e9': {'type': 'string'},"
            "'': {'type': 'integer'}}}");

    EXPECT_INT(kube_type_shape(at(spec, "a b:c=d%20/\n\xc3\xa9") ?: spec), KUBE_STRUCT);
    EXPECT(kube_type_field(spec, "a b:c=d%20/\n\xc3\xa9"));
    EXPECT_INT(kube_type_shape(kube_type_field(spec, "")->type), KUBE_INTEGER);
    kube_schema_unref(s);
}

TEST(what_is_too_deep_is_unknown)
{
    cleanup_buf struct buf spec = BUF_UNLIMITED;
    struct kube_schema *s;
    const struct kube_type *t;

    for (int i = 0; i < 600; i++)
        buf_puts(&spec, "{'type': 'array', 'items': ");
    buf_puts(&spec, "{}");
    for (int i = 0; i < 600; i++)
        buf_puts(&spec, "}");
    t = shop_spec(&s, spec.data);
    for (int i = 0; i < 100; i++, t = kube_type_items(t))
        EXPECT_INT(kube_type_shape(t), KUBE_LIST);
    for (int i = 0; i < 500; i++)
        t = kube_type_items(t);
    EXPECT_INT(kube_type_shape(t), KUBE_ANY);
    kube_schema_unref(s);
}

TEST(damaged_text_is_refused)
{
    static const char *const cases[] = {
        "",
        "gitopsd-schema 2\n",
        "gitopsd-schema 1\nx\n",
        "gitopsd-schema 1\n{ a:s b",
        "gitopsd-schema 1\n{ a:s b\n",
        "gitopsd-schema 1\n{ a:7\n",
        "gitopsd-schema 1\n{ a:99999999999999999999999\n",
        "gitopsd-schema 1\n{ b:s a:s\n",
        "gitopsd-schema 1\n{ a:s a:s\n",
        "gitopsd-schema 1\n{ a:s={\n",
        "gitopsd-schema 1\n{ a%0:s\n",
        "gitopsd-schema 1\n{ a%00:s\n",
        "gitopsd-schema 1\nlm s\n",
        "gitopsd-schema 1\nls s name\n",
        "gitopsd-schema 1\nk apps Deployment a\n",
        "gitopsd-schema 1\nk /v1 B a\nk /v1 A a\n",
        "gitopsd-schema 1\nk /v1 A 0\n",
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_error struct error *err = NULL;
        cleanup_kube_schema struct kube_schema *s = NULL;

        if (kube_schema_read(cases[i], strlen(cases[i]), &s, &err) == 0)
            fail_msg("read: %s", cases[i]);
        EXPECT_INT(error_kind(err), ERROR_INVALID);
    }
}

TEST(what_is_no_document_is_refused)
{
    cleanup_error struct error *err = NULL;
    cleanup_kube_schema struct kube_schema *s = NULL;

    EXPECT_INT(kube_schema_parse("<html>", 6, &s, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_INVALID);
    error_free(TAKE(err));
    EXPECT_INT(kube_schema_parse("[]", 2, &s, &err), -1);
    EXPECT_CONTAINS(error_message(err), "not an object");
    error_free(TAKE(err));
    /* No kinds is a document, too. */
    EXPECT_OK(kube_schema_parse("{}", 2, &s, &err));
    EXPECT_NULL(kube_schema_kind(s, "", "v1", "Pod"));
}

/* ---- the built-in table ---- */

TEST(the_table_knows_the_kinds_of_kubernetes)
{
    const struct kube_type *deployment = kube_schema_builtin("apps", "v1", "Deployment");
    const struct kube_type *pod = at(deployment, "spec/template/spec");
    const struct kube_type *ports = at(pod, "containers/*/ports");

    EXPECT_INT(kube_type_shape(at(deployment, "metadata/annotations")), KUBE_MAP);
    EXPECT_INT(kube_type_shape(at(deployment, "metadata/creationTimestamp")), KUBE_TIME);
    EXPECT(kube_type_is_atomic(at(deployment, "spec/selector")));
    EXPECT_INT(kube_type_list_type(at(pod, "containers")), KUBE_LIST_MAP);
    EXPECT_STR(key(at(pod, "containers"), 0), "name");
    EXPECT_INT(kube_type_shape(at(pod, "containers/*/resources/limits/*")), KUBE_QUANTITY);
    EXPECT_INT(kube_type_list_type(at(pod, "containers/*/args")), KUBE_LIST_ATOMIC);
    EXPECT_INT(kube_type_list_type(ports), KUBE_LIST_MAP);
    EXPECT_STR(key(ports, 0), "containerPort");
    EXPECT_STR(key(ports, 1), "protocol");
    EXPECT_STR(json_string_value(kube_type_field(at(ports, "*"), "protocol")->default_value),
               "TCP");
    EXPECT_INT(kube_type_shape(at(kube_schema_builtin("", "v1", "Secret"), "data/*")), KUBE_BYTES);
    EXPECT_INT(
        kube_type_shape(at(kube_schema_builtin("", "v1", "Service"), "spec/ports/*/targetPort")),
        KUBE_INT_OR_STRING);
    EXPECT_INT(kube_type_list_type(at(kube_schema_builtin("", "v1", "ServiceAccount"), "secrets")),
               KUBE_LIST_MAP);
    EXPECT_INT(kube_type_list_type(at(deployment, "metadata/finalizers")), KUBE_LIST_SET);
    EXPECT_NULL(kube_schema_builtin("apps", "v1", "Deploymint"));
    EXPECT_NULL(kube_schema_builtin("apps", "v1", "DeploymentList"));
}

TEST(the_table_knows_the_schema_of_schemas)
{
    const struct kube_type *crd =
        kube_schema_builtin("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    const struct kube_type *schema = at(crd, "spec/versions/*/schema/openAPIV3Schema");

    EXPECT_INT(kube_type_shape(schema), KUBE_STRUCT);
    EXPECT(at(schema, "properties/*") == schema);
    EXPECT_INT(kube_type_shape(at(schema, "default")), KUBE_ANY);
}
