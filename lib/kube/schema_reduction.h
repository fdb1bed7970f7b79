/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_reduction: OpenAPI v3 documents on their way to the reduced form. Types of the same
 * content are one in what is written, also across documents.
 * Thread: any, one at a time. The documents are kept until the reduction is cleared.
 */
#ifndef GITOPSD_LIB_KUBE_SCHEMA_REDUCTION_H
#define GITOPSD_LIB_KUBE_SCHEMA_REDUCTION_H

#include "lib/base/map.h"
#include "lib/base/vec.h"
#include "lib/kube/schema_graph.h"

/* Below SCHEMA_SCALARS a shape, else the index of a type plus SCHEMA_SCALARS. */
typedef size_t schema_ref;

struct draft_field {
    const char *name;
    schema_ref type;
    const json_t *default_value;
    bool pairs; /* items of some list are paired by it */
};

struct draft_type {
    enum kube_shape shape;
    enum kube_list_type list_type;
    bool atomic;
    bool preserves_unknown;
    bool is_alias; /* of what `items` refers to: a component */
    schema_ref items;
    struct draft_field *fields; /* sorted by name */
    const char **keys;
    size_t count; /* of either */
};

struct draft_kind {
    const char *group, *version, *kind;
    schema_ref type;
};

struct schema_reduction {
    struct draft_type *types;
    size_t type_count, type_cap;
    struct draft_kind *kinds;
    size_t kind_count, kind_cap;
    struct ptrvec documents;
    /* Of the document in hand. */
    const json_t *components;
    struct map by_name;   /* component -> its ref; those to be owned as a whole with '!' before */
    struct ptrvec unread; /* entries' names in by_name whose component was not looked at yet */
};

/* Adds the kinds of one document. */
int schema_reduction_add(struct schema_reduction *r, const char *text, size_t len,
                         struct error **err);
/* Appends the reduced form. */
int schema_reduction_write(struct schema_reduction *r, struct buf *out, struct error **err);
void schema_reduction_clear(struct schema_reduction *r);

#define cleanup_schema_reduction __attribute__((cleanup(schema_reduction_clear)))

#endif
