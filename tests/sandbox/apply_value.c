/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/apply_value.h"

/* ---- check ---- */

static int check_item(const json_t *item, const struct kube_type *list, struct error **err)
{
    cleanup_error struct error *cause = NULL;
    cleanup_free char *name = NULL, *step = NULL, *message = NULL;
    bool named = kube_type_list_type(list) != KUBE_LIST_ATOMIC;

    if (apply_value_check(item, kube_type_items(list), &cause) == 0)
        return 0;
    name = named ? apply_item_name(list, item, err) : NULL;
    if (named && !name)
        return -1;
    step = name ? apply_step_text(name) : xstrdup("");
    message = xasprintf("%s%s", step, error_message(cause));
    return error_set(err, ERROR_INVALID, "%s", message);
}

static int check_field(const json_t *value, const struct kube_type *type, const char *field,
                       struct error **err)
{
    cleanup_error struct error *cause = NULL;

    if (kube_type_shape(type) == KUBE_STRUCT && !kube_type_preserves_unknown(type) &&
        !kube_type_field(type, field))
        return error_set(err, ERROR_INVALID, ".%s: field not declared in schema", field);
    if (apply_value_check(value, apply_field_type(type, field), &cause) == 0)
        return 0;
    return error_set(err, ERROR_INVALID, ".%s%s", field, error_message(cause));
}

int apply_value_check(const json_t *applied, const struct kube_type *type, struct error **err)
{
    const char *field;
    json_t *child;
    size_t i;

    json_object_foreach ((json_t *)applied, field, child)
        if (check_field(child, type, field, err) < 0)
            return -1;
    if (kube_type_shape(type) == KUBE_LIST)
        json_array_foreach (applied, i, child)
            if (check_item(child, type, err) < 0)
                return -1;
    return 0;
}

/* ---- merge; *out stays NULL where nothing is left ---- */

static int merge(const json_t *live, const json_t *applied, const struct kube_type *type,
                 json_t **out, struct error **err);

static void merge_leaf(const json_t *live, const json_t *applied, const struct kube_type *type,
                       json_t **out)
{
    if (!applied)
        *out = json_deep_copy(live);
    else if (!json_is_null(applied) || kube_type_shape(type) == KUBE_ANY)
        *out = json_deep_copy(applied);
}

static int merge_field(json_t *object, const json_t *live, const json_t *applied,
                       const struct kube_type *type, const char *field, struct error **err)
{
    json_t *value = NULL;

    if (merge(json_object_get(live, field), json_object_get(applied, field),
              apply_field_type(type, field), &value, err) < 0) {
        cleanup_free char *prefixed = xasprintf(".%s%s", field, error_message(*err));

        error_free(*err);
        *err = NULL;
        return error_set(err, ERROR_INVALID, "%s", prefixed);
    }
    if (value)
        json_object_set_new(object, field, value);
    return 0;
}

static int merge_maps(const json_t *live, const json_t *applied, const struct kube_type *type,
                      json_t **out, struct error **err)
{
    json_t *object = json_object();
    const char *field;
    json_t *child;
    int result = 0;

    json_object_foreach ((json_t *)live, field, child)
        if (result == 0)
            result = merge_field(object, live, applied, type, field, err);
    json_object_foreach ((json_t *)applied, field, child)
        if (result == 0 && !json_object_get(live, field))
            result = merge_field(object, live, applied, type, field, err);
    if (result == 0 && json_object_size(object) > 0)
        *out = json_incref(object);
    json_decref(object);
    return result;
}

/* A list by the names of its items. */
struct items {
    const json_t *list;
    struct strvec names;
    json_t *by_name; /* null: there are several, which do not merge */
};

static void items_clear(struct items *i)
{
    strvec_clear(&i->names);
    json_decref(i->by_name);
}

static int items_read(struct items *out, const json_t *list, const struct kube_type *type,
                      bool unique, struct error **err)
{
    size_t i;
    json_t *item;

    out->list = list;
    out->by_name = json_object();
    json_array_foreach (list, i, item) {
        struct error *cause = NULL;
        char *name = apply_item_name(type, item, &cause);

        if (!name) {
            error_set(err, ERROR_INVALID, ": element %zu: %s", i, error_message(cause));
            error_free(cause);
            return -1;
        }
        strvec_take(&out->names, name);
        if (!json_object_get(out->by_name, name)) {
            json_object_set(out->by_name, name, item);
        } else if (unique) {
            cleanup_free char *key = apply_step_text(name);

            return error_set(err, ERROR_INVALID, ": duplicate entries for key %s", key);
        } else {
            json_object_set_new(out->by_name, name, json_null());
        }
    }
    return 0;
}

/* Two lists becoming one. */
struct list_merge {
    const struct kube_type *type;
    struct items live;
    struct items applied;
    struct strvec shared; /* the names in both, as `applied` orders them */
    size_t next_shared;
    json_t *taken; /* the names of `applied` that are in `out` */
    json_t *out;
};

static const char *wanted_shared(const struct list_merge *m)
{
    return m->next_shared < m->shared.len ? m->shared.items[m->next_shared] : NULL;
}

static int take_item(struct list_merge *m, const json_t *live, const json_t *applied,
                     struct error **err)
{
    json_t *item = NULL;

    if (merge(live && !json_is_null(live) ? live : NULL, applied, kube_type_items(m->type), &item,
              err) < 0)
        return -1;
    if (item)
        json_array_append_new(m->out, item);
    return 0;
}

/* The item of `applied`, together with that of `live`, if there is one. */
static int take_applied(struct list_merge *m, const char *name, struct error **err)
{
    json_object_set_new(m->taken, name, json_true());
    if (streq(wanted_shared(m), name))
        m->next_shared++;
    return take_item(m, json_object_get(m->live.by_name, name),
                     json_object_get(m->applied.by_name, name), err);
}

static int merge_items(struct list_merge *m, struct error **err)
{
    const struct strvec *live = &m->live.names, *applied = &m->applied.names;
    size_t l = 0, a = 0;

    while (l < live->len || a < applied->len) {
        const char *mine = l < live->len ? live->items[l] : NULL;
        bool shared = mine && json_object_get(m->applied.by_name, mine);

        if (mine && a < applied->len && streq(mine, applied->items[a])) {
            l++;
        } else if (mine && !shared) {
            if (take_item(m, json_array_get(m->live.list, l++), NULL, err) < 0)
                return -1;
            continue;
        } else if (mine && a < applied->len && wanted_shared(m) && !streq(wanted_shared(m), mine)) {
            l++; /* its turn comes in the order of `applied` */
            continue;
        } else if (mine && json_object_get(m->taken, mine)) {
            l++;
        }
        if (a < applied->len && take_applied(m, applied->items[a++], err) < 0)
            return -1;
    }
    return 0;
}

static int merge_lists(const json_t *live, const json_t *applied, const struct kube_type *type,
                       json_t **out, struct error **err)
{
    struct list_merge m = {.type = type, .taken = json_object(), .out = json_array()};
    int result = items_read(&m.live, live, type, false, err);

    if (result == 0)
        result = items_read(&m.applied, applied, type, true, err);
    for (size_t i = 0; result == 0 && i < m.applied.names.len; i++)
        if (json_object_get(m.live.by_name, m.applied.names.items[i]))
            strvec_push(&m.shared, m.applied.names.items[i]);
    if (result == 0)
        result = merge_items(&m, err);
    if (result == 0 && json_array_size(m.out) > 0)
        *out = json_incref(m.out);
    items_clear(&m.live);
    items_clear(&m.applied);
    strvec_clear(&m.shared);
    json_decref(m.taken);
    json_decref(m.out);
    return result;
}

static int merge(const json_t *live, const json_t *applied, const struct kube_type *type,
                 json_t **out, struct error **err)
{
    enum apply_node node = apply_node_of(type, live, applied);

    if (node == APPLY_LEAF || (apply_is_void(live) && apply_is_void(applied))) {
        merge_leaf(live, applied, type, out);
        return 0;
    }
    if (node == APPLY_MAP)
        return merge_maps(live, applied, type, out, err);
    return merge_lists(live, applied, type, out, err);
}

int apply_value_merge(const json_t *live, const json_t *applied, const struct kube_type *type,
                      json_t **out, struct error **err)
{
    json_t *merged = NULL;

    if (merge(live, applied, type, &merged, err) < 0)
        return -1;
    *out = merged ? merged : json_object();
    return 0;
}

/* ---- remove ---- */

/* Is a node itself in its set? */
static bool is_member(const json_t *node)
{
    return node && (json_object_size(node) == 0 || json_object_get(node, "."));
}

static json_t *remove_fields(const json_t *value, const json_t *set, const struct kube_type *type)
{
    json_t *out = json_object();
    const char *field;
    json_t *child;

    json_object_foreach ((json_t *)value, field, child) {
        cleanup_free char *name = apply_field_name(field);
        const json_t *node = json_object_get(set, name);

        if (!is_member(node))
            json_object_set_new(out, field,
                                apply_value_remove(child, node, apply_field_type(type, field)));
    }
    return out;
}

static json_t *remove_items(const json_t *value, const json_t *set, const struct kube_type *type)
{
    json_t *out = json_array();
    size_t i;
    json_t *item;

    json_array_foreach (value, i, item) {
        cleanup_error struct error *ignored = NULL;
        cleanup_free char *name = apply_item_name(type, item, &ignored);
        const json_t *node = name ? json_object_get(set, name) : NULL;

        if (!is_member(node))
            json_array_append_new(out, apply_value_remove(item, node, kube_type_items(type)));
    }
    return out;
}

json_t *apply_value_remove(const json_t *value, const json_t *set, const struct kube_type *type)
{
    enum apply_node node = apply_node_of(type, value, NULL);
    json_t *rest;

    if (apply_set_is_empty(set) || node == APPLY_LEAF || json_is_null(value))
        return json_deep_copy(value);
    rest = node == APPLY_MAP ? remove_fields(value, set, type) : remove_items(value, set, type);
    if (!apply_is_void(rest))
        return rest;
    json_decref(rest);
    return json_null();
}
