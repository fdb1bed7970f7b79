/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/config_merge.h"

#include "kustomize/order.h"

static const struct fieldspecs *list_of(const struct field_config *c, size_t i)
{
    return (const struct fieldspecs *)((const char *)c + config_lists[i].offset);
}

static void share_texts(struct field_config *c, const json_t *texts)
{
    size_t i;
    size_t k;
    json_t *text;
    json_t *known;

    json_array_foreach ((json_t *)texts, i, text) {
        bool is_known = false;

        json_array_foreach (c->texts, k, known)
            is_known = is_known || known == text;
        if (!is_known)
            json_array_append(c->texts, text);
    }
}

/* ---- order ---- */

struct gvk {
    const char *group;
    const char *version;
    const char *kind;
};

static struct gvk gvk_of(const struct fieldspec *fs)
{
    return (struct gvk){fs->group ? fs->group : "", fs->version ? fs->version : "",
                        fs->kind ? fs->kind : ""};
}

static struct gvk gvk_of_target(const struct name_reference *r)
{
    return (struct gvk){r->group ? r->group : "", r->version ? r->version : "",
                        r->kind ? r->kind : ""};
}

static bool gvk_equal(struct gvk a, struct gvk b)
{
    return streq(a.group, b.group) && streq(a.version, b.version) && streq(a.kind, b.kind);
}

/* As the texts "group_version_kind" compare, with kustomize's names for what is empty. */
static int gvk_compare_text(struct gvk a, struct gvk b)
{
    const char *pa[] = {*a.group ? a.group : "~G", "_", *a.version ? a.version : "~V", "_",
                        *a.kind ? a.kind : "~K"};
    const char *pb[] = {*b.group ? b.group : "~G", "_", *b.version ? b.version : "~V", "_",
                        *b.kind ? b.kind : "~K"};
    size_t i = 0;
    size_t k = 0;

    while (true) {
        while (i < ARRAY_LEN(pa) && !*pa[i])
            i++;
        while (k < ARRAY_LEN(pb) && !*pb[k])
            k++;
        if (i == ARRAY_LEN(pa) || k == ARRAY_LEN(pb))
            return (k == ARRAY_LEN(pb)) - (i == ARRAY_LEN(pa));
        if (*pa[i] != *pb[k])
            return (unsigned char)*pa[i] < (unsigned char)*pb[k] ? -1 : 1;
        pa[i]++;
        pb[k]++;
    }
}

static int gvk_compare(struct gvk a, struct gvk b)
{
    long ra = order_kind_rank(a.kind);
    long rb = order_kind_rank(b.kind);

    return ra != rb ? (ra < rb ? -1 : 1) : gvk_compare_text(a, b);
}

/* Lists are short and mostly sorted. */
static void sort_specs(struct fieldspec *items, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        struct fieldspec fs = items[i];
        size_t k = i;

        for (; k > 0 && gvk_compare(gvk_of(&fs), gvk_of(&items[k - 1])) < 0; k--)
            items[k] = items[k - 1];
        items[k] = fs;
    }
}

static void sort_references(struct name_reference *items, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        struct name_reference r = items[i];
        size_t k = i;

        for (; k > 0 && gvk_compare(gvk_of_target(&r), gvk_of_target(&items[k - 1])) < 0; k--)
            items[k] = items[k - 1];
        items[k] = r;
    }
}

/* ---- merging ---- */

/* A list to be added to; its memory becomes that of a view's. */
static struct fieldspec_list list_copy(const struct fieldspecs *from)
{
    struct fieldspec_list copy = {xmalloc((from->len + 1) * sizeof(*from->items)), from->len};

    if (from->len)
        memcpy(copy.items, from->items, from->len * sizeof(*from->items));
    return copy;
}

static int add_specs(struct fieldspecs *out, const struct fieldspec *items, size_t len,
                     struct error **err)
{
    struct fieldspec_list list = {(struct fieldspec *)out->items, out->len};
    int rc = 0;

    for (size_t i = 0; i < len && rc == 0; i++)
        rc = fieldspec_list_merge(&list, &items[i], err);
    *out = fieldspec_list_view(&list);
    return rc;
}

/* `out` becomes `a` and then what `b` adds. */
static int merge_specs(struct fieldspecs *out, const struct fieldspecs *a,
                       const struct fieldspecs *b, struct error **err)
{
    struct fieldspec_list merged = list_copy(a);
    cleanup_fieldspec_list struct fieldspec_list more = list_copy(b);
    int rc;

    sort_specs(merged.items, merged.len);
    sort_specs(more.items, more.len);
    *out = fieldspec_list_view(&merged);
    rc = add_specs(out, more.items, more.len, err);
    sort_specs((struct fieldspec *)out->items, out->len);
    return rc;
}

static int merge_reference(struct field_config *c, const struct name_reference *r,
                           struct error **err)
{
    struct name_reference *items = (struct name_reference *)c->references;
    struct name_reference *target = NULL;
    struct fieldspec_list referrers;

    for (size_t i = 0; i < c->reference_count && !target; i++)
        if (gvk_equal(gvk_of_target(&items[i]), gvk_of_target(r)))
            target = &items[i];
    if (!target) {
        items = xrealloc(items, (c->reference_count + 1) * sizeof(*items));
        target = &items[c->reference_count++];
        *target = *r;
        referrers = list_copy(&r->referrers);
        target->referrers = fieldspec_list_view(&referrers);
        c->references = items;
        return 0;
    }
    return add_specs(&target->referrers, r->referrers.items, r->referrers.len, err);
}

static int merge_references(struct field_config *c, const struct field_config *from,
                            struct error **err)
{
    struct name_reference *sorted = xmalloc((from->reference_count + 1) * sizeof(*sorted));
    int rc = 0;

    if (from->reference_count)
        memcpy(sorted, from->references, from->reference_count * sizeof(*sorted));
    sort_references(sorted, from->reference_count);
    for (size_t i = 0; i < from->reference_count && rc == 0; i++)
        rc = merge_reference(c, &sorted[i], err);
    free(sorted);
    sort_references((struct name_reference *)c->references, c->reference_count);
    return rc;
}

/* Did `c`, which began as `a`, get nothing new? */
static bool is_as_large(const struct field_config *c, const struct field_config *a)
{
    for (size_t i = 0; i < CONFIG_LIST_COUNT; i++)
        if (list_of(c, i)->len != list_of(a, i)->len)
            return false;
    if (c->reference_count != a->reference_count)
        return false;
    for (size_t i = 0; i < c->reference_count; i++)
        if (c->references[i].referrers.len != a->references[i].referrers.len)
            return false;
    return true;
}

int config_merge_lists(const struct field_config *a, const struct field_config *b,
                       const struct field_config **out, struct error **err)
{
    static const struct field_config nothing;
    cleanup_field_config const struct field_config *merged = field_config_new();
    struct field_config *c = (struct field_config *)merged;
    const struct field_config *base = a ? a : &nothing;

    for (size_t i = 0; i < CONFIG_LIST_COUNT; i++)
        if (merge_specs(config_list(c, i), list_of(base, i), list_of(b, i), err) < 0)
            return error_wrap(err, "merge %s", config_lists[i].name);
    if (merge_references(c, base, err) < 0 || merge_references(c, b, err) < 0)
        return error_wrap(err, "merge nameReference");
    share_texts(c, base->texts);
    share_texts(c, b->texts);
    *out = a && is_as_large(c, a) ? field_config_ref(a) : TAKE(merged);
    return 0;
}
