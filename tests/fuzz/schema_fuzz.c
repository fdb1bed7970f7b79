/* SPDX-License-Identifier: Apache-2.0 */
/* An OpenAPI v3 document, or a reduced schema where the first byte is a g: whatever is read can be
 * walked, and what we reduced can be read. */
#include "tests/fuzz/fuzz.h"

#include "lib/kube/schema.h"

/* Through whatever circles a document has. */
static void walk(const struct kube_type *type, unsigned depth)
{
    static const char *const names[] = {"a", "b", "metadata", "spec", "name"};
    size_t count;
    const char *const *keys = kube_type_keys(type, &count);

    if (!depth)
        return;
    for (size_t i = 0; i < count; i++)
        kube_type_field(kube_type_items(type), keys[i]);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct kube_field *f = kube_type_field(type, names[i]);

        if (f && strcmp(f->name, names[i]) != 0)
            abort();
        if (f)
            walk(f->type, depth - 1);
    }
    if (kube_type_items(type))
        walk(kube_type_items(type), depth - 1);
}

static void check(const struct kube_schema *s)
{
    walk(kube_schema_kind(s, "example.com", "v1", "Shop"), 5);
    walk(kube_schema_kind(s, "", "v1", "Pod"), 5);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_error struct error *err = NULL;
    cleanup_kube_schema struct kube_schema *s = NULL;
    cleanup_buf struct buf reduced = BUF_UNLIMITED;

    if (size > 0 && *data == 'g') {
        if (kube_schema_read((const char *)data, size, &s, &err) < 0)
            fuzz_check_failed(err);
        else
            check(s);
        return 0;
    }
    if (kube_schema_reduce((const char *)data, size, &reduced, &err) < 0) {
        fuzz_check_failed(err);
        return 0;
    }
    if (kube_schema_read(reduced.data, reduced.len, &s, &err) < 0)
        abort();
    check(s);
    return 0;
}
