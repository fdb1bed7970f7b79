/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/apply_walk.h"

#include "lib/base/map.h"
#include "lib/base/mem.h"

static enum apply_node node_of(const struct kube_type *type, const json_t *value)
{
    bool is_null = !value || json_is_null(value);

    switch (kube_type_shape(type)) {
    case KUBE_STRUCT:
    case KUBE_MAP:
        return !kube_type_is_atomic(type) && (is_null || json_is_object(value)) ? APPLY_MAP
                                                                                : APPLY_LEAF;
    case KUBE_LIST:
        return kube_type_list_type(type) != KUBE_LIST_ATOMIC && (is_null || json_is_array(value))
                   ? APPLY_LIST
                   : APPLY_LEAF;
    case KUBE_ANY: return json_is_object(value) ? APPLY_MAP : APPLY_LEAF;
    default: return APPLY_LEAF;
    }
}

/* A null takes the form of the other. */
enum apply_node apply_node_of(const struct kube_type *type, const json_t *a, const json_t *b)
{
    enum apply_node node;

    if (!a || json_is_null(a))
        return node_of(type, b);
    node = node_of(type, a);
    return !b || json_is_null(b) || node_of(type, b) == node ? node : APPLY_LEAF;
}

bool apply_is_void(const json_t *value)
{
    return !value || json_is_null(value) ||
           (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

const struct kube_type *apply_field_type(const struct kube_type *type, const char *field)
{
    const struct kube_field *found = kube_type_field(type, field);

    if (found)
        return found->type;
    return kube_type_shape(type) == KUBE_MAP ? kube_type_items(type) : NULL;
}

char *apply_field_name(const char *field)
{
    return xasprintf("f:%s", field);
}

static json_t *key_of(const struct kube_type *list, const json_t *item)
{
    size_t count;
    const char *const *names = kube_type_keys(list, &count);
    json_t *key = json_object();

    for (size_t i = 0; i < count; i++) {
        const struct kube_field *field = kube_type_field(kube_type_items(list), names[i]);
        const json_t *value = json_object_get(item, names[i]);

        if (!value && field)
            value = field->default_value;
        if (value)
            json_object_set_new(key, names[i], json_deep_copy(value));
    }
    return key;
}

static char *name_of(char letter, const json_t *value)
{
    cleanup_free char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);

    return xasprintf("%c:%s", letter, text);
}

static int key_missing(const struct kube_type *list, struct error **err)
{
    cleanup_buf struct buf names = BUF_UNLIMITED;
    size_t count;
    const char *const *keys = kube_type_keys(list, &count);

    for (size_t i = 0; i < count; i++)
        buf_printf(&names, "%s\"%s\"", i > 0 ? " " : "", keys[i]);
    return error_set(err, ERROR_INVALID,
                     "associative list with keys has an element that omits all key fields [%s] "
                     "(and doesn't have default values for any key fields)",
                     names.data);
}

char *apply_item_name(const struct kube_type *list, const json_t *item, struct error **err)
{
    char *name = NULL;
    json_t *key;

    if (kube_type_list_type(list) == KUBE_LIST_SET) {
        if (!json_is_object(item) && !json_is_array(item) && !json_is_null(item))
            return name_of('v', item);
        error_set(err, ERROR_INVALID,
                  "associative list without keys has an element that's a map type");
        return NULL;
    }
    if (!json_is_object(item)) {
        error_set(err, ERROR_INVALID, "associative list with keys may not have non-map elements");
        return NULL;
    }
    key = key_of(list, item);
    if (json_object_size(key) > 0)
        name = name_of('k', key);
    else
        key_missing(list, err);
    json_decref(key);
    return name;
}

/* NULL: it has none, which is checked elsewhere. */
static char *item_name(const struct kube_type *list, const json_t *item)
{
    cleanup_error struct error *ignored = NULL;

    return apply_item_name(list, item, &ignored);
}

/* ---- what a document sets ---- */

static void add_fields(json_t *set, const json_t *value, const struct kube_type *type,
                       const struct apply_step *at);

static void add_map(json_t *set, const json_t *value, const struct kube_type *type,
                    const struct apply_step *at)
{
    const char *field;
    json_t *child;

    json_object_foreach ((json_t *)value, field, child) {
        cleanup_free char *name = apply_field_name(field);
        struct apply_step step = {.up = at, .name = name};

        add_fields(set, child, apply_field_type(type, field), &step);
        if (json_is_null(child) || (json_is_object(child) && apply_is_void(child)) ||
            !kube_type_field(type, field))
            apply_set_add(set, &step);
    }
}

static void add_list(json_t *set, const json_t *value, const struct kube_type *type,
                     const struct apply_step *at)
{
    size_t i;
    json_t *item;

    json_array_foreach (value, i, item) {
        cleanup_free char *name = item_name(type, item);
        struct apply_step step = {.up = at, .name = name};

        if (!name)
            continue;
        add_fields(set, item, kube_type_items(type), &step);
        apply_set_add(set, &step);
    }
}

static void add_fields(json_t *set, const json_t *value, const struct kube_type *type,
                       const struct apply_step *at)
{
    switch (apply_node_of(type, value, NULL)) {
    case APPLY_LEAF: apply_set_add(set, at); break;
    case APPLY_MAP: add_map(set, value, type, at); break;
    case APPLY_LIST: add_list(set, value, type, at); break;
    }
}

json_t *apply_fields_of(const json_t *document, const struct kube_type *type)
{
    json_t *set = json_object();

    add_fields(set, document, type, NULL);
    return set;
}

/* ---- what became of them ---- */

static void compare(struct apply_comparison *c, const json_t *before, const json_t *after,
                    const struct kube_type *type, const struct apply_step *at);

static void compare_leaf(struct apply_comparison *c, const json_t *before, const json_t *after,
                         const struct apply_step *at)
{
    if (!before)
        apply_set_add(c->added, at);
    else if (!after)
        apply_set_add(c->removed, at);
    else if (!json_equal(before, after))
        apply_set_add(c->modified, at);
}

static void compare_field(struct apply_comparison *c, const json_t *before, const json_t *after,
                          const struct kube_type *type, const char *field,
                          const struct apply_step *at)
{
    cleanup_free char *name = apply_field_name(field);
    struct apply_step step = {.up = at, .name = name};

    compare(c, json_object_get(before, field), json_object_get(after, field),
            apply_field_type(type, field), &step);
}

static void compare_maps(struct apply_comparison *c, const json_t *before, const json_t *after,
                         const struct kube_type *type, const struct apply_step *at)
{
    const char *field;
    json_t *child;

    json_object_foreach ((json_t *)before, field, child)
        compare_field(c, before, after, type, field, at);
    json_object_foreach ((json_t *)after, field, child)
        if (!json_object_get(before, field))
            compare_field(c, before, after, type, field, at);
}

/* The items of one name; there may be several, where no apply made the list. */
struct same_name {
    json_t *before;
    json_t *after;
};

static void same_name_free(void *arg)
{
    struct same_name *s = arg;

    json_decref(s->before);
    json_decref(s->after);
    free(s);
}

static void group_items(struct map *groups, const json_t *list, const struct kube_type *type,
                        bool after)
{
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item) {
        cleanup_free char *name = item_name(type, item);
        struct map_entry *entry;
        struct same_name *group;

        if (!name)
            continue;
        entry = map_entry(groups, name);
        if (!entry->value) {
            group = entry->value = xcalloc(1, sizeof(*group));
            group->before = json_array();
            group->after = json_array();
        }
        group = entry->value;
        json_array_append(after ? group->after : group->before, item);
    }
}

/* Where there are several, they are one value; that there are not any more is a removal. */
static void compare_group(struct apply_comparison *c, const struct same_name *group,
                          const struct kube_type *type, const struct apply_step *at)
{
    size_t before = json_array_size(group->before), after = json_array_size(group->after);

    if (before <= 1 && after <= 1) {
        compare(c, json_array_get(group->before, 0), json_array_get(group->after, 0), type, at);
    } else if (before >= 2 && after >= 2) {
        if (!json_equal(group->before, group->after))
            apply_set_add(c->modified, at);
    } else if (before >= 2) {
        if (after > 0)
            compare(c, NULL, json_array_get(group->after, 0), type, at);
        apply_set_add(c->removed, at);
    } else {
        if (before > 0)
            compare(c, json_array_get(group->before, 0), NULL, type, at);
        apply_set_add(c->added, at);
    }
}

static void compare_lists(struct apply_comparison *c, const json_t *before, const json_t *after,
                          const struct kube_type *type, const struct apply_step *at)
{
    struct map groups = {.count = 0};
    struct map_entry *entry;
    size_t it = 0;

    group_items(&groups, before, type, false);
    group_items(&groups, after, type, true);
    while ((entry = map_next(&groups, &it))) {
        struct apply_step step = {.up = at, .name = entry->key};

        compare_group(c, entry->value, kube_type_items(type), &step);
    }
    map_clear_with(&groups, same_name_free);
}

/* Where nothing is known, a map may become a scalar, or a scalar a map: fields come or go. */
static void compare_forms(struct apply_comparison *c, const json_t *before, const json_t *after,
                          const struct kube_type *type, const struct apply_step *at)
{
    if (json_is_object(before))
        compare_maps(c, before, NULL, type, at);
    if (json_is_object(after))
        compare_maps(c, NULL, after, type, at);
}

static void compare(struct apply_comparison *c, const json_t *before, const json_t *after,
                    const struct kube_type *type, const struct apply_step *at)
{
    enum apply_node node = apply_node_of(type, before, after);

    if (node == APPLY_LEAF && apply_node_of(type, before, NULL) != apply_node_of(type, after, NULL))
        compare_forms(c, before, after, type, at);
    if (node == APPLY_LEAF || (apply_is_void(before) && apply_is_void(after))) {
        compare_leaf(c, before, after, at);
        return;
    }
    if (node == APPLY_MAP)
        compare_maps(c, before, after, type, at);
    else
        compare_lists(c, before, after, type, at);
    if (!before)
        apply_set_add(c->added, at);
    else if (!after)
        apply_set_add(c->removed, at);
}

void apply_compare(const json_t *before, const json_t *after, const struct kube_type *type,
                   struct apply_comparison *out)
{
    *out = (struct apply_comparison){
        .removed = json_object(), .modified = json_object(), .added = json_object()};
    compare(out, before, after, type, NULL);
}

void apply_comparison_clear(struct apply_comparison *c)
{
    json_decref(c->removed);
    json_decref(c->modified);
    json_decref(c->added);
    *c = (struct apply_comparison){.removed = NULL};
}
