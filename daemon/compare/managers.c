/* SPDX-License-Identifier: Apache-2.0 */
/*
 * managers: who owns a place, from metadata.managedFields.
 */
#include "daemon/compare/owned.h"
#include "daemon/compare/walk.h"
#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

#define OWNED_NAME_BYTES 256

const json_t *managers_find_ours(const json_t *managers)
{
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)managers, i, entry)
        if (streq(object_string(entry, "manager"), FIELD_MANAGER) &&
            streq(object_string(entry, "operation"), "Apply") &&
            !*object_string(entry, "subresource"))
            return entry;
    return NULL;
}

const json_t *managers_field(const json_t *owned, const char *field, const char **name)
{
    char small[OWNED_NAME_BYTES];
    cleanup_free char *large = NULL;
    const char *text = small;
    size_t len = strlen(field);
    void *it;

    if (json_object_size(owned) == 0) {
        *name = NULL;
        return NULL;
    }
    if (len + 3 <= sizeof(small)) {
        small[0] = 'f';
        small[1] = ':';
        memcpy(small + 2, field, len + 1);
    } else {
        large = xasprintf("f:%s", field);
        text = large;
    }
    it = json_object_iter_at((json_t *)owned, text);
    *name = it ? json_object_iter_key(it) : NULL;
    return it ? json_object_iter_value(it) : NULL;
}

/* The item whose key has these members, or whose value is this one. */
static const json_t *item_node(const json_t *owned, const json_t *key)
{
    cleanup_json json_t *one = json_pack("[O]", key);
    const char *name;
    json_t *node;

    json_object_foreach ((json_t *)owned, name, node)
        if (*name == (json_is_object(key) ? 'k' : 'v') && owned_find_item(one, name) == 0)
            return node;
    return NULL;
}

/* The node of `at` in a manager's fields; NULL means that it owns nothing there. */
static const json_t *node_at(const json_t *fields, const struct place *at)
{
    const json_t *up;
    const char *name;

    if (!at)
        return fields;
    up = node_at(fields, at->up);
    if (!up)
        return NULL;
    if (at->owned)
        return json_object_get(up, at->owned);
    if (at->field)
        return managers_field(up, at->field, &name);
    return at->key ? item_node(up, at->key) : NULL;
}

enum others managers_own(const struct comparison *c, const struct place *at)
{
    enum others result = OTHERS_NONE;
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)c->managers, i, entry) {
        const json_t *node = node_at(json_object_get(entry, "fieldsV1"), at);

        if (entry == c->ours || !node)
            continue;
        if (json_object_size(node) > 0)
            return OTHERS_PARTS;
        result = OTHERS_WHOLE;
    }
    return result;
}

const char *managers_owner(const struct comparison *c, const struct place *at)
{
    size_t i;
    json_t *entry;

    /* An atomic value is owned as a whole: whoever owns what is around a part, owns the part. */
    for (; at; at = at->up) {
        json_array_foreach ((json_t *)c->managers, i, entry) {
            const json_t *node = node_at(json_object_get(entry, "fieldsV1"), at);

            if (entry != c->ours && node && (json_object_size(node) == 0 || !at->is_part))
                return object_string(entry, "manager");
        }
        if (!at->is_part)
            break;
    }
    return NULL;
}
