/* SPDX-License-Identifier: Apache-2.0 */
/* A list as it arrives, in one piece and byte by byte: both must find the same items, which must be
 * those of the document as a whole. */
#include "tests/fuzz/fuzz.h"

#include "lib/kube/list_items.h"

#include <jansson.h>

#define MAX_ITEM_BYTES 200

struct found {
    struct buf items;
    size_t count;
};

static bool on_item(void *arg, const char *text, size_t len)
{
    struct found *f = arg;

    buf_put(&f->items, text, len);
    f->count++;
    return true;
}

static bool read_all(const char *data, size_t size, size_t step, struct found *f)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *version = NULL;
    cleanup_free char *next = NULL;
    struct list_items l;
    int rc = 1;

    list_items_init(&l, MAX_ITEM_BYTES);
    for (size_t at = 0; at < size && rc > 0; at += step)
        rc = list_items_feed(&l, data + at, step < size - at ? step : size - at, on_item, f, &err);
    if (rc > 0 && list_items_end(&l, &version, &next, &err) < 0)
        rc = -1;
    if (rc < 0)
        fuzz_check_failed(err);
    list_items_clear(&l);
    return rc > 0;
}

/* What is a list for a parser of whole documents must be one for us, with as many items. */
static void compare_with_document(const char *data, size_t size, bool ok, size_t count)
{
    json_t *root = json_loadb(data, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    json_t *items = json_object_get(root, "items");
    json_t *item;
    size_t i;

    if (ok && root && json_array_size(items) != count)
        abort();
    json_array_foreach (items, i, item)
        if (ok && root && !json_is_object(item))
            abort();
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct found whole = {BUF_UNLIMITED, 0}, bytes = {BUF_UNLIMITED, 0};
    bool ok = read_all((const char *)data, size, size + 1, &whole);

    if (read_all((const char *)data, size, 1, &bytes) != ok || whole.count != bytes.count ||
        strcmp(whole.items.data, bytes.items.data) != 0)
        abort();
    /* A key may be spelled with escapes, which no API server does. */
    if (!memchr(data, '\\', size))
        compare_with_document((const char *)data, size, ok, whole.count);
    buf_clear(&whole.items);
    buf_clear(&bytes.items);
    return 0;
}
