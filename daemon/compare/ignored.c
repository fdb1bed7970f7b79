/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/ignored.h"

#include "lib/base/hash.h"

#define FIRST_SLOTS 16

struct ignored_place {
    const json_t *container; /* NULL: an empty slot */
    char *name;              /* NULL: an item, or the mark of a container */
    size_t index;
};

/* The index under which a container itself stands in the table: no array is that long. */
#define CONTAINER_MARK SIZE_MAX

struct ignored {
    struct ignored_place *slots;
    size_t slot_count; /* a power of two, or 0 */
    size_t used;       /* slots in use, marks included */
    size_t count;
};

struct ignored *ignored_new(void)
{
    return xcalloc(1, sizeof(struct ignored));
}

void ignored_clear(struct ignored *s)
{
    for (size_t i = 0; i < s->slot_count; i++)
        free(s->slots[i].name);
    if (s->used)
        memset(s->slots, 0, s->slot_count * sizeof(*s->slots));
    s->used = s->count = 0;
}

void ignored_free(struct ignored *s)
{
    if (!s)
        return;
    ignored_clear(s);
    free(s->slots);
    free(s);
}

/* Names may come from a repository: the keyed hash keeps them from being chosen to collide. */
static size_t hash_of(const json_t *container, const char *name, size_t index)
{
    size_t of_name = name ? (size_t)hash64(name, strlen(name)) : index * 0x9e3779b97f4a7c15u;

    return of_name ^ ((size_t)(uintptr_t)container >> 4) * 0xff51afd7ed558ccdu;
}

static struct ignored_place *slot_of(const struct ignored *s, const json_t *container,
                                     const char *name, size_t index)
{
    size_t hash = hash_of(container, name, index);
    struct ignored_place *p;

    hash ^= hash >> 29;
    for (size_t i = hash & (s->slot_count - 1);; i = (i + 1) & (s->slot_count - 1)) {
        p = &s->slots[i];
        if (!p->container ||
            (p->container == container && p->index == index && streq(p->name, name)))
            return p;
    }
}

static void grow(struct ignored *s)
{
    struct ignored_place *former = s->slots;
    size_t former_count = s->slot_count;

    s->slot_count = former_count ? former_count * 2 : FIRST_SLOTS;
    s->slots = xcalloc(s->slot_count, sizeof(*s->slots));
    for (size_t i = 0; i < former_count; i++)
        if (former[i].container)
            *slot_of(s, former[i].container, former[i].name, former[i].index) = former[i];
    free(former);
}

static bool add(struct ignored *s, const json_t *container, const char *name, size_t index)
{
    struct ignored_place *p;

    if (s->used * 2 >= s->slot_count)
        grow(s);
    p = slot_of(s, container, name, index);
    if (p->container)
        return false;
    *p = (struct ignored_place){.container = container, .name = xstrdup(name), .index = index};
    s->used++;
    return true;
}

static bool has(const struct ignored *s, const json_t *container, const char *name, size_t index)
{
    return s && s->used && container && slot_of(s, container, name, index)->container;
}

static void add_place(struct ignored *s, const json_t *container, const char *name, size_t index)
{
    if (!container || !add(s, container, name, index))
        return;
    s->count++;
    add(s, container, NULL, CONTAINER_MARK);
}

void ignored_add_field(struct ignored *s, const json_t *object, const char *name)
{
    add_place(s, object, name, 0);
}

void ignored_add_item(struct ignored *s, const json_t *array, size_t index)
{
    add_place(s, array, NULL, index);
}

bool ignored_has_field(const struct ignored *s, const json_t *object, const char *name)
{
    return has(s, object, name, 0);
}

bool ignored_has_item(const struct ignored *s, const json_t *array, size_t index)
{
    return has(s, array, NULL, index);
}

bool ignored_has_any(const struct ignored *s, const json_t *container)
{
    return has(s, container, NULL, CONTAINER_MARK);
}

size_t ignored_count(const struct ignored *s)
{
    return s ? s->count : 0;
}
