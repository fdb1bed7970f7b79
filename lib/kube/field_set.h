/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field_set: sets of fields as managedFields writes them (FieldsV1): a tree whose nodes are named
 * "f:FIELD", "k:{KEY}", "v:VALUE" or "i:INDEX". A node without children, or with a child ".", is a
 * member itself.
 * Source: kubernetes-sigs/structured-merge-diff, the serialisation of fieldpath.Set.
 */
#ifndef GITOPSD_LIB_KUBE_FIELD_SET_H
#define GITOPSD_LIB_KUBE_FIELD_SET_H

#include <jansson.h>

/* What is in `a`, in `b` or in both. New reference; NULL counts as the empty set. */
json_t *field_set_union(const json_t *a, const json_t *b);
/* What is in `a` and not in `b`. New reference; `{}` when nothing is left. */
json_t *field_set_subtract(const json_t *a, const json_t *b);

#endif
