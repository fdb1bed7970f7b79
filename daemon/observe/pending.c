/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/observe/pending.h"

#include "lib/base/mem.h"

#include <sys/mman.h>

#define REGION_BYTES ((size_t)1 << 20)

struct region {
    size_t size;
    size_t used;
    size_t texts; /* that are still there */
};

struct text {
    struct region *region;
    char content[];
};

static struct region *newest; /* the one that still takes texts; NULL: none */
static size_t mapped;         /* bytes */

static struct region *region_new(size_t size)
{
    struct region *r = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (r == MAP_FAILED)
        abort();
    *r = (struct region){.size = size, .used = sizeof(*r)};
    mapped += size;
    return r;
}

static void region_release(struct region *r)
{
    if (r->texts)
        return;
    if (r == newest)
        newest = NULL;
    mapped -= r->size;
    munmap(r, r->size);
}

/* A region with so much room; a text that is larger than a region gets one for itself. */
static struct region *region_for(size_t size)
{
    struct region *full = newest;

    if (size > REGION_BYTES - sizeof(*full))
        return region_new(sizeof(*full) + size);
    if (full && size <= full->size - full->used)
        return full;
    newest = region_new(REGION_BYTES);
    return newest;
}

const char *pending_keep(const json_t *document)
{
    cleanup_free char *json = json_dumps(document, JSON_COMPACT);
    size_t len = json ? strlen(json) : 0;
    size_t size = (sizeof(struct text) + len + 1 + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    struct region *r;
    struct text *t;

    if (!json)
        return NULL;
    r = region_for(size);
    t = (struct text *)((char *)r + r->used);
    t->region = r;
    memcpy(t->content, json, len + 1);
    r->used += size;
    r->texts++;
    return t->content;
}

json_t *pending_load(const char *text)
{
    return json_loads(text, JSON_ALLOW_NUL, NULL);
}

void pending_drop(const char *text)
{
    struct region *r;

    if (!text)
        return;
    r = CONTAINER_OF(text, struct text, content)->region;
    r->texts--;
    region_release(r);
}

size_t pending_bytes(void)
{
    return mapped;
}
