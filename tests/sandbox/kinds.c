/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/kinds.h"

#include "tests/sandbox/store.h"

void kinds_init(struct kinds *kinds, struct store *store)
{
    for (size_t i = 0; i < kinds_table_len; i++) {
        struct kind *kind = xmalloc(sizeof(*kind));

        *kind = kinds_table[i];
        kind->is_served = true;
        kind->is_storage = !kind_has(kind, KIND_CONVERTED);
        if (!kind_has(kind, KIND_CREATE_ONLY))
            kind->collection = store_collection(store, kind->group, kind->plural);
        ptrvec_push(&kinds->all, kind);
    }
}

static void kind_free(struct kind *kind)
{
    if (kind_is_custom(kind)) {
        free((char *)kind->group);
        free((char *)kind->version);
        free((char *)kind->kind);
        free((char *)kind->plural);
        free((char *)kind->singular);
        free((char *)kind->short_names);
        free((char *)kind->categories);
        json_decref(kind->definition);
        json_decref(kind->crd);
        kube_schema_unref(kind->schema);
    }
    free(kind);
}

void kinds_clear(struct kinds *kinds)
{
    for (size_t i = 0; i < kinds->all.len; i++)
        kind_free(kinds->all.items[i]);
    for (size_t i = 0; i < kinds->retired.len; i++)
        kind_free(kinds->retired.items[i]);
    ptrvec_clear(&kinds->all);
    ptrvec_clear(&kinds->retired);
}

const struct kind *kinds_find(const struct kinds *kinds, const char *group, const char *version,
                              const char *plural)
{
    for (size_t i = 0; i < kinds->all.len; i++) {
        const struct kind *k = kinds->all.items[i];

        if (k->is_served && streq(k->plural, plural) && streq(k->group, group) &&
            streq(k->version, version))
            return k;
    }
    return NULL;
}

bool kinds_has_group_version(const struct kinds *kinds, const char *group, const char *version)
{
    for (size_t i = 0; i < kinds->all.len; i++) {
        const struct kind *k = kinds->all.items[i];

        if (k->is_served && streq(k->group, group) && (!version || streq(k->version, version)))
            return true;
    }
    return false;
}

const struct kind *kinds_of_collection(const struct kinds *kinds, const struct collection *c)
{
    const struct kind *found = NULL;

    for (size_t i = 0; i < kinds->all.len; i++) {
        const struct kind *k = kinds->all.items[i];

        if (k->collection == c && (k->is_storage || !found))
            found = k;
    }
    return found;
}

const struct kube_type *kind_type(const struct kind *kind)
{
    return kind_is_custom(kind)
               ? kube_schema_kind(kind->schema, kind->group, kind->version, kind->kind)
               : kube_schema_builtin(kind->group, kind->version, kind->kind);
}

char *kind_api_version(const struct kind *kind)
{
    return *kind->group ? xasprintf("%s/%s", kind->group, kind->version) : xstrdup(kind->version);
}

void kinds_add(struct kinds *kinds, struct kind *kind)
{
    ptrvec_push(&kinds->all, kind);
}

void kinds_retire(struct kinds *kinds, const char *group, const char *plural)
{
    for (size_t i = kinds->all.len; i-- > 0;) {
        struct kind *k = kinds->all.items[i];

        if (kind_is_custom(k) && streq(k->group, group) && streq(k->plural, plural)) {
            k->is_served = false;
            ptrvec_push(&kinds->retired, k);
            ptrvec_remove(&kinds->all, i);
        }
    }
}
