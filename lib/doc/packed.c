/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/packed.h"

#include "lib/base/hash.h"

#include <assert.h>

struct packed {
    unsigned refs;
    unsigned len;
    char text[]; /* not terminated */
};

struct packed *packed_new(const json_t *document)
{
    size_t flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY;
    size_t len = json_dumpb(document, NULL, 0, flags);
    struct packed *p;

    if (!document)
        return NULL;
    assert(len > 0 && len < UINT32_MAX); /* it came from a text, and not from a longer one */
    p = xmalloc(sizeof(*p) + len);
    p->refs = 1;
    p->len = (unsigned)json_dumpb(document, p->text, len, flags);
    return p;
}

struct packed *packed_new_like(const json_t *document, struct packed *like)
{
    struct packed *p = packed_new(document);

    if (!packed_equal(p, like))
        return p;
    packed_unref(p);
    return packed_ref(like);
}

struct packed *packed_ref(struct packed *p)
{
    if (p)
        p->refs++;
    return p;
}

void packed_unref(struct packed *p)
{
    if (p && --p->refs == 0)
        free(p);
}

json_t *packed_load(const struct packed *p)
{
    json_t *document =
        p ? json_loadb(p->text, p->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;

    assert(document || !p);
    return document;
}

bool packed_equal(const struct packed *a, const struct packed *b)
{
    if (!a || !b)
        return a == b;
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

bool packed_is_array(const struct packed *p)
{
    return p && p->text[0] == '[';
}

uint64_t packed_hash(const struct packed *p)
{
    return p ? hash64(p->text, p->len) : 0;
}
