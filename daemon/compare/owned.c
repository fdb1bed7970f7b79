/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/owned.h"

#include "lib/doc/yaml.h"

#include <errno.h>

bool owned_is_whole(const json_t *node)
{
    return node && json_object_size(node) == 0;
}

json_t *owned_join(const json_t *a, const json_t *b)
{
    json_t *out;
    const char *name;
    json_t *child;

    if (!a || !b)
        return a || b ? json_deep_copy(a ? a : b) : NULL;
    out = json_object();
    if (owned_is_whole(a) || owned_is_whole(b))
        return out;
    json_object_foreach ((json_t *)a, name, child)
        json_object_set_new(out, name, owned_join(child, json_object_get(b, name)));
    json_object_foreach ((json_t *)b, name, child)
        if (!json_object_get(a, name))
            json_object_set_new(out, name, json_deep_copy(child));
    return out;
}

const json_t *owned_field_of(const json_t *node, const char *field)
{
    cleanup_free char *name = NULL;

    if (!node || owned_is_whole(node))
        return node;
    name = xasprintf("f:%s", field);
    return json_object_get(node, name);
}

static bool has_key(const json_t *item, const json_t *key, bool in_full)
{
    const char *name;
    json_t *v;
    bool any = false;

    json_object_foreach ((json_t *)key, name, v) {
        const json_t *own = json_object_get(item, name);

        if (own ? !json_equal((json_t *)own, v) : in_full)
            return false;
        any |= own != NULL;
    }
    return any;
}

static size_t find_keyed(const json_t *array, const json_t *key, bool in_full)
{
    const json_t *item;
    size_t i;

    json_array_foreach (array, i, item)
        if (json_is_object(item) && has_key(item, key, in_full))
            return i;
    return OWNED_NO_ITEM;
}

static size_t parse_index(const json_t *array, const char *text)
{
    char *end;
    unsigned long index;

    errno = 0;
    index = strtoul(text, &end, 10);
    return end != text && !*end && !errno && index < json_array_size(array) ? index : OWNED_NO_ITEM;
}

size_t owned_find_item(const json_t *array, const char *name)
{
    cleanup_json json_t *want = NULL;
    const json_t *item;
    size_t i;

    if (str_has_prefix(name, "i:"))
        return parse_index(array, name + 2);
    if (!str_has_prefix(name, "k:") && !str_has_prefix(name, "v:"))
        return OWNED_NO_ITEM;
    want = json_loads(name + 2, JSON_DECODE_ANY, NULL);
    if (!want)
        return OWNED_NO_ITEM;
    if (*name == 'k') {
        i = find_keyed(array, want, true);
        return i != OWNED_NO_ITEM ? i : find_keyed(array, want, false);
    }
    json_array_foreach (array, i, item)
        if (json_equal((json_t *)item, want))
            return i;
    return OWNED_NO_ITEM;
}
