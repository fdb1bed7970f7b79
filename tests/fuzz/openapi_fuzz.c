/* SPDX-License-Identifier: Apache-2.0 */
/* An OpenAPI document as the `openapi` field reads it, and a merge of an object of its kind. */
#include "tests/fuzz/fuzz.h"

#include "kustomize/openapi_document.h"
#include "lib/doc/yaml.h"

/* Through whatever circles a document has. */
static void walk(const struct merge_type *type, unsigned depth)
{
    if (!type || !depth)
        return;
    for (size_t i = 0; i < type->field_count; i++)
        if (merge_field_find(type, type->fields[i].name) != type->fields[i].type)
            abort();
    for (size_t i = 0; i < type->field_count && i < 2; i++)
        walk(type->fields[i].type, depth - 1);
    walk(type->values, depth - 1);
    walk(type->items, depth - 1);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_error struct error *err = NULL;
    cleanup_openapi_document struct openapi_document *d = NULL;

    if (openapi_document_parse("fuzz", (const char *)data, size, true, &d, &err) < 0) {
        fuzz_check_failed(err);
        return 0;
    }
    walk(openapi_document_find(d, "example.com/v1", "Shop"), 8);
    openapi_document_scope(d, "example.com/v1", "Shop");
    return 0;
}
