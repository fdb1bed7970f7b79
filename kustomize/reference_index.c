/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/reference_index.h"

/* Below this comparing all is cheaper than grouping. */
#define SPLIT_MIN 16

/* `first` and the namespace that is asked for make a key. */
static const char *make_key(struct reference_index *x, const char *first, const char *kind,
                            enum namespace_of which, const char *namespace)
{
    struct buf *key = &x->key;

    buf_truncate(key, 0);
    buf_puts(key, first);
    if (kind) {
        buf_putc(key, '\x1f');
        buf_puts(key, kind);
    }
    if (which != NAMESPACE_ANY) {
        buf_putc(key, which == NAMESPACE_CURRENT ? '\x1f' : '\x1e');
        buf_puts(key, namespace);
    }
    return key->data;
}

static void add_name(struct reference_index *x, struct resource *r, const char *name,
                     const char *kind, enum namespace_of which, const char *namespace)
{
    struct map_entry *entry = map_entry(&x->groups, make_key(x, name, kind, which, namespace));
    struct candidates *c = entry->value;

    if (!c)
        c = entry->value = xcalloc(1, sizeof(*c));
    /* The names of one resource are added together: looking at the last one finds repetitions. */
    if (!c->all.len || c->all.items[c->all.len - 1] != r)
        ptrvec_push(&c->all, r);
}

static void add_resource(struct reference_index *x, struct resource *r)
{
    const char *current = resource_effective_namespace(r);
    const char *original = resource_original_namespace(r);

    /* Name and kind need not be of the same earlier id. */
    for (size_t n = 0; n < r->previous_count; n++)
        for (size_t k = 0; k < r->previous_count; k++) {
            const char *name = r->previous[n].name;
            const char *kind = r->previous[k].kind;

            if (k != n && streq(kind, r->previous[n].kind))
                continue;
            add_name(x, r, name, kind, NAMESPACE_ANY, NULL);
            add_name(x, r, name, kind, NAMESPACE_CURRENT, current);
            add_name(x, r, name, kind, NAMESPACE_ORIGINAL, original);
        }
}

static void add_namespace(struct reference_index *x, struct resource *r, enum namespace_of which,
                          const char *namespace)
{
    const char *original = resource_original_namespace(r);

    map_set(&x->namespaces, make_key(x, original, NULL, which, namespace), x);
}

void reference_index_init(struct reference_index *x, const struct resmap *m)
{
    *x = (struct reference_index){.resources = m, .key = BUF_UNLIMITED};
}

static void ensure_filled(struct reference_index *x)
{
    const struct resmap *m = x->resources;

    for (size_t i = 0; !x->is_filled && i < m->items.len; i++) {
        struct resource *r = resmap_at(m, i);

        add_resource(x, r);
        add_namespace(x, r, NAMESPACE_ANY, NULL);
        add_namespace(x, r, NAMESPACE_CURRENT, resource_effective_namespace(r));
        add_namespace(x, r, NAMESPACE_WRITTEN, resource_namespace(r));
    }
    x->is_filled = true;
}

static void free_vector(void *value)
{
    ptrvec_clear(value);
    free(value);
}

static void free_candidates(void *value)
{
    struct candidates *c = value;

    ptrvec_clear(&c->all);
    map_clear_with(&c->by_prefix, free_vector);
    map_clear_with(&c->by_suffix, free_vector);
    free(c);
}

void reference_index_clear(struct reference_index *x)
{
    map_clear_with(&x->groups, free_candidates);
    map_clear(&x->namespaces);
    buf_clear(&x->key);
}

struct candidates *reference_index_find(struct reference_index *x, const char *name,
                                        const char *kind, enum namespace_of which,
                                        const char *namespace)
{
    ensure_filled(x);
    return map_find(&x->groups, make_key(x, name, kind, which, namespace));
}

bool reference_index_has_namespace(struct reference_index *x, const char *original,
                                   enum namespace_of which, const char *namespace)
{
    ensure_filled(x);
    return map_has(&x->namespaces, make_key(x, original, NULL, which, namespace));
}

static const char *outermost(const struct strvec *affixes)
{
    return affixes->len ? affixes->items[affixes->len - 1] : "";
}

static void split_add(struct map *m, const char *key, struct resource *r)
{
    struct ptrvec *v = map_find(m, key);

    if (!v) {
        v = xcalloc(1, sizeof(*v));
        map_set(m, key, v);
    }
    ptrvec_push(v, r);
}

static void split(struct candidates *c)
{
    for (size_t i = 0; i < c->all.len; i++) {
        struct resource *r = c->all.items[i];

        split_add(&c->by_prefix, outermost(&r->prefixes), r);
        split_add(&c->by_suffix, outermost(&r->suffixes), r);
    }
    c->is_split = true;
}

static void push_all(struct ptrvec *out, const struct ptrvec *v)
{
    for (size_t i = 0; v && i < v->len; i++)
        ptrvec_push(out, v->items[i]);
}

void candidates_collect(struct candidates *c, const struct resource *referrer, struct ptrvec *out)
{
    const char *prefix = outermost(&referrer->prefixes);
    const char *suffix = outermost(&referrer->suffixes);
    struct map *groups = *prefix ? &c->by_prefix : &c->by_suffix;
    const char *key = *prefix ? prefix : suffix;

    if (c->all.len < SPLIT_MIN || !*key) {
        push_all(out, &c->all);
        return;
    }
    if (!c->is_split)
        split(c);
    /* Without any affix of that side a candidate goes with every referrer. */
    push_all(out, map_find(groups, key));
    push_all(out, map_find(groups, ""));
}
