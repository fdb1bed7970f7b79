/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/field_set.h"

#include "lib/base/mem.h"
#include "lib/doc/yaml.h"

#define SELF "."

/* Is the node that has these children a member? (The root of a set has no name and never is.) */
static bool is_member(const json_t *node)
{
    return node && (json_object_size(node) == 0 || json_object_get(node, SELF));
}

static void set_self(json_t *node, bool member)
{
    if (member && json_object_size(node) > 0)
        json_object_set_new(node, SELF, json_object());
}

static json_t *children_union(const json_t *a, const json_t *b);

static json_t *node_union(const json_t *a, const json_t *b)
{
    json_t *out = children_union(a, b);

    set_self(out, is_member(a) || is_member(b));
    return out;
}

static json_t *children_union(const json_t *a, const json_t *b)
{
    json_t *out = json_object();
    const char *name;
    json_t *child;

    json_object_foreach ((json_t *)a, name, child)
        if (!streq(name, SELF)) {
            const json_t *other = json_object_get(b, name);

            json_object_set_new(out, name,
                                other ? node_union(child, other) : json_deep_copy(child));
        }
    json_object_foreach ((json_t *)b, name, child)
        if (!streq(name, SELF) && !json_object_get(a, name))
            json_object_set_new(out, name, json_deep_copy(child));
    return out;
}

json_t *field_set_union(const json_t *a, const json_t *b)
{
    return children_union(a, b);
}

static json_t *children_subtract(const json_t *a, const json_t *b);

/* NULL: nothing of it is left. */
static json_t *node_subtract(const json_t *a, const json_t *b)
{
    bool member = is_member(a) && !is_member(b);
    json_t *out = children_subtract(a, b);

    if (!member && json_object_size(out) == 0) {
        json_decref(out);
        return NULL;
    }
    set_self(out, member);
    return out;
}

static json_t *children_subtract(const json_t *a, const json_t *b)
{
    json_t *out = json_object();
    const char *name;
    json_t *child;

    json_object_foreach ((json_t *)a, name, child) {
        const json_t *other = json_object_get(b, name);
        json_t *rest;

        if (streq(name, SELF))
            continue;
        rest = other ? node_subtract(child, other) : json_deep_copy(child);
        if (rest)
            json_object_set_new(out, name, rest);
    }
    return out;
}

json_t *field_set_subtract(const json_t *a, const json_t *b)
{
    return children_subtract(a, b);
}
