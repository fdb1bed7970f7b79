/* SPDX-License-Identifier: Apache-2.0 */
/* Two YAML documents: what is patched, and the operations; the second is a merge patch, too. A
 * patch that fails changes nothing. */
#include "tests/fuzz/fuzz.h"

#include "lib/doc/patch.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *doc = NULL;
    cleanup_json json_t *before = NULL;

    if (yaml_parse_spelled("fuzz", (const char *)data, size, &docs, &err) < 0 ||
        json_array_size(docs) != 2)
        return 0;
    doc = json_incref(json_array_get(docs, 0));
    before = json_deep_copy(doc);
    if (json_patch_apply(&doc, json_array_get(docs, 1), &err) < 0) {
        fuzz_check_failed(err);
        if (!json_equal(doc, before))
            abort();
    }
    merge_patch_apply(&doc, json_array_get(docs, 1));
    return 0;
}
