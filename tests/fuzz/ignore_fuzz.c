/* SPDX-License-Identifier: Apache-2.0 */
/* Three or four YAML documents: rules of ignored differences, a desired object, a live one, jq
 * paths. What is applied is the same object, and neither document changes. */
#include "tests/fuzz/fuzz.h"

#include "daemon/compare/ignore.h"
#include "daemon/object/identity.h"
#include "daemon/sync/respect.h"
#include "lib/doc/yaml.h"

static void check(const json_t *desired, const json_t *applied)
{
    static const char *const names[] = {"apiVersion", "kind"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (!streq(object_string(desired, names[i]), object_string(applied, names[i])))
            abort();
    if (!streq(object_meta_string(desired, "name"), object_meta_string(applied, "name")) ||
        !streq(object_annotation(desired, TRACKING_ANNOTATION),
               object_annotation(applied, TRACKING_ANNOTATION)))
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *before = NULL;
    cleanup_json json_t *applied = NULL;
    cleanup_ignored struct ignored *places = ignored_new();
    cleanup_ignore_rules struct ignore_rules *rules = NULL;
    cleanup_free char *report = NULL;
    const json_t *desired, *live, *paths;

    if (yaml_parse("fuzz", (const char *)data, size, YAML_KUSTOMIZE, &docs, &err) < 0)
        return 0;
    desired = json_array_get(docs, 1);
    live = json_array_get(docs, 2);
    paths = json_array_get(docs, 3);
    if (!json_is_object(desired) || !json_is_object(live) ||
        !json_is_object(json_object_get(desired, "metadata")) ||
        !*object_meta_string(desired, "name") || !*object_string(desired, "kind"))
        return 0;
    before = json_deep_copy(docs);
    rules = ignore_rules_new(json_array_get(docs, 0), json_array_get(docs, 0), NULL);
    report = ignore_rules_report(rules, NULL);
    ignore_rules_apply(rules, desired, live, paths, paths, places);
    applied = respect_build(desired, live, places);
    if (applied)
        check(desired, applied);
    if (!json_equal(before, docs))
        abort();
    return 0;
}
