/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a schema. */
#include "lib/kube/schema_graph.h"

const char schema_letters[SCHEMA_SCALARS + 1] = {
    [KUBE_ANY] = 'a',      [KUBE_STRING] = 's',   [KUBE_INTEGER] = 'i',       [KUBE_NUMBER] = 'n',
    [KUBE_BOOLEAN] = 'b',  [KUBE_QUANTITY] = 'q', [KUBE_INT_OR_STRING] = 'x', [KUBE_TIME] = 't',
    [KUBE_DURATION] = 'd', [KUBE_BYTES] = 'y',
};

#define SCALAR(name) [name] = {.shape = (name)}
const struct kube_type schema_scalars[SCHEMA_SCALARS] = {
    [KUBE_ANY] = {.shape = KUBE_ANY, .preserves_unknown = true},
    SCALAR(KUBE_STRING),
    SCALAR(KUBE_INTEGER),
    SCALAR(KUBE_NUMBER),
    SCALAR(KUBE_BOOLEAN),
    SCALAR(KUBE_QUANTITY),
    SCALAR(KUBE_INT_OR_STRING),
    SCALAR(KUBE_TIME),
    SCALAR(KUBE_DURATION),
    SCALAR(KUBE_BYTES),
};

enum kube_shape kube_type_shape(const struct kube_type *t)
{
    return t ? (enum kube_shape)t->shape : KUBE_ANY;
}

bool kube_type_is_atomic(const struct kube_type *t)
{
    return t && t->atomic;
}

bool kube_type_preserves_unknown(const struct kube_type *t)
{
    return !t || t->preserves_unknown;
}

const struct kube_type *kube_type_items(const struct kube_type *t)
{
    return t ? t->items : NULL;
}

enum kube_list_type kube_type_list_type(const struct kube_type *t)
{
    return t ? (enum kube_list_type)t->list_type : KUBE_LIST_ATOMIC;
}

const char *const *kube_type_keys(const struct kube_type *t, size_t *count)
{
    bool has = t && t->shape == KUBE_LIST;

    *count = has ? t->count : 0;
    return has ? t->keys : NULL;
}

static int compare_name(const void *name, const void *field)
{
    return strcmp(name, ((const struct kube_field *)field)->name);
}

const struct kube_field *kube_type_field(const struct kube_type *t, const char *name)
{
    return t && t->shape == KUBE_STRUCT && t->count
               ? bsearch(name, t->fields, t->count, sizeof(*t->fields), compare_name)
               : NULL;
}

struct kube_schema *kube_schema_ref(struct kube_schema *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void kube_schema_unref(struct kube_schema *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) > 1)
        return;
    for (size_t i = 0; i < s->defaults.len; i++)
        json_decref(s->defaults.items[i]);
    ptrvec_clear(&s->defaults);
    free(s->types);
    free(s->fields);
    free(s->keys);
    free(s->kinds);
    free(s->names);
    free(s);
}

int schema_kind_compare(const struct schema_kind *kind, const char *group, const char *version,
                        const char *name)
{
    int order = strcmp(group, kind->group);

    if (order == 0)
        order = strcmp(version, kind->version);
    return order ? order : strcmp(name, kind->kind);
}

const struct kube_type *kube_schema_kind(const struct kube_schema *s, const char *group,
                                         const char *version, const char *kind)
{
    size_t low = 0, high = s->kind_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = schema_kind_compare(&s->kinds[mid], group, version, kind);

        if (order == 0)
            return s->kinds[mid].type;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

size_t kube_schema_bytes(const struct kube_schema *s)
{
    return s->bytes;
}

int kube_schema_parse(const char *text, size_t len, struct kube_schema **out, struct error **err)
{
    cleanup_buf struct buf reduced = BUF_INIT(SCHEMA_REDUCED_MAX_BYTES);

    if (kube_schema_reduce(text, len, &reduced, err) < 0)
        return -1;
    return kube_schema_read(reduced.data, reduced.len, out, err);
}
