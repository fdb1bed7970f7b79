/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/map.h"

#include "lib/base/hash.h"

/* So few keys are found as quickly without a table, and there are thousands of such maps. */
#define FEW_KEYS 8
#define MIN_KEYS 4

static bool is_key(const struct map_entry *e, const char *key, uint64_t hash)
{
    return e->key && e->hash == hash && strcmp(e->key, key) == 0;
}

/* Slot of `key`, or the empty slot where it belongs. The table is never full. */
static size_t slot_of(const struct map *m, const char *key, uint64_t hash)
{
    size_t i = hash & (m->slot_count - 1);

    for (; m->slots[i]; i = (i + 1) & (m->slot_count - 1))
        if (is_key(&m->entries[m->slots[i] - 1], key, hash))
            break;
    return i;
}

static struct map_entry *find_entry(const struct map *m, const char *key, uint64_t hash)
{
    size_t slot;

    for (size_t i = 0; !m->slot_count && i < m->used; i++)
        if (is_key(&m->entries[i], key, hash))
            return &m->entries[i];
    if (!m->slot_count)
        return NULL;
    slot = slot_of(m, key, hash);
    return m->slots[slot] ? &m->entries[m->slots[slot] - 1] : NULL;
}

static struct map_entry *find(const struct map *m, const char *key)
{
    return m->count ? find_entry(m, key, hash64(key, strlen(key))) : NULL;
}

static void fill_slots(struct map *m)
{
    free(TAKE(m->slots));
    m->slot_count = 0;
    if (m->cap <= FEW_KEYS)
        return;
    m->slot_count = FEW_KEYS;
    while (m->slot_count < m->cap * 2)
        m->slot_count *= 2;
    m->slots = xcalloc(m->slot_count, sizeof(*m->slots));
    for (size_t i = 0; i < m->used; i++)
        m->slots[slot_of(m, m->entries[i].key, m->entries[i].hash)] = (uint32_t)(i + 1);
}

/* Drop the holes and give the table room for at least twice its keys. */
static void rebuild(struct map *m)
{
    size_t live = 0;

    for (size_t i = 0; i < m->used; i++)
        if (m->entries[i].key)
            m->entries[live++] = m->entries[i];
    m->used = live;
    m->cap = live * 2 < MIN_KEYS ? MIN_KEYS : live * 2;
    m->entries = xrealloc(m->entries, m->cap * sizeof(*m->entries));
    fill_slots(m);
}

void *map_find(const struct map *m, const char *key)
{
    struct map_entry *e = find(m, key);

    return e ? e->value : NULL;
}

bool map_has(const struct map *m, const char *key)
{
    return find(m, key) != NULL;
}

struct map_entry *map_entry(struct map *m, const char *key)
{
    size_t len = strlen(key);
    uint64_t hash = hash64(key, len);
    struct map_entry *e = find_entry(m, key, hash);

    if (e)
        return e;
    if (m->used == m->cap)
        rebuild(m);
    if (m->slot_count)
        m->slots[slot_of(m, key, hash)] = (uint32_t)(m->used + 1);
    m->entries[m->used] = (struct map_entry){.key = xstrndup(key, len), .hash = hash};
    m->count++;
    return &m->entries[m->used++];
}

void *map_set(struct map *m, const char *key, void *value)
{
    struct map_entry *e = map_entry(m, key);
    void *former = e->value;

    e->value = value;
    return former;
}

void *map_remove(struct map *m, const char *key)
{
    struct map_entry *e = find(m, key);
    void *value;

    if (!e)
        return NULL;
    value = e->value;
    free(e->key);
    e->key = NULL; /* its slot stays taken, so that probing goes on past it */
    e->value = NULL;
    m->count--;
    return value;
}

void map_clear_with(struct map *m, void (*free_value)(void *value))
{
    for (size_t i = 0; i < m->used; i++) {
        if (!m->entries[i].key)
            continue;
        free(m->entries[i].key);
        if (free_value)
            free_value(m->entries[i].value);
    }
    free(m->entries);
    free(m->slots);
    *m = (struct map){0};
}

void map_clear(struct map *m)
{
    map_clear_with(m, NULL);
}

struct map_entry *map_next(const struct map *m, size_t *it)
{
    while (*it < m->used) {
        struct map_entry *e = &m->entries[(*it)++];

        if (e->key)
            return e;
    }
    return NULL;
}
