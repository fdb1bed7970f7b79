/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list: lists, by what fieldsV1 says about them: items with a key ("k:{...}"), a set of
 * scalars ("v:..."), or one atomic value. Order matters in the last only.
 */
#include "daemon/compare/owned.h"
#include "daemon/compare/walk.h"
#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "lib/doc/yaml.h"

#define KEY_MEMBERS_MAX 8

/* One item that we own. */
struct owned_item {
    const char *name; /* "k:{...}" or "v:..." */
    const json_t *node;
    json_t *key; /* parsed from the name */
    bool paired;
};

struct owned_list {
    struct owned_item *items;
    size_t len;
    const char *members[KEY_MEMBERS_MAX]; /* of all the keys */
    unsigned member_count;
};

static void owned_list_clear(struct owned_list *l)
{
    for (size_t i = 0; i < l->len; i++)
        json_decref(l->items[i].key);
    free(l->items);
}
#define cleanup_owned_list __attribute__((cleanup(owned_list_clear)))

static void add_members(struct owned_list *l, const json_t *key)
{
    const char *name;
    json_t *v;

    json_object_foreach ((json_t *)key, name, v) {
        unsigned i = 0;

        while (i < l->member_count && !streq(l->members[i], name))
            i++;
        if (i == l->member_count && i < KEY_MEMBERS_MAX)
            l->members[l->member_count++] = name;
    }
}

static void owned_list_load(struct owned_list *l, const json_t *owned, const char *prefix)
{
    const char *name;
    json_t *node;

    l->items = xcalloc(json_object_size(owned) + 1, sizeof(*l->items));
    json_object_foreach ((json_t *)owned, name, node) {
        json_t *key = NULL;

        if (str_has_prefix(name, prefix))
            key = json_loads(name + 2, JSON_DECODE_ANY, NULL);
        if (!key)
            continue;
        l->items[l->len++] = (struct owned_item){.name = name, .node = node, .key = key};
        add_members(l, key);
    }
}

/* Text that is the same for the same scalar. */
static void put_scalar(struct buf *out, const json_t *v)
{
    cleanup_free char *text = NULL;
    double number = json_is_real(v) ? json_real_value(v) : 0.5;

    if (number == (double)(long long)number) {
        buf_printf(out, "%lld\n", (long long)number);
        return;
    }
    text = v ? json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
    buf_printf(out, "%s\n", text ? text : "-");
}

static unsigned mask_of(const struct owned_list *l, const json_t *item)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < l->member_count; i++)
        if (!is_nothing(json_object_get(item, l->members[i])))
            mask |= 1u << i;
    return mask;
}

/* Those members of a key or an item that are in `mask`, as text. */
static char *signature(const struct owned_list *l, const json_t *item, unsigned mask)
{
    struct buf out = BUF_UNLIMITED;

    for (unsigned i = 0; i < l->member_count; i++)
        if (mask & 1u << i)
            put_scalar(&out, json_object_get(item, l->members[i]));
    return buf_take(&out);
}

/* Pair those declared items that name exactly the members in `mask` with owned items that agree in
 * these. A member that is not declared (`protocol`) has been defaulted by the server. */
static void pair_by(struct owned_list *l, const json_t *declared, unsigned mask,
                    struct owned_item **pairs)
{
    cleanup_map struct map index = {0};

    for (size_t i = 0; i < l->len; i++) {
        cleanup_free char *text = signature(l, l->items[i].key, mask);

        if (!l->items[i].paired && !map_has(&index, text))
            map_set(&index, text, &l->items[i]);
    }
    for (size_t i = 0; i < json_array_size(declared); i++) {
        const json_t *item = json_array_get(declared, i);
        cleanup_free char *text = NULL;

        if (pairs[i] || mask_of(l, item) != mask)
            continue;
        text = signature(l, item, mask);
        pairs[i] = map_find(&index, text);
        if (pairs[i])
            pairs[i]->paired = true;
    }
}

/* Items that name more members choose first, so that what is left is unambiguous. */
static void pair_all(struct owned_list *l, const json_t *declared, struct owned_item **pairs)
{
    bool seen[1u << KEY_MEMBERS_MAX] = {false};

    for (size_t i = 0; i < json_array_size(declared); i++)
        seen[mask_of(l, json_array_get(declared, i))] = true;
    for (unsigned count = l->member_count; count > 0; count--)
        for (unsigned mask = 0; mask < 1u << l->member_count; mask++)
            if (seen[mask] && (unsigned)__builtin_popcount(mask) == count)
                pair_by(l, declared, mask, pairs);
}

static void index_live(const struct owned_list *l, const json_t *live, struct map *index)
{
    unsigned all = (1u << l->member_count) - 1;

    for (size_t i = 0; i < json_array_size(live); i++) {
        json_t *item = json_array_get(live, i);
        cleanup_free char *text = signature(l, item, all);

        if (!map_has(index, text))
            map_set(index, text, item);
    }
}

/* The declared members of a key, to name an item that we do not own. */
static json_t *key_of(const struct owned_list *l, const json_t *item)
{
    json_t *key = json_object();

    for (unsigned i = 0; i < l->member_count; i++)
        json_object_set(key, l->members[i], json_object_get(item, l->members[i]));
    return key;
}

/* Is this item of the live list ignored? */
static bool is_ignored_live(const struct comparison *c, const json_t *live, const json_t *item)
{
    if (!item || !ignored_has_any(c->ignored, live))
        return false;
    for (size_t i = 0; i < json_array_size(live); i++)
        if (json_array_get(live, i) == item)
            return ignored_has_item(c->ignored, live, i);
    return false;
}

static bool is_ignored_item(const struct comparison *c, const json_t *live, const char *name)
{
    size_t index;

    if (!ignored_has_any(c->ignored, live))
        return false;
    index = owned_find_item(live, name);
    return index != OWNED_NO_ITEM && ignored_has_item(c->ignored, live, index);
}

/* Items that we own and declare no more. */
static void find_unpaired(struct comparison *c, const struct place *at, const json_t *live,
                          const struct owned_list *l)
{
    for (size_t i = 0; i < l->len; i++) {
        struct place here = {.up = at, .key = l->items[i].key, .owned = l->items[i].name};

        if (l->items[i].paired || is_ignored_item(c, live, l->items[i].name))
            continue;
        walk_found(c, &here, DRIFT_UNDECLARED);
    }
}

static void walk_keyed(struct comparison *c, const struct place *at, const json_t *declared,
                       const json_t *live, struct owned_list *l)
{
    cleanup_map struct map live_items = {0};
    unsigned all = (1u << l->member_count) - 1;
    struct owned_item **pairs = xcalloc(json_array_size(declared) + 1, sizeof(struct owned_item *));

    pair_all(l, declared, pairs);
    index_live(l, live, &live_items);
    for (size_t i = 0; i < json_array_size(declared); i++) {
        const json_t *item = json_array_get(declared, i);
        cleanup_json json_t *key = pairs[i] ? json_incref(pairs[i]->key) : key_of(l, item);
        cleanup_free char *text = signature(l, key, all);
        const json_t *there = map_find(&live_items, text);
        struct place here = {.up = at, .key = key, .owned = pairs[i] ? pairs[i]->name : NULL};

        if (ignored_has_item(c->ignored, declared, i) || is_ignored_live(c, live, there))
            continue;
        if (!pairs[i])
            walk_found(c, &here, DRIFT_NOT_OURS);
        else if (!there)
            walk_found(c, &here, DRIFT_VALUE);
        else
            walk_value(c, &here, item, there, pairs[i]->node);
    }
    free(pairs);
    find_unpaired(c, at, live, l);
}

static void walk_set(struct comparison *c, const struct place *at, const json_t *declared,
                     const json_t *live, struct owned_list *l)
{
    cleanup_map struct map ours = {0};
    cleanup_map struct map there = {0};
    size_t i;
    json_t *v;

    for (i = 0; i < l->len; i++) {
        cleanup_buf struct buf text = BUF_UNLIMITED;

        put_scalar(&text, l->items[i].key);
        map_set(&ours, text.data, &l->items[i]);
    }
    json_array_foreach ((json_t *)live, i, v) {
        cleanup_buf struct buf text = BUF_UNLIMITED;

        put_scalar(&text, v);
        map_set(&there, text.data, v);
    }
    json_array_foreach ((json_t *)declared, i, v) {
        cleanup_buf struct buf text = BUF_UNLIMITED;
        struct place here = {.up = at, .key = v};
        struct owned_item *item;

        put_scalar(&text, v);
        item = map_find(&ours, text.data);
        if (item)
            item->paired = true;
        if (ignored_has_item(c->ignored, declared, i) ||
            is_ignored_live(c, live, map_find(&there, text.data)))
            continue;
        if (!item)
            walk_found(c, &here, DRIFT_NOT_OURS);
        else if (!map_has(&there, text.data))
            walk_found(c, &here, DRIFT_VALUE);
    }
    find_unpaired(c, at, live, l);
}

void walk_list(struct comparison *c, const struct place *at, const json_t *declared,
               const json_t *live, const json_t *owned)
{
    cleanup_owned_list struct owned_list keyed = {0};
    cleanup_owned_list struct owned_list set = {0};

    if (!is_nothing(live) && !json_is_array(live)) {
        walk_found(c, at, DRIFT_VALUE);
        return;
    }
    owned_list_load(&keyed, owned, "k:");
    if (keyed.len > 0) {
        walk_keyed(c, at, declared, live, &keyed);
        return;
    }
    owned_list_load(&set, owned, "v:");
    if (set.len > 0)
        walk_set(c, at, declared, live, &set);
    else
        whole_compare(c, at, declared, live);
}
