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

/* Everything that has owners, with its kind. */
struct dependents {
    struct ptrvec kinds;
    json_t *objects;
};

static void collect(struct sandbox *s, struct dependents *d, json_t *ending)
{
    for (size_t i = 0; i < s->kinds.all.len; i++) {
        const struct kind *kind = s->kinds.all.items[i];
        struct map_entry *e;
        size_t it = 0;

        if (!kind->collection || !kind->is_storage)
            continue;
        while ((e = map_next(&kind->collection->objects, &it))) {
            json_t *object = e->value;

            if (json_array_size(owners_of(object)) > 0) {
                ptrvec_push(&d->kinds, (void *)kind);
                json_array_append(d->objects, object);
            }
            if (has_finalizer(object, FOREGROUND) || has_finalizer(object, ORPHAN))
                json_array_append_new(ending, json_pack("{s:O, s:I}", "object", object, "kind",
                                                        (json_int_t)(intptr_t)kind));
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

/* One object that waits for its dependents. */
static void end_owner(struct sandbox *s, const struct kind *kind, const json_t *owner,
                      const struct dependents *d)
{
    const char *uid = object_meta(owner, "uid");
    bool leaves = has_finalizer(owner, ORPHAN);
    size_t i, k, blocking = 0;
    json_t *object, *reference;

    if (!*object_meta(owner, "deletionTimestamp"))
        return;
    json_array_foreach (d->objects, i, object) {
        json_array_foreach (owners_of(object), k, reference) {
            if (!is_owner(reference, uid))
                continue;
            if (leaves) {
                write_without(s, d->kinds.items[i], object, "ownerReferences", is_owner, uid);
                break;
            }
            blocking += json_is_true(json_object_get(reference, "blockOwnerDeletion"));
            if (!*object_meta(object, "deletionTimestamp"))
                delete_quietly(s, d->kinds.items[i], object, "Foreground");
        }
    }
    if (leaves)
        write_without(s, kind, owner, "finalizers", is_text, ORPHAN);
    else if (blocking == 0)
        write_without(s, kind, owner, "finalizers", is_text, FOREGROUND);
}

void garbage_collect(struct sandbox *s)
{
    struct dependents d = {.objects = json_array()};
    json_t *ending = json_array(), *object, *entry;
    size_t i;

    collect(s, &d, ending);
    json_array_foreach (ending, i, entry) {
        end_owner(s,
                  (const struct kind *)(intptr_t)json_integer_value(json_object_get(entry, "kind")),
                  json_object_get(entry, "object"), &d);
    }
    json_array_foreach (d.objects, i, object) {
        const json_t *now = store_find_uid(s->store, object_meta(object, "uid"));

        if (now && json_array_size(owners_of(now)) > 0 && !has_living_owner(s, now) &&
            !*object_meta(now, "deletionTimestamp"))
            delete_quietly(s, d.kinds.items[i], now, "Background");
        else if (now && has_living_owner(s, now))
            forget_owners(s, d.kinds.items[i], object);
    }
    ptrvec_clear(&d.kinds);
    json_decref(d.objects);
    json_decref(ending);
}
