/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/interned.h"

#include "lib/base/hash.h"

#include <pthread.h>

#define MIN_SLOTS 64

struct interned {
    struct interned *next; /* in the same slot */
    uint64_t hash;
    unsigned refs;
    char text[];
};

/* All there are. */
static struct {
    pthread_mutex_t lock;
    struct interned **slots;
    size_t slot_count; /* a power of two */
    size_t count;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct interned **slot_of(uint64_t hash)
{
    return &table.slots[hash & (table.slot_count - 1)];
}

static void resize(size_t slot_count)
{
    struct interned **former = table.slots;
    size_t former_count = table.slot_count;

    table.slots = xcalloc(slot_count, sizeof(struct interned *));
    table.slot_count = slot_count;
    for (size_t i = 0; i < former_count; i++)
        while (former[i]) {
            struct interned *t = former[i];
            struct interned **slot = slot_of(t->hash);

            former[i] = t->next;
            t->next = *slot;
            *slot = t;
        }
    free(former);
}

static struct interned *find_or_add(const char *text, size_t len, uint64_t hash)
{
    struct interned *t = table.count ? *slot_of(hash) : NULL;

    while (t && (t->hash != hash || strcmp(t->text, text) != 0))
        t = t->next;
    if (t)
        return t;
    if (table.count == table.slot_count)
        resize(table.slot_count ? table.slot_count * 2 : MIN_SLOTS);
    t = xmalloc(sizeof(*t) + len + 1);
    *t = (struct interned){.next = *slot_of(hash), .hash = hash};
    memcpy(t->text, text, len + 1);
    *slot_of(hash) = t;
    table.count++;
    return t;
}

const char *interned_ref(const char *text)
{
    size_t len = text ? strlen(text) : 0;
    uint64_t hash = text ? hash64(text, len) : 0;
    struct interned *t;

    if (!text)
        return NULL;
    pthread_mutex_lock(&table.lock);
    t = find_or_add(text, len, hash);
    t->refs++;
    pthread_mutex_unlock(&table.lock);
    return t->text;
}

const char *interned_take(char *text)
{
    const char *interned = interned_ref(text);

    free(text);
    return interned;
}

static void drop(struct interned *t)
{
    struct interned **at = slot_of(t->hash);

    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    free(t);
    if (--table.count == 0) {
        free(table.slots);
        table.slots = NULL;
        table.slot_count = 0;
    }
}

void interned_unref(const char *interned)
{
    struct interned *t;

    if (!interned)
        return;
    t = CONTAINER_OF((char *)interned, struct interned, text);
    pthread_mutex_lock(&table.lock);
    if (--t->refs == 0)
        drop(t);
    pthread_mutex_unlock(&table.lock);
}

size_t interned_count(void)
{
    size_t count;

    pthread_mutex_lock(&table.lock);
    count = table.count;
    pthread_mutex_unlock(&table.lock);
    return count;
}
