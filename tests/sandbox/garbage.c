/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/garbage.h"

#include "tests/sandbox/controllers/control.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/registry.h"

#define FOREGROUND "foregroundDeletion"
#define ORPHAN "orphan"

static json_t *owners_of(const json_t *object)
{
    return json_object_get(json_object_get(object, "metadata"), "ownerReferences");
}

static const char *uid_of(const json_t *owner)
{
    const char *uid = json_string_value(json_object_get(owner, "uid"));

    return uid ? uid : "";
}

static bool has_finalizer(const json_t *object, const char *name)
{
    size_t i;
    json_t *finalizer;

    json_array_foreach (json_object_get(json_object_get(object, "metadata"), "finalizers"), i,
                        finalizer) {
        if (streq(json_string_value(finalizer), name))
            return true;
    }
    return false;
}

static void drop_item(json_t *array, bool (*is_it)(const json_t *, const char *), const char *arg)
{
    for (size_t i = json_array_size(array); i-- > 0;)
        if (is_it(json_array_get(array, i), arg))
            json_array_remove(array, i);
}

static bool is_text(const json_t *item, const char *text)
{
    return streq(json_string_value(item), text);
}

static bool is_owner(const json_t *owner, const char *uid)
{
    return streq(uid_of(owner), uid);
}

/* `object` without an item of a list of its metadata. */
static void write_without(struct sandbox *s, const struct kind *kind, const json_t *object,
                          const char *list, bool (*is_it)(const json_t *, const char *),
                          const char *arg)
{
    json_t *next = json_deep_copy(object);
    json_t *meta = json_object_get(next, "metadata");

    drop_item(json_object_get(meta, list), is_it, arg);
    if (json_array_size(json_object_get(meta, list)) == 0)
        json_object_del(meta, list);
    control_update(s, kind, next, NULL);
}

/* An object as it was when the pass began; what counts is how it is when its turn comes. */
struct held {
    const struct kind *kind;
    json_t *object;
};

struct pass {
    struct ptrvec dependents; /* everything that has owners */
    struct ptrvec ending;     /* everything that waits for its dependents */
};

static void hold(struct ptrvec *list, const struct kind *kind, json_t *object)
{
    struct held *h = xcalloc(1, sizeof(*h));

    h->kind = kind;
    h->object = json_incref(object);
    ptrvec_push(list, h);
}

static void release(struct ptrvec *list)
{
    for (size_t i = 0; i < list->len; i++) {
        struct held *h = list->items[i];

        json_decref(h->object);
        free(h);
    }
    ptrvec_clear(list);
}

/* NULL: it is gone. */
static const json_t *current(const struct sandbox *s, const struct held *h)
{
    return store_find_uid(s->store, object_meta(h->object, "uid"));
}

static void collect(struct sandbox *s, struct pass *pass)
{
    for (size_t i = 0; i < s->kinds.all.len; i++) {
        const struct kind *kind = s->kinds.all.items[i];
        struct map_entry *e;
        size_t it = 0;

        if (!kind->collection || !kind->is_storage)
            continue;
        while ((e = map_next(&kind->collection->objects, &it))) {
            if (json_array_size(owners_of(e->value)) > 0)
                hold(&pass->dependents, kind, e->value);
            if (has_finalizer(e->value, FOREGROUND) || has_finalizer(e->value, ORPHAN))
                hold(&pass->ending, kind, e->value);
        }
    }
}

static bool has_living_owner(const struct sandbox *s, const json_t *object)
{
    size_t i;
    json_t *owner;

    json_array_foreach (owners_of(object), i, owner) {
        if (store_find_uid(s->store, uid_of(owner)))
            return true;
    }
    return false;
}

/* Owners that are gone are forgotten, where another one is left. */
static void forget_owners(struct sandbox *s, const struct kind *kind, const json_t *object)
{
    cleanup_json json_t *owners = json_incref(owners_of(object));
    size_t i;
    json_t *owner;

    json_array_foreach (owners, i, owner) {
        const json_t *now = store_find_uid(s->store, object_meta(object, "uid"));

        if (now && !store_find_uid(s->store, uid_of(owner)))
            write_without(s, kind, now, "ownerReferences", is_owner, uid_of(owner));
    }
}

static void delete_quietly(struct sandbox *s, const struct kind *kind, const json_t *object,
                           const char *propagation)
{
    const struct delete_options options = {.uid = object_meta(object, "uid"),
                                           .propagation = propagation};
    json_t *refused = NULL;
    bool gone;

    if (registry_delete(s, kind, object_meta(object, "namespace"), object_meta(object, "name"),
                        &options, NULL, &gone, &refused) < 0)
        json_decref(refused);
}

static const json_t *reference_to(const json_t *object, const char *uid)
{
    size_t i;
    json_t *owner;

    json_array_foreach (owners_of(object), i, owner) {
        if (is_owner(owner, uid))
            return owner;
    }
    return NULL;
}

/* Returns whether the owner has to wait for it. */
static bool end_dependent(struct sandbox *s, const struct held *h, const char *uid, bool is_left)
{
    cleanup_json json_t *object = json_incref((json_t *)current(s, h));
    const json_t *reference = reference_to(object, uid);

    if (!reference)
        return false;
    if (is_left) {
        write_without(s, h->kind, object, "ownerReferences", is_owner, uid);
        return false;
    }
    if (!*object_meta(object, "deletionTimestamp"))
        delete_quietly(s, h->kind, object, "Foreground");
    return json_is_true(json_object_get(reference, "blockOwnerDeletion"));
}

/* One object that waits for its dependents. */
static void end_owner(struct sandbox *s, const struct held *owner, const struct pass *pass)
{
    cleanup_json json_t *now = json_incref((json_t *)current(s, owner));
    const char *uid = object_meta(now, "uid");
    bool leaves = has_finalizer(now, ORPHAN), waits = false;

    if (!*object_meta(now, "deletionTimestamp"))
        return;
    for (size_t i = 0; i < pass->dependents.len; i++)
        waits = end_dependent(s, pass->dependents.items[i], uid, leaves) || waits;
    if (leaves)
        write_without(s, owner->kind, now, "finalizers", is_text, ORPHAN);
    else if (!waits)
        write_without(s, owner->kind, now, "finalizers", is_text, FOREGROUND);
}

static void end_orphan(struct sandbox *s, const struct held *h)
{
    cleanup_json json_t *now = json_incref((json_t *)current(s, h));

    if (!now || json_array_size(owners_of(now)) == 0)
        return;
    if (has_living_owner(s, now))
        forget_owners(s, h->kind, now);
    else if (!*object_meta(now, "deletionTimestamp"))
        delete_quietly(s, h->kind, now, "Background");
}

void garbage_collect(struct sandbox *s)
{
    struct pass pass = {.dependents = {0}};

    collect(s, &pass);
    for (size_t i = 0; i < pass.ending.len; i++)
        end_owner(s, pass.ending.items[i], &pass);
    for (size_t i = 0; i < pass.dependents.len; i++)
        end_orphan(s, pass.dependents.items[i]);
    release(&pass.dependents);
    release(&pass.ending);
}
