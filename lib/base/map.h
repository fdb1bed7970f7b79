/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map: a hash table from strings to pointers, in insertion order when iterated.
 * Keys are copied; values are borrowed (their owner frees them, see map_clear_with).
 */
#ifndef GITOPSD_LIB_BASE_MAP_H
#define GITOPSD_LIB_BASE_MAP_H

#include "lib/base/mem.h"

struct map_entry {
    char *key; /* NULL: removed */
    void *value;
    uint64_t hash;
};

struct map {
    struct map_entry *entries; /* in insertion order, with holes */
    size_t used;               /* entries in use, holes included */
    size_t count;              /* live keys */
    uint32_t *slots;           /* index into entries plus one; 0 is empty */
    size_t slot_count;         /* a power of two; 0: there are few keys, and no slots */
    size_t cap;
};

/* NULL means absent. */
void *map_find(const struct map *m, const char *key);
bool map_has(const struct map *m, const char *key);
/* Insert or replace; returns the former value or NULL. */
void *map_set(struct map *m, const char *key, void *value);
/* The entry of the key, made with the value NULL where there is none; borrowed until the next
 * change of the map. */
struct map_entry *map_entry(struct map *m, const char *key);
/* Returns the removed value or NULL. */
void *map_remove(struct map *m, const char *key);
void map_clear(struct map *m);
void map_clear_with(struct map *m, void (*free_value)(void *value));

/* Iterate: `size_t it = 0; while ((e = map_next(&m, &it))) ...`. The entry in hand may be removed
 * while iterating; inserting is not allowed. */
struct map_entry *map_next(const struct map *m, size_t *it);

#define cleanup_map __attribute__((cleanup(map_clear)))

#endif
