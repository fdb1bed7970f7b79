/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/apply_set.h"

#include "lib/base/buf.h"
#include "tests/sandbox/apply_walk.h"

#define SELF "."

/* Only of nodes below the root: a node without anything below it is there for itself. */
static bool is_member(const json_t *node)
{
    return node && (json_object_size(node) == 0 || json_object_get(node, SELF));
}

/* Give `set` the node; nothing where it would hold no member. Takes `node`. */
static void put_node(json_t *set, const char *name, json_t *node, bool member)
{
    if (!member && json_object_size(node) == 0) {
        json_decref(node);
        return;
    }
    if (member && json_object_size(node) > 0)
        json_object_set_new(node, SELF, json_object());
    json_object_set_new(set, name, node);
}

/* The node at the place, made where there is none: the caller puts something below it. */
static json_t *descend(json_t *set, const struct apply_step *at)
{
    json_t *parent, *node;

    if (!at)
        return set;
    parent = descend(set, at->up);
    node = json_object_get(parent, at->name);
    if (!node) {
        node = json_object();
        json_object_set_new(parent, at->name, node);
    } else if (json_object_size(node) == 0) {
        json_object_set_new(node, SELF, json_object());
    }
    return node;
}

void apply_set_add(json_t *set, const struct apply_step *at)
{
    json_t *parent, *node;

    if (!at)
        return;
    parent = descend(set, at->up);
    node = json_object_get(parent, at->name);
    if (!node)
        json_object_set_new(parent, at->name, json_object());
    else if (!is_member(node))
        json_object_set_new(node, SELF, json_object());
}

bool apply_set_is_empty(const json_t *set)
{
    return json_object_size(set) == 0;
}

json_t *apply_set_intersect(const json_t *a, const json_t *b)
{
    json_t *out = json_object();
    const char *name;
    json_t *child;

    json_object_foreach ((json_t *)a, name, child) {
        const json_t *other = json_object_get(b, name);

        if (other && !streq(name, SELF))
            put_node(out, name, apply_set_intersect(child, other),
                     is_member(child) && is_member(other));
    }
    return out;
}

json_t *apply_set_without(const json_t *set, const json_t *fields)
{
    json_t *out = json_object();
    const char *name;
    json_t *child;

    json_object_foreach ((json_t *)set, name, child) {
        const json_t *other = json_object_get(fields, name);

        if (streq(name, SELF) || is_member(other))
            continue;
        put_node(out, name, apply_set_without(child, other), is_member(child));
    }
    return out;
}

/* The type of what a name of a set leads to. */
static const struct kube_type *type_below(const struct kube_type *type, const char *name)
{
    if (str_has_prefix(name, "f:"))
        return apply_field_type(type, name + 2);
    return kube_type_items(type);
}

json_t *apply_set_with_named(const json_t *set, const struct kube_type *type)
{
    json_t *out = json_object();
    const char *name;
    json_t *child;

    json_object_foreach ((json_t *)set, name, child) {
        bool named = str_has_prefix(name, "f:") && kube_type_field(type, name + 2);

        if (!streq(name, SELF))
            put_node(out, name, apply_set_with_named(child, type_below(type, name)),
                     named || is_member(child));
    }
    return out;
}

/* ---- for people ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Fields come before keys, and these before values: as the letters do. */
static void sorted_names(const json_t *node, struct strvec *out)
{
    const char *name;
    json_t *child;

    json_object_foreach ((json_t *)node, name, child)
        if (!streq(name, SELF))
            strvec_push(out, name);
    if (out->len > 1)
        qsort(out->items, out->len, sizeof(*out->items), by_text);
}

static void put_value(struct buf *b, const json_t *value)
{
    cleanup_free char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

    buf_puts(b, text ? text : "null");
}

static void put_key(struct buf *b, const json_t *key)
{
    const char *separator = "[", *name;
    json_t *value;

    json_object_foreach ((json_t *)key, name, value) {
        buf_printf(b, "%s%s=", separator, name);
        put_value(b, value);
        separator = ",";
    }
    buf_putc(b, ']');
}

static void put_step(struct buf *b, const char *name)
{
    json_t *value;

    if (str_has_prefix(name, "f:")) {
        buf_printf(b, ".%s", name + 2);
        return;
    }
    value = json_loads(name + 2, JSON_DECODE_ANY, NULL);
    if (json_is_object(value)) {
        put_key(b, value);
    } else {
        buf_puts(b, "[=");
        put_value(b, value);
        buf_putc(b, ']');
    }
    json_decref(value);
}

char *apply_step_text(const char *name)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    put_step(&text, name);
    return buf_take(&text);
}

static void put_paths(const json_t *node, struct buf *path, struct strvec *out)
{
    cleanup_strvec struct strvec names = {.len = 0};
    size_t len = path->len;

    sorted_names(node, &names);
    for (size_t i = 0; i < names.len; i++) {
        if (!is_member(json_object_get(node, names.items[i])))
            continue;
        put_step(path, names.items[i]);
        strvec_push(out, path->data);
        buf_truncate(path, len);
    }
    for (size_t i = 0; i < names.len; i++) {
        put_step(path, names.items[i]);
        put_paths(json_object_get(node, names.items[i]), path, out);
        buf_truncate(path, len);
    }
}

void apply_set_paths(const json_t *set, struct strvec *out)
{
    cleanup_buf struct buf path = BUF_UNLIMITED;

    put_paths(set, &path, out);
}
