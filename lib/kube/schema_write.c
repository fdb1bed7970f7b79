/* SPDX-License-Identifier: Apache-2.0 */
/* From drafts of types to the reduced form: what stands for the same becomes one, what no kind
 * leads to is left out. */
#include "lib/kube/schema_reduction.h"

/* So deep may types of the same content contain each other and still become one. */
#define ROUNDS_MAX 32
/* So many components may only refer to the next one. */
#define ALIASES_MAX 32

struct writer {
    struct schema_reduction *r;
    size_t *same;        /* by type: the type that stands for it */
    size_t *number;      /* by type: its number in the output plus one; 0: none yet */
    struct ptrvec order; /* what is numbered; indexes */
};

static schema_ref resolve(const struct schema_reduction *r, schema_ref ref)
{
    for (int i = 0; i < ALIASES_MAX && ref >= SCHEMA_SCALARS; i++) {
        if (!r->types[ref - SCHEMA_SCALARS].is_alias)
            return ref;
        ref = r->types[ref - SCHEMA_SCALARS].items;
    }
    return ref < SCHEMA_SCALARS ? ref : KUBE_ANY;
}

static void resolve_all(struct schema_reduction *r)
{
    for (size_t i = 0; i < r->type_count; i++) {
        struct draft_type *t = &r->types[i];

        if (t->is_alias)
            continue;
        t->items = resolve(r, t->items);
        for (size_t f = 0; t->shape == KUBE_STRUCT && f < t->count; f++)
            t->fields[f].type = resolve(r, t->fields[f].type);
    }
    for (size_t i = 0; i < r->kind_count; i++)
        r->kinds[i].type = resolve(r, r->kinds[i].type);
}

static int compare_name(const void *name, const void *field)
{
    return strcmp(name, ((const struct draft_field *)field)->name);
}

static struct draft_field *find_field(struct draft_type *t, const char *name)
{
    return t->shape == KUBE_STRUCT && t->count
               ? bsearch(name, t->fields, t->count, sizeof(*t->fields), compare_name)
               : NULL;
}

/* Only their defaults are kept. */
static void mark_pairing_fields(struct schema_reduction *r)
{
    for (size_t i = 0; i < r->type_count; i++) {
        const struct draft_type *list = &r->types[i];

        if (list->is_alias || list->shape != KUBE_LIST || list->items < SCHEMA_SCALARS)
            continue;
        for (size_t k = 0; k < list->count; k++) {
            struct draft_field *f =
                find_field(&r->types[list->items - SCHEMA_SCALARS], list->keys[k]);

            if (f)
                f->pairs = true;
        }
    }
}

static void put_word(struct buf *out, const char *word)
{
    for (; *word; word++) {
        unsigned char c = (unsigned char)*word;

        if (c <= ' ' || c == 0x7f || strchr("%:=/", c))
            buf_printf(out, "%%%02X", c);
        else
            buf_putc(out, (char)c);
    }
}

static void put_ref(const struct writer *w, struct buf *out, schema_ref ref, const size_t *names)
{
    if (ref < SCHEMA_SCALARS)
        buf_putc(out, schema_letters[ref]);
    else
        buf_printf(out, "%zu", names[w->same[ref - SCHEMA_SCALARS]] - 1);
}

static void put_field(const struct writer *w, struct buf *out, const struct draft_field *f,
                      const size_t *names)
{
    buf_putc(out, ' ');
    put_word(out, f->name);
    buf_putc(out, ':');
    put_ref(w, out, f->type, names);
    if (f->pairs && f->default_value) {
        cleanup_free char *text = json_dumps(f->default_value, JSON_ENCODE_ANY | JSON_COMPACT);

        buf_putc(out, '=');
        put_word(out, text);
    }
}

/* The line of a type; a type within it is called by its entry in `names`, less one. */
static void put_type(const struct writer *w, struct buf *out, const struct draft_type *t,
                     const size_t *names)
{
    static const char list_types[] = {
        [KUBE_LIST_ATOMIC] = 'a', [KUBE_LIST_SET] = 's', [KUBE_LIST_MAP] = 'm'};

    switch (t->shape) {
    case KUBE_STRUCT:
        buf_printf(out, "{%s%s", t->atomic ? "!" : "", t->preserves_unknown ? "+" : "");
        for (size_t i = 0; i < t->count; i++)
            put_field(w, out, &t->fields[i], names);
        break;
    case KUBE_MAP:
        buf_puts(out, t->atomic ? "m! " : "m ");
        put_ref(w, out, t->items, names);
        break;
    default:
        buf_printf(out, "l%c ", list_types[t->list_type]);
        put_ref(w, out, t->items, names);
        for (size_t i = 0; i < t->count; i++) {
            buf_putc(out, ' ');
            put_word(out, t->keys[i]);
        }
        break;
    }
    buf_putc(out, '\n');
}

/* One round: types whose lines are the same, as far as is known by now, are one. Types that
 * contain themselves stay apart, which is safe. */
static bool share_round(struct writer *w, const size_t *names)
{
    struct schema_reduction *r = w->r;
    cleanup_buf struct buf line = BUF_UNLIMITED;
    cleanup_map struct map by_line = {.entries = NULL};
    bool shared = false;

    for (size_t i = 0; i < r->type_count; i++) {
        struct map_entry *entry;

        if (r->types[i].is_alias || w->same[i] != i)
            continue;
        buf_truncate(&line, 0);
        put_type(w, &line, &r->types[i], names);
        entry = map_entry(&by_line, line.data);
        if (!entry->value) {
            entry->value = (void *)(i + 1);
        } else {
            w->same[i] = (size_t)entry->value - 1;
            shared = true;
        }
    }
    return shared;
}

/* `same` of what stands for another one may itself have been shared in a later round. */
static void shorten(struct writer *w)
{
    for (size_t i = 0; i < w->r->type_count; i++)
        w->same[i] = w->same[w->same[i]];
}

static void share(struct writer *w)
{
    size_t count = w->r->type_count;
    size_t *names = xcalloc(count, sizeof(*names));
    bool shared = true;

    for (size_t i = 0; i < count; i++) {
        w->same[i] = i;
        names[i] = i + 1;
    }
    for (int round = 0; round < ROUNDS_MAX && shared; round++) {
        shared = share_round(w, names);
        shorten(w);
    }
    free(names);
}

static void number(struct writer *w, schema_ref ref)
{
    size_t index;

    if (ref < SCHEMA_SCALARS)
        return;
    index = w->same[ref - SCHEMA_SCALARS];
    if (w->number[index])
        return;
    ptrvec_push(&w->order, (void *)index);
    w->number[index] = w->order.len;
}

static int compare_kinds(const void *a, const void *b)
{
    const struct draft_kind *x = a, *y = b;
    int order = strcmp(x->group, y->group);

    if (order == 0)
        order = strcmp(x->version, y->version);
    return order ? order : strcmp(x->kind, y->kind);
}

static void put_types(struct writer *w, struct buf *out)
{
    struct schema_reduction *r = w->r;

    for (size_t i = 0; i < r->kind_count; i++)
        number(w, r->kinds[i].type);
    for (size_t i = 0; i < w->order.len; i++) {
        const struct draft_type *t = &r->types[(size_t)w->order.items[i]];

        number(w, t->items);
        for (size_t f = 0; t->shape == KUBE_STRUCT && f < t->count; f++)
            number(w, t->fields[f].type);
        put_type(w, out, t, w->number);
    }
}

static void put_kinds(const struct writer *w, struct buf *out)
{
    const struct schema_reduction *r = w->r;

    for (size_t i = 0; i < r->kind_count; i++) {
        const struct draft_kind *k = &r->kinds[i];

        if (i > 0 && compare_kinds(k, k - 1) == 0)
            continue; /* only a strange server names a kind twice */
        buf_puts(out, "k ");
        put_word(out, k->group);
        buf_putc(out, '/');
        put_word(out, k->version);
        buf_putc(out, ' ');
        put_word(out, k->kind);
        buf_putc(out, ' ');
        put_ref(w, out, k->type, w->number);
        buf_putc(out, '\n');
    }
}

int schema_reduction_write(struct schema_reduction *r, struct buf *out, struct error **err)
{
    struct writer w = {
        .r = r,
        .same = xcalloc(r->type_count, sizeof(*w.same)),
        .number = xcalloc(r->type_count, sizeof(*w.number)),
    };
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (r->kind_count > 0)
        qsort(r->kinds, r->kind_count, sizeof(*r->kinds), compare_kinds);
    resolve_all(r);
    mark_pairing_fields(r);
    share(&w);
    buf_puts(&text, SCHEMA_HEADER);
    put_types(&w, &text);
    put_kinds(&w, &text);
    free(w.same);
    free(w.number);
    ptrvec_clear(&w.order);
    if (text.len > SCHEMA_REDUCED_MAX_BYTES)
        return error_set(err, ERROR_TOO_LARGE, "reduced schema: %zu bytes, at most %lu", text.len,
                         SCHEMA_REDUCED_MAX_BYTES);
    return buf_append(out, text.data, text.len, err);
}
