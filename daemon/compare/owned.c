/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/owned.h"

#include "lib/doc/yaml.h"

#include <errno.h>

bool owned_is_leaf(const json_t *node)
{
    size_t self = json_object_get(node, ".") ? 1 : 0;

    return json_object_size(node) == self;
}

const json_t *owned_field_of(const json_t *node, const char *field)
{
    cleanup_free char *name = node ? xasprintf("f:%s", field) : NULL;

    return node ? json_object_get(node, name) : NULL;
}

static bool has_key(const json_t *item, const json_t *key)
{
    const char *name;
    json_t *v;
    bool any = false;

    json_object_foreach ((json_t *)key, name, v) {
        const json_t *own = json_object_get(item, name);

        if (own && !json_equal((json_t *)own, v))
            return false;
        any |= own != NULL;
    }
    return any;
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
    json_array_foreach (array, i, item)
        if (*name == 'k' ? json_is_object(item) && has_key(item, want)
                         : json_equal((json_t *)item, want))
            return i;
    return OWNED_NO_ITEM;
}
