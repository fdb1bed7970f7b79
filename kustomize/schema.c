/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/schema.h"

static int schema_kind_compare(const void *a, const void *b)
{
    const struct schema_kind *x = a, *y = b;
    int order = strcmp(x->api_version, y->api_version);

    return order != 0 ? order : strcmp(x->kind, y->kind);
}

static const struct schema_kind *schema_kind_find(const char *api_version, const char *kind)
{
    struct schema_kind wanted = {.api_version = api_version, .kind = kind};
    /* Objects of one kind often follow each other, and each is asked for many times. */
    static _Thread_local const struct schema_kind *last;

    if (!api_version || !kind)
        return NULL;
    if (!last || schema_kind_compare(&wanted, last) != 0)
        last = bsearch(&wanted, schema_kinds, schema_kind_count, sizeof(*schema_kinds),
                       schema_kind_compare);
    return last;
}

const struct merge_type *schema_find(const char *api_version, const char *kind)
{
    const struct schema_kind *found = schema_kind_find(api_version, kind);

    return found ? found->type : NULL;
}

enum schema_scope schema_scope(const char *api_version, const char *kind)
{
    const struct schema_kind *found = schema_kind_find(api_version, kind);

    return found ? found->scope : SCHEMA_SCOPE_UNKNOWN;
}

bool schema_is_own(const char *api_version)
{
    return str_has_prefix(api_version, "kustomize.config.k8s.io/");
}

static int schema_definition_compare(const void *name, const void *definition)
{
    return strcmp(name, ((const struct schema_definition *)definition)->name);
}

const struct merge_type *schema_definition_find(const char *name)
{
    const struct schema_definition *found =
        bsearch(name, schema_definitions, schema_definition_count, sizeof(*schema_definitions),
                schema_definition_compare);

    return found ? found->type : NULL;
}
