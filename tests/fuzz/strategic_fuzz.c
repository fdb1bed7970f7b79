/* SPDX-License-Identifier: Apache-2.0 */
/* Two YAML documents: an object and a patch of it, by the built-in schemas. A patch that fails
 * changes nothing; what comes out prints. */
#include "tests/fuzz/fuzz.h"

#include "kustomize/openapi.h"
#include "lib/doc/spelling.h"
#include "lib/doc/strategic.h"
#include "lib/doc/yaml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *target = NULL;
    cleanup_json json_t *before = NULL;
    cleanup_buf struct buf out = BUF_UNLIMITED;

    if (yaml_parse_spelled("fuzz", (const char *)data, size, &docs, &err) < 0 ||
        json_array_size(docs) != 2 || !json_is_object(json_array_get(docs, 0)) ||
        !json_is_object(json_array_get(docs, 1)))
        return 0;
    target = json_incref(json_array_get(docs, 0));
    before = json_deep_copy(target);
    if (strategic_merge(&target, json_array_get(docs, 1), schemas_lookup, NULL, &err) < 0) {
        fuzz_check_failed(err);
        if (!json_equal(target, before))
            abort();
        return 0;
    }
    if (!target)
        return 0;
    spelled_resolve(target);
    if (yaml_print(target, &out, &err) < 0)
        abort();
    return 0;
}
