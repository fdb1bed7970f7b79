/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/store.h"

#include <stdio.h>

struct store {
    struct map collections; /* "GROUP/PLURAL" -> struct collection */
    struct map by_uid;      /* uid -> the document, borrowed from its collection */
    struct change *changes; /* a ring */
    size_t first, count;
    uint64_t version;
    uint64_t oldest;
    store_changed_fn *changed;
    void *arg;
};

const char *object_meta(const json_t *object, const char *name)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(object, "metadata"), name));

    return text ? text : "";
}

char *object_key(const json_t *object)
{
    return xasprintf("%s/%s", object_meta(object, "namespace"), object_meta(object, "name"));
}

struct store *store_new(store_changed_fn *changed, void *arg)
{
    struct store *store = xcalloc(1, sizeof(*store));

    store->changes = xcalloc(STORE_HISTORY, sizeof(*store->changes));
    store->version = store->oldest = 1;
    store->changed = changed;
    store->arg = arg;
    return store;
}

static void change_clear(struct change *c)
{
    free(c->key);
    json_decref(c->before);
    json_decref(c->object);
    *c = (struct change){.version = 0};
}

static void collection_free(void *p)
{
    struct collection *c = p;
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&c->objects, &it)))
        json_decref(e->value);
    map_clear(&c->objects);
    free(c->group);
    free(c->plural);
    free(c);
}

void store_free(struct store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < STORE_HISTORY; i++)
        change_clear(&store->changes[i]);
    free(store->changes);
    map_clear_with(&store->collections, collection_free);
    map_clear(&store->by_uid);
    free(store);
}

struct collection *store_collection(struct store *store, const char *group, const char *plural)
{
    cleanup_free char *key = xasprintf("%s/%s", group, plural);
    struct collection *c = map_find(&store->collections, key);

    if (c)
        return c;
    c = xcalloc(1, sizeof(*c));
    c->group = xstrdup(group);
    c->plural = xstrdup(plural);
    map_set(&store->collections, key, c);
    return c;
}

const json_t *store_find(const struct collection *c, const char *ns, const char *name)
{
    cleanup_free char *key = xasprintf("%s/%s", ns ? ns : "", name);

    return map_find(&c->objects, key);
}

const json_t *store_find_uid(const struct store *store, const char *uid)
{
    return map_find(&store->by_uid, uid);
}

/* Takes `before`. */
static void record(struct store *store, struct collection *c, char *key, enum change_type type,
                   json_t *before, json_t *object)
{
    struct change *slot = &store->changes[(store->first + store->count) % STORE_HISTORY];

    if (store->count == STORE_HISTORY) {
        store->oldest = slot->version;
        change_clear(slot);
        store->first = (store->first + 1) % STORE_HISTORY;
    } else {
        store->count++;
    }
    *slot = (struct change){.version = store->version,
                            .type = type,
                            .collection = c,
                            .key = key,
                            .before = before,
                            .object = json_incref(object)};
    store->changed(store->arg, slot);
}

static void set_version(struct store *store, json_t *object)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)++store->version);
    json_object_set_new(json_object_get(object, "metadata"), "resourceVersion", json_string(text));
}

const json_t *store_write(struct store *store, struct collection *c, json_t *object)
{
    char *key = object_key(object);
    json_t *before;

    set_version(store, object);
    before = map_set(&c->objects, key, object);
    map_set(&store->by_uid, object_meta(object, "uid"), object);
    record(store, c, key, before ? CHANGE_MODIFIED : CHANGE_ADDED, before, object);
    return object;
}

void store_remove(struct store *store, struct collection *c, const char *ns, const char *name,
                  json_t *last)
{
    char *key = xasprintf("%s/%s", ns ? ns : "", name);
    json_t *before = map_remove(&c->objects, key);

    if (!last)
        last = json_deep_copy(before);
    set_version(store, last);
    map_remove(&store->by_uid, object_meta(before, "uid"));
    record(store, c, key, CHANGE_DELETED, before, last);
    json_decref(last);
}

uint64_t store_version(const struct store *store)
{
    return store->version;
}

uint64_t store_oldest(const struct store *store)
{
    return store->oldest;
}

void store_compact(struct store *store)
{
    while (store->count > 0) {
        change_clear(&store->changes[store->first]);
        store->first = (store->first + 1) % STORE_HISTORY;
        store->count--;
    }
    store->oldest = store->version;
}

static const struct change *change_at(const struct store *store, size_t index)
{
    return &store->changes[(store->first + index) % STORE_HISTORY];
}

const struct change *store_change_after(const struct store *store, uint64_t version)
{
    size_t low = 0, high = store->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (change_at(store, middle)->version > version)
            high = middle;
        else
            low = middle + 1;
    }
    return low < store->count ? change_at(store, low) : NULL;
}

static int compare_entries(const void *a, const void *b)
{
    const struct map_entry *x = a, *y = b;

    return strcmp(x->key, y->key);
}

static bool key_is_in(const char *key, const char *ns)
{
    size_t len = ns ? strlen(ns) : 0;

    return !ns || (strncmp(key, ns, len) == 0 && key[len] == '/');
}

/* Undo the changes after `version` in a copy of the table: keys and documents stay borrowed. */
static void rewind_to(const struct store *store, const struct collection *c, uint64_t version,
                      struct map *objects)
{
    for (size_t i = store->count; i-- > 0;) {
        const struct change *change = change_at(store, i);

        if (change->version <= version)
            break;
        if (change->collection != c)
            continue;
        if (change->before)
            map_set(objects, change->key, change->before);
        else
            map_remove(objects, change->key);
    }
}

void store_list(const struct store *store, const struct collection *c, const char *ns,
                uint64_t version, struct ptrvec *out)
{
    cleanup_map struct map past = {0};
    const struct map *objects = &c->objects;
    struct map_entry *sorted, *e;
    size_t it = 0, count = 0;

    if (version && version < store->version) {
        while ((e = map_next(&c->objects, &it)))
            map_set(&past, e->key, e->value);
        rewind_to(store, c, version, &past);
        objects = &past;
    }
    sorted = xcalloc(objects->count + 1, sizeof(*sorted));
    it = 0;
    while ((e = map_next(objects, &it)))
        if (key_is_in(e->key, ns))
            sorted[count++] = *e;
    qsort(sorted, count, sizeof(*sorted), compare_entries);
    for (size_t i = 0; i < count; i++)
        ptrvec_push(out, sorted[i].value);
    free(sorted);
}
