/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/mask.h"

#include "lib/doc/yaml.h"
#include "tests/test.h"

static json_t *load(const char *yaml)
{
    cleanup_json json_t *docs = NULL;
    struct error *err = NULL;

    if (yaml_parse("test", yaml, strlen(yaml), YAML_KUBECTL, &docs, &err) < 0)
        fail_msg("%s", error_message(err));
    return json_incref(json_array_get(docs, 0));
}

static const char *value(const json_t *object, const char *map, const char *key)
{
    return json_string_value(json_object_get(json_object_get(object, map), key));
}

static char *text_of(const json_t *object)
{
    return json_dumps(object, JSON_COMPACT);
}

#define SECRET "apiVersion: v1\nkind: Secret\n"

TEST(values_of_a_secret_become_digests)
{
    cleanup_json json_t *secret = load(SECRET "data: {a: aHVudGVyMg==, b: aHVudGVyMg==, c: eA==}\n"
                                              "stringData: {d: hunter2, e: 5, f: }\n");
    struct mask m;

    mask_init(&m);
    mask_object(&m, secret, NULL);
    EXPECT(str_has_prefix(value(secret, "data", "a"), "digest:"));
    EXPECT(strstr(value(secret, "data", "a"), " (7 bytes)"));
    EXPECT_STR(value(secret, "data", "b"), value(secret, "data", "a"));
    EXPECT_STR(value(secret, "stringData", "d"), value(secret, "data", "a"));
    EXPECT(!streq(value(secret, "data", "c"), value(secret, "data", "a")));
    EXPECT(str_has_prefix(value(secret, "stringData", "e"), "digest:"));
    EXPECT(str_has_prefix(value(secret, "stringData", "f"), "digest:"));
}

TEST(another_key_gives_other_digests)
{
    struct mask a, b;
    cleanup_free char *x = NULL, *y = NULL;

    mask_init(&a);
    mask_init(&b);
    x = mask_text(&a, "hunter2", 7);
    y = mask_text(&b, "hunter2", 7);
    EXPECT(!streq(x, y));
}

TEST(what_was_applied_last_is_masked_likewise)
{
    cleanup_json json_t *secret =
        load(SECRET "metadata:\n  annotations:\n"
                    "    kubectl.kubernetes.io/last-applied-configuration: |\n"
                    "      {\"apiVersion\":\"v1\",\"kind\":\"Secret\","
                    "\"data\":{\"a\":\"aHVudGVyMg==\"},\"stringData\":{\"b\":\"hunter2\"}}\n"
                    "data: {a: aHVudGVyMg==}\n");
    struct mask m;
    cleanup_free char *text = NULL;
    const char *digest;
    const char *again;

    mask_init(&m);
    mask_object(&m, secret, NULL);
    text = text_of(secret);
    EXPECT(!strstr(text, "hunter2"));
    EXPECT(!strstr(text, "aHVudGVyMg"));
    digest = value(secret, "data", "a");
    again = strstr(text, digest);
    EXPECT(again && strstr(again + 1, digest));
}

TEST(what_cannot_be_read_is_masked_whole)
{
    static const char *const inputs[] = {
        SECRET "data: hunter2\n",
        SECRET "data: [hunter2]\n",
        SECRET "data: {a: [hunter2]}\n",
        SECRET "data: {a: {b: hunter2}}\n",
        SECRET "data: {a: '*hunter2*'}\n",
        SECRET "metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: "
               "'{hunter2'}}\n",
        SECRET "metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: "
               "[hunter2]}}\n",
        "kind: List\nitems: [{apiVersion: v1, kind: Secret, data: {a: hunter2}}]\n",
    };
    struct mask m;

    mask_init(&m);
    for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
        cleanup_json json_t *object = load(inputs[i]);
        cleanup_free char *text = NULL;

        mask_object(&m, object, NULL);
        text = text_of(object);
        if (strstr(text, "hunter2"))
            fail_msg("%s: %s", inputs[i], text);
        EXPECT(strstr(text, "digest:"));
    }
}

TEST(other_objects_keep_their_values)
{
    cleanup_json json_t *map =
        load("apiVersion: v1\nkind: ConfigMap\ndata: {a: open}\nmetadata:\n  annotations:\n"
             "    kubectl.kubernetes.io/last-applied-configuration: '{\"kind\":\"ConfigMap\"}'\n");
    cleanup_json json_t *custom = load("apiVersion: example.org/v1\nkind: Secret\ndata: {a: b}\n");
    cleanup_json json_t *before = json_deep_copy(map);
    cleanup_json json_t *custom_before = json_deep_copy(custom);
    struct mask m;

    mask_init(&m);
    mask_object(&m, map, NULL);
    mask_object(&m, custom, NULL);
    EXPECT(json_equal(map, before));
    EXPECT(json_equal(custom, custom_before));
}

TEST(named_annotations_are_masked_in_every_object)
{
    cleanup_json json_t *map = load("apiVersion: v1\nkind: ConfigMap\nmetadata:\n"
                                    "  annotations: {token: hunter2, open: yes-it-is}\n");
    cleanup_strvec struct strvec names = {0};
    cleanup_free char *text = NULL;
    struct mask m;

    strvec_push(&names, "token");
    strvec_push(&names, "absent");
    mask_init(&m);
    mask_object(&m, map, &names);
    text = text_of(map);
    EXPECT(!strstr(text, "hunter2"));
    EXPECT(strstr(text, "yes-it-is"));
}
