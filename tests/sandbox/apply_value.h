/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_value: documents merged and pruned by the types of the schema.
 * Source: kubernetes-sigs/structured-merge-diff, package typed.
 */
#ifndef GITOPSD_TESTS_SANDBOX_APPLY_VALUE_H
#define GITOPSD_TESTS_SANDBOX_APPLY_VALUE_H

#include "tests/sandbox/apply_walk.h"

/* Are all fields of a configuration in the schema? ERROR_INVALID names the first that is not. */
int apply_value_check(const json_t *applied, const struct kube_type *type, struct error **err);

/*
 * `live` with what `applied` sets. Items of lists that both have keep the order of `applied`, the
 * others their neighbours. A null in `applied` leaves out a field of a known type.
 * Errors: ERROR_INVALID, with the path: an item without key, or one that `applied` has twice.
 */
int apply_value_merge(const json_t *live, const json_t *applied, const struct kube_type *type,
                      json_t **out, struct error **err);

/* Without the members of `set`. What is emptied becomes null, as in structured-merge-diff 6.3. */
json_t *apply_value_remove(const json_t *value, const json_t *set, const struct kube_type *type);

#endif
