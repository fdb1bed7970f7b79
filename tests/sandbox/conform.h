/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conform: an object as its schema knows it: without the fields that are not in it, and without
 * nulls, as it is after it was decoded into a Go struct, or pruned by a structural schema.
 */
#ifndef GITOPSD_TESTS_SANDBOX_CONFORM_H
#define GITOPSD_TESTS_SANDBOX_CONFORM_H

#include "lib/base/vec.h"
#include "lib/kube/schema.h"

/*
 * Changes `object` in place. `unknown` gets the paths of what was taken out ("spec.foo",
 * "spec.ports[0].bar"). `*wrong` becomes a heap string where a value is of another type than its
 * field: "cannot unmarshal string into Go struct field spec.replicas of type integer".
 * `is_custom`: nulls stay, and so do values of other types, whose schema is checked elsewhere.
 */
void conform(const struct kube_type *type, json_t *object, bool is_custom, struct strvec *unknown,
             char **wrong);

#endif
