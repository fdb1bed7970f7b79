/* SPDX-License-Identifier: Apache-2.0 */
/* Any text becomes resources that print, or fails with a message. */
#include "tests/fuzz/fuzz.h"

#include "kustomize/documents.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *docs = NULL;
    cleanup_resources struct ptrvec resources = {0};
    cleanup_buf struct buf out = BUF_UNLIMITED;

    if (documents_parse("fuzz", (const char *)data, size, &docs, &err) < 0 ||
        documents_resources(docs, false, NULL, &resources, &err) < 0) {
        fuzz_check_failed(err);
        return 0;
    }
    for (size_t i = 0; i < resources.len; i++) {
        struct resource *r = resources.items[i];

        resource_finish(r);
        spelled_resolve(r->object);
        if (yaml_print(r->object, &out, &err) < 0)
            abort();
    }
    return 0;
}
