/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/generate/configmap.h"
#include "kustomize/generate/hash.h"
#include "kustomize/generate/secret.h"
#include "lib/base/base64.h"
#include "lib/doc/yaml.h"
#include "lib/tree/tree.h"
#include "tests/test.h"

/* What the real kustomize generated for each case; written by tests/golden/generate-generator. */
#define CASES "tests/kustomize/generator-cases.json"

/* The case's files are a JSON object of base64. */
static int read_case_file(void *arg, const char *path, struct buf *out, struct error **err)
{
    cleanup_free char *normal = NULL;
    const char *text;

    if (path_join("", path, &normal, err) < 0)
        return -1;
    text = json_string_value(json_object_get(arg, normal));
    if (!text)
        return error_set(err, ERROR_NOT_FOUND, "%s does not exist", path);
    return base64_decode(text, strlen(text), out, err);
}

static void strings_add(struct strvec *v, const json_t *list)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item)
        strvec_push(v, json_string_value(item));
}

static int case_generate(const json_t *one, json_t **out, struct error **err)
{
    const json_t *from = json_object_get(one, "args");
    const json_t *options = json_object_get(from, "options");
    bool secret = streq(json_string_value(json_object_get(one, "kind")), "secret");
    json_t *files = json_object_get(one, "files");
    struct generator_args args = {
        .name = json_string_value(json_object_get(from, "name")),
        .namespace = json_string_value(json_object_get(from, "namespace")),
        .type = json_string_value(json_object_get(from, "type")),
        .labels = json_object_get(options, "labels"),
        .annotations = json_object_get(options, "annotations"),
        .immutable = json_is_true(json_object_get(options, "immutable")),
    };
    int result;

    strings_add(&args.sources.files, json_object_get(from, "files"));
    strings_add(&args.sources.envs, json_object_get(from, "envs"));
    strings_add(&args.sources.literals, json_object_get(from, "literals"));
    result =
        (secret ? secret_generate : configmap_generate)(&args, read_case_file, files, out, err);
    keyvalue_sources_clear(&args.sources);
    return result;
}

static void name_add_hash(json_t *object)
{
    json_t *metadata = json_object_get(object, "metadata");
    cleanup_error struct error *err = NULL;
    char hash[KUSTOMIZE_HASH_BYTES];

    EXPECT_INT(kustomize_hash(object, hash, &err), 0);
    json_object_set_new(
        metadata, "name",
        json_sprintf("%s-%s", json_string_value(json_object_get(metadata, "name")), hash));
}

static bool case_holds(const json_t *one)
{
    cleanup_json json_t *object = NULL;
    cleanup_error struct error *err = NULL;
    const json_t *expected = json_object_get(one, "expected");
    int result = case_generate(one, &object, &err);

    if (result < 0 && !expected)
        return true;
    if (result == 0)
        name_add_hash(object);
    if (result == 0 && json_equal(object, expected))
        return true;
    cleanup_free char *got = json_dumps(object, JSON_SORT_KEYS);
    cleanup_free char *want = json_dumps(expected, JSON_SORT_KEYS);
    print_error("%s: %s\n  got  %s\n  want %s\n", json_string_value(json_object_get(one, "name")),
                error_message(err), got ? got : "nothing", want ? want : "refused");
    return false;
}

TEST(generated_objects_and_hashes_are_those_of_kustomize)
{
    json_error_t where;
    cleanup_json json_t *file = json_load_file(CASES, JSON_ALLOW_NUL, &where);
    const json_t *cases = json_object_get(file, "cases");
    const json_t *one;
    size_t i, failed = 0;

    EXPECT(json_array_size(cases) >= 36);
    json_array_foreach (cases, i, one)
        failed += !case_holds(one);
    EXPECT_INT(failed, 0);
}

static void expect_error_without(struct generator_args *args, json_t *files, const char *secret,
                                 const char *part)
{
    cleanup_error struct error *err = NULL;
    json_t *object = NULL;

    EXPECT_INT(secret_generate(args, read_case_file, files, &object, &err), -1);
    EXPECT_NULL(object);
    EXPECT_CONTAINS(error_message(err), part);
    EXPECT_NULL(strstr(error_message(err), secret));
    keyvalue_sources_clear(&args->sources);
}

TEST(errors_name_the_place_and_show_no_value)
{
    struct generator_args args = {.name = "s"};
    cleanup_json json_t *files = json_pack("{s:s}", "e", "cGFzcz1o/3VudGVyMg=="); /* not UTF-8 */

    strvec_push(&args.sources.literals, "a=b");
    strvec_push(&args.sources.literals, "=hunter2");
    expect_error_without(&args, NULL, "hunter2", "secretGenerator s: literals[1]: ");
    strvec_push(&args.sources.literals, "hunter2");
    expect_error_without(&args, NULL, "hunter2", "literals[0]: ");
    strvec_push(&args.sources.literals, "pass=hunter2");
    strvec_push(&args.sources.literals, "pass=hunter2");
    expect_error_without(&args, NULL, "hunter2", "the key \"pass\" is given twice");
    strvec_push(&args.sources.envs, "e");
    expect_error_without(&args, files, "unter2", "envs: e:1: is not UTF-8");
    strvec_push(&args.sources.files, "absent");
    expect_error_without(&args, files, "unter2", "files: \"absent\": absent does not exist");
    args.name = NULL;
    expect_error_without(&args, files, "unter2", "secretGenerator: name is missing");
}

/* As kustomize does, silently: its reader takes no line of 64 KiB. */
TEST(a_long_line_ends_an_env_file)
{
    cleanup_keyvalues struct keyvalues kv = {0};
    cleanup_error struct error *err = NULL;
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_free char *encoded = NULL;
    struct keyvalue_sources sources = {0};

    buf_printf(&text, "A=1\nB=%0*d\n", 65533, 0);
    buf_printf(&text, "C=%0*d\nD=2\n", 65534, 0);
    encoded = base64_encode(text.data, text.len);
    cleanup_json json_t *files = json_pack("{s:s}", "e", encoded);
    strvec_push(&sources.envs, "e");
    EXPECT_OK(keyvalues_load(&kv, &sources, read_case_file, files, &err));
    EXPECT_INT(kv.len, 2);
    EXPECT_STR(kv.items[1].key, "B");
    EXPECT_INT(kv.items[1].len, 65533);
    keyvalue_sources_clear(&sources);
}

TEST(numbers_in_data_hash_as_go_writes_them)
{
    /* Two spellings of a number are one float64 for Go; a string is another thing. */
    char a[KUSTOMIZE_HASH_BYTES], b[KUSTOMIZE_HASH_BYTES], c[KUSTOMIZE_HASH_BYTES];
    cleanup_json json_t *integer = json_pack("{s:s, s:{s:i}}", "kind", "ConfigMap", "data", "k", 1);
    cleanup_json json_t *real = json_pack("{s:s, s:{s:f}}", "kind", "ConfigMap", "data", "k", 1.0);
    cleanup_json json_t *text = json_pack("{s:s, s:{s:s}}", "kind", "ConfigMap", "data", "k", "1");

    cleanup_json json_t *other = json_pack("{s:s}", "kind", "Deployment");
    cleanup_error struct error *err = NULL;

    EXPECT_INT(kustomize_hash(integer, a, &err), 0);
    EXPECT_INT(kustomize_hash(real, b, &err), 0);
    EXPECT_INT(kustomize_hash(text, c, &err), 0);
    EXPECT_STR(a, b);
    EXPECT(strcmp(a, c) != 0);
    EXPECT_INT(kustomize_hash(other, a, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_UNSUPPORTED);
}
