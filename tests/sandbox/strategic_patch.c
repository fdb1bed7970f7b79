/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/strategic_patch.h"

#include "lib/base/mem.h"
#include "lib/doc/yaml.h"

#define PATCH "$patch"
#define RETAIN "$retainKeys"
#define ORDER "$setElementOrder/"
#define REMOVE "$deleteFromPrimitiveList/"

static void merge_map(json_t *target, const json_t *patch, const struct merge_type *type);

static bool is_directive(const char *key)
{
    return streq(key, PATCH) || streq(key, RETAIN) || str_has_prefix(key, ORDER) ||
           str_has_prefix(key, REMOVE);
}

static const char *directive_of(const json_t *value)
{
    const char *directive = json_string_value(json_object_get(value, PATCH));

    return directive ? directive : "";
}

/* What a patch puts where nothing was: without directives and nulls. */
static json_t *plain_copy(const json_t *value)
{
    json_t *copy, *child;
    const char *key;
    size_t i;

    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach ((json_t *)value, i, child) {
            if (!json_object_get(child, PATCH))
                json_array_append_new(copy, plain_copy(child));
        }
        return copy;
    }
    if (!json_is_object(value))
        return json_deep_copy(value);
    copy = json_object();
    json_object_foreach ((json_t *)value, key, child) {
        if (!is_directive(key) && !json_is_null(child))
            json_object_set_new(copy, key, plain_copy(child));
    }
    return copy;
}

/* ---- lists ---- */

/* Items are one by their merge key, scalars by themselves. */
static bool is_same(const json_t *a, const json_t *b, const char *key)
{
    const json_t *x = key && json_is_object(a) ? json_object_get(a, key) : a;
    const json_t *y = key && json_is_object(b) ? json_object_get(b, key) : b;

    return x && y && json_equal(x, y);
}

static long place_of(const json_t *array, const json_t *item, const char *key)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (is_same(json_array_get(array, i), item, key))
            return (long)i;
    return -1;
}

/* Is the item of the server to come before that of the patch? Only if it was so before. */
static bool goes_first(const json_t *mine, const json_t *theirs, const json_t *before,
                       const char *key)
{
    long a = place_of(before, mine, key), b = place_of(before, theirs, key);

    return a >= 0 && b >= 0 && a < b;
}

/* The items in the order that `order` has, and among them those that it does not name. */
static json_t *ordered(const json_t *items, const json_t *order, const json_t *before,
                       const char *key)
{
    json_t *out = json_array(), *named = json_array(), *others = json_array(), *item;
    size_t i, n = 0, o = 0;

    json_array_foreach ((json_t *)order, i, item) {
        long place = place_of(items, item, key);

        if (place >= 0 && place_of(named, item, key) < 0)
            json_array_append(named, json_array_get(items, (size_t)place));
    }
    json_array_foreach ((json_t *)items, i, item) {
        if (place_of(named, item, key) < 0)
            json_array_append(others, item);
    }
    while (n < json_array_size(named) || o < json_array_size(others)) {
        json_t *a = json_array_get(others, o), *b = json_array_get(named, n);
        bool first = a && (!b || goes_first(a, b, before, key));

        json_array_append(out, first ? a : b);
        o += first;
        n += !first;
    }
    json_decref(named);
    json_decref(others);
    return out;
}

static void merge_item(json_t *list, json_t *item, const struct merge_type *type, const char *key)
{
    long place = place_of(list, item, key);
    bool deletes = streq(directive_of(item), "delete");

    if (deletes && place >= 0)
        json_array_remove(list, (size_t)place);
    else if (!deletes && place >= 0 && json_is_object(item))
        merge_map(json_array_get(list, (size_t)place), item, type->items);
    else if (!deletes && place < 0)
        json_array_append_new(list, plain_copy(item));
}

/* A new reference. */
static json_t *merge_list(const json_t *target, const json_t *patch, const struct merge_type *type)
{
    cleanup_json json_t *list = target ? json_deep_copy(target) : json_array();
    const char *key = type->keys ? type->keys[0] : NULL;
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)patch, i, item) {
        if (streq(directive_of(item), "replace"))
            return plain_copy(patch);
    }
    json_array_foreach ((json_t *)patch, i, item) {
        merge_item(list, item, type, key);
    }
    return ordered(list, patch, target, key);
}

static void remove_values(json_t *list, const json_t *values)
{
    size_t i;
    json_t *value;

    json_array_foreach ((json_t *)values, i, value) {
        long place;

        while ((place = place_of(list, value, NULL)) >= 0)
            json_array_remove(list, (size_t)place);
    }
}

/* ---- maps ---- */

static void retain(json_t *target, const json_t *names)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(target, next, key, value)
    {
        cleanup_json json_t *name = json_string(key);

        if (place_of(names, name, NULL) < 0)
            json_object_del(target, key);
    }
}

static const struct merge_type *field_type(const struct merge_type *type, const char *key)
{
    return type ? merge_field_find(type, key) : NULL;
}

static void merge_field(json_t *target, const char *key, const json_t *value,
                        const struct merge_type *type)
{
    json_t *mine = json_object_get(target, key);

    if (json_is_null(value) || (json_is_object(value) && streq(directive_of(value), "delete")))
        json_object_del(target, key);
    else if (json_is_object(value) && json_is_object(mine))
        merge_map(mine, value, type);
    else if (json_is_array(value) && type && type->merges)
        json_object_set_new(target, key,
                            merge_list(json_is_array(mine) ? mine : NULL, value, type));
    else
        json_object_set_new(target, key, plain_copy(value));
}

static void set_orders(json_t *target, const json_t *before, const json_t *patch,
                       const struct merge_type *type)
{
    const char *key;
    json_t *order;

    json_object_foreach ((json_t *)patch, key, order) {
        const char *field = str_has_prefix(key, ORDER) ? key + strlen(ORDER) : NULL;
        const struct merge_type *list = field ? field_type(type, field) : NULL;

        if (field && json_is_array(json_object_get(target, field)))
            json_object_set_new(target, field,
                                ordered(json_object_get(target, field), order,
                                        json_object_get(before, field),
                                        list && list->keys ? list->keys[0] : NULL));
    }
}

static void merge_map(json_t *target, const json_t *patch, const struct merge_type *type)
{
    cleanup_json json_t *before = json_deep_copy(target);
    const char *key;
    json_t *value;

    if (streq(directive_of(patch), "replace") || streq(directive_of(patch), "delete")) {
        cleanup_json json_t *plain = plain_copy(patch);

        json_object_clear(target);
        if (streq(directive_of(patch), "replace"))
            json_object_update(target, plain);
        return;
    }
    if (json_object_get(patch, RETAIN))
        retain(target, json_object_get(patch, RETAIN));
    json_object_foreach ((json_t *)patch, key, value) {
        if (str_has_prefix(key, REMOVE))
            remove_values(json_object_get(target, key + strlen(REMOVE)), value);
        else if (!is_directive(key))
            merge_field(target, key, value, field_type(type, key));
    }
    set_orders(target, before, patch, type);
}

json_t *strategic_patch(const json_t *object, const json_t *patch, const struct merge_type *type)
{
    json_t *target = json_deep_copy(object);

    merge_map(target, patch, type);
    return target;
}
