/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_walk: documents as trees of fields that can be owned, by the types of the schema: which
 * fields a document sets, and what became of them from one document to the next.
 * Source: kubernetes-sigs/structured-merge-diff, package typed.
 */
#ifndef GITOPSD_TESTS_SANDBOX_APPLY_WALK_H
#define GITOPSD_TESTS_SANDBOX_APPLY_WALK_H

#include "lib/base/error.h"
#include "tests/sandbox/apply_set.h"

/* How what stands at a place is owned. */
enum apply_node {
    APPLY_LEAF, /* as a whole: scalars, and what is atomic */
    APPLY_MAP,  /* field by field */
    APPLY_LIST, /* item by item: a set or a list map */
};

/* Where two documents meet; either may be NULL (absent), not both. */
enum apply_node apply_node_of(const struct kube_type *type, const json_t *a, const json_t *b);
/* No fields or items: also null and NULL. */
bool apply_is_void(const json_t *value);
/* Of what stands below a STRUCT, a MAP or what is unknown. */
const struct kube_type *apply_field_type(const struct kube_type *type, const char *field);
/* "f:FIELD" */
char *apply_field_name(const char *field);
/* "k:{...}" or "v:..." of an item of an APPLY_LIST. ERROR_INVALID: it has no key. */
char *apply_item_name(const struct kube_type *list, const json_t *item, struct error **err);

/* The fields that `document` sets. New reference. */
json_t *apply_fields_of(const json_t *document, const struct kube_type *type);

/* No field is in two of the sets. */
struct apply_comparison {
    json_t *removed;
    json_t *modified;
    json_t *added;
};

void apply_compare(const json_t *before, const json_t *after, const struct kube_type *type,
                   struct apply_comparison *out);
void apply_comparison_clear(struct apply_comparison *c);
#define cleanup_apply_comparison __attribute__((cleanup(apply_comparison_clear)))

#endif
