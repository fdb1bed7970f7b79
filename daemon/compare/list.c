/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list: lists, by what fieldsV1 says about them: items with a key ("k:{...}"), a set of
 * scalars ("v:..."), or one atomic value. Order matters in the last only.
 */
#include "daemon/compare/keys.h"
#include "daemon/compare/owned.h"
#include "daemon/compare/walk.h"
#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "lib/doc/yaml.h"

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
    struct keys keys; /* members of all of them */
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

    json_object_foreach ((json_t *)key, name, v)
        keys_add(&l->keys, name, NULL);
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

static char *text_of_element(const json_t *v)
{
    struct buf out = BUF_UNLIMITED;

    put_scalar(&out, v);
    return buf_take(&out);
}

static unsigned mask_of(const struct owned_list *l, const json_t *item)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < l->keys.count; i++)
        if (keys_member(&l->keys, item, i))
            mask |= 1u << i;
    return mask;
}

/* Those members of a key or an item that are in `mask`, as text. */
static char *signature(const struct owned_list *l, const json_t *item, unsigned mask)
{
    struct buf out = BUF_UNLIMITED;

    for (unsigned i = 0; i < l->keys.count; i++)
        if (mask & 1u << i)
            put_scalar(&out, keys_member(&l->keys, item, i));
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
    for (unsigned count = l->keys.count; count > 0; count--)
        for (unsigned mask = 0; mask < 1u << l->keys.count; mask++)
            if (seen[mask] && (unsigned)__builtin_popcount(mask) == count)
                pair_by(l, declared, mask, pairs);
}

/* Text -> index + 1, of the first item with that text. */
static void index_live(const struct owned_list *l, const json_t *live, struct map *index)
{
    unsigned all = (1u << l->keys.count) - 1;

    for (size_t i = 0; i < json_array_size(live); i++) {
        const json_t *item = json_array_get(live, i);
        cleanup_free char *text = l->keys.count ? signature(l, item, all) : text_of_element(item);

        if (!map_has(index, text))
            map_set(index, text, (void *)(uintptr_t)(i + 1));
    }
}

/* The declared members of a key, to name an item that we do not own. */
static json_t *key_of(const struct owned_list *l, const json_t *item)
{
    json_t *key = json_object();

    for (unsigned i = 0; i < l->keys.count; i++)
        json_object_set(key, l->keys.members[i], json_object_get(item, l->keys.members[i]));
    return key;
}

static bool is_ignored_name(const struct comparison *c, const json_t *live, const char *name)
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

        if (l->items[i].paired || is_ignored_name(c, live, l->items[i].name))
            continue;
        walk_found(c, &here, DRIFT_UNDECLARED);
    }
}

/* The two sides of a list, while its declared items are gone through. */
struct sides {
    const json_t *declared, *live;
    struct map index; /* of the live items */
    size_t last;      /* live position + 1 of the item before */
    bool reordered;
};

/* The position + 1 of a declared item in the live list; 0: it is not there. */
static size_t live_position(struct sides *s, const char *text)
{
    size_t position = (size_t)(uintptr_t)map_find(&s->index, text);

    if (position && position < s->last)
        s->reordered = true;
    s->last = position ? position : s->last;
    return position;
}

static bool is_ignored_item(const struct comparison *c, const struct sides *s, size_t index,
                            size_t position)
{
    return ignored_has_item(c->ignored, s->declared, index) ||
           (position && ignored_has_item(c->ignored, s->live, position - 1));
}

/* A write puts the items of others aside and ours in the order that is declared. But some servers
 * sort what they store. */
static void check_order(struct comparison *c, const struct place *at, const struct sides *s)
{
    if (s->reordered)
        walk_found(c, at, DRIFT_UNDECIDED);
}

static void walk_keyed(struct comparison *c, const struct place *at, struct sides *s,
                       struct owned_list *l)
{
    unsigned all = (1u << l->keys.count) - 1;
    struct owned_item **pairs =
        xcalloc(json_array_size(s->declared) + 1, sizeof(struct owned_item *));

    pair_all(l, s->declared, pairs);
    index_live(l, s->live, &s->index);
    for (size_t i = 0; i < json_array_size(s->declared); i++) {
        const json_t *item = json_array_get(s->declared, i);
        cleanup_json json_t *key = pairs[i] ? json_incref(pairs[i]->key) : key_of(l, item);
        cleanup_free char *text = signature(l, key, all);
        size_t position = live_position(s, text);
        struct place here = {.up = at,
                             .key = key,
                             .owned = pairs[i] ? pairs[i]->name : NULL,
                             .type = kube_type_items(at->type)};

        if (is_ignored_item(c, s, i, position))
            continue;
        if (!pairs[i])
            walk_found(c, &here, DRIFT_NOT_OURS);
        else if (!position)
            walk_found(c, &here, DRIFT_VALUE);
        else
            walk_value(c, &here, item, json_array_get(s->live, position - 1), pairs[i]->node);
    }
    free(pairs);
    find_unpaired(c, at, s->live, l);
    check_order(c, at, s);
}

static void walk_set(struct comparison *c, const struct place *at, struct sides *s,
                     struct owned_list *l)
{
    cleanup_map struct map ours = {0};
    size_t i;
    json_t *v;

    for (i = 0; i < l->len; i++) {
        cleanup_free char *text = text_of_element(l->items[i].key);

        map_set(&ours, text, &l->items[i]);
    }
    index_live(&(struct owned_list){0}, s->live, &s->index);
    json_array_foreach ((json_t *)s->declared, i, v) {
        cleanup_free char *text = text_of_element(v);
        struct place here = {.up = at, .key = v};
        struct owned_item *item = map_find(&ours, text);
        size_t position = live_position(s, text);

        if (item)
            item->paired = true;
        if (is_ignored_item(c, s, i, position))
            continue;
        if (!item)
            walk_found(c, &here, DRIFT_NOT_OURS);
        else if (!position)
            walk_found(c, &here, DRIFT_VALUE);
    }
    find_unpaired(c, at, s->live, l);
    check_order(c, at, s);
}

/* What the type says, or else the marks in our fields. */
enum pairing { PAIR_NONE, PAIR_KEYS, PAIR_ELEMENTS };
static enum pairing pairing_of(const struct kube_type *type, const struct owned_list *keyed,
                               const struct owned_list *set)
{
    if (kube_type_shape(type) != KUBE_LIST)
        return keyed->len ? PAIR_KEYS : set->len ? PAIR_ELEMENTS : PAIR_NONE;
    switch (kube_type_list_type(type)) {
    case KUBE_LIST_MAP: return PAIR_KEYS;
    case KUBE_LIST_SET: return PAIR_ELEMENTS;
    case KUBE_LIST_ATOMIC: return PAIR_NONE;
    }
    UNREACHABLE();
}

void walk_list(struct comparison *c, const struct place *at, const json_t *declared,
               const json_t *live, const json_t *owned)
{
    cleanup_owned_list struct owned_list keyed = {0};
    cleanup_owned_list struct owned_list set = {0};
    struct sides sides = {.declared = declared, .live = live};
    enum pairing pairing;

    if (!is_nothing(live) && !json_is_array(live)) {
        walk_found(c, at, DRIFT_VALUE);
        return;
    }
    keys_add_of_type(&keyed.keys, at->type);
    if (walk_settled(c, at, declared, live, owned, &keyed.keys))
        return;
    owned_list_load(&keyed, owned, "k:");
    owned_list_load(&set, owned, "v:");
    pairing = pairing_of(at->type, &keyed, &set);
    if (owned &&
        ((keyed.len > 0) != (pairing == PAIR_KEYS) || (set.len > 0) != (pairing == PAIR_ELEMENTS)))
        walk_found(c, at, DRIFT_UNDECIDED); /* applied when the type was another one */
    else if (pairing == PAIR_KEYS)
        walk_keyed(c, at, &sides, &keyed);
    else if (pairing == PAIR_ELEMENTS)
        walk_set(c, at, &sides, &set);
    else
        whole_compare(c, at, declared, live);
    map_clear(&sides.index);
}
