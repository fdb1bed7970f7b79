/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_set: what a server-side apply does with sets of fields (lib/kube/field_set.h says how they
 * are written), beyond union and difference. NULL counts as the empty set.
 * Memory: json_t* results are new references.
 */
#ifndef GITOPSD_TESTS_SANDBOX_APPLY_SET_H
#define GITOPSD_TESTS_SANDBOX_APPLY_SET_H

#include "lib/base/vec.h"
#include "lib/kube/schema.h"

#include <jansson.h>

/* A place in a document: the way to it, on the stack of who walks there. NULL: the document. */
struct apply_step {
    const struct apply_step *up;
    const char *name; /* "f:FIELD", "k:{KEY}" or "v:VALUE" */
};

/* The document itself is never a member. */
void apply_set_add(json_t *set, const struct apply_step *at);
bool apply_set_is_empty(const json_t *set);
/* The members of both. */
json_t *apply_set_intersect(const json_t *a, const json_t *b);
/* Without the members of `fields` and all that is below them. */
json_t *apply_set_without(const json_t *set, const json_t *fields);
/* With the named fields that lead to members: "a" where a.b is one and `a` is a field of a struct,
 * not a key of a map. */
json_t *apply_set_with_named(const json_t *set, const struct kube_type *type);
/* A step as people read it: .FIELD, [KEY=VALUE] or [=VALUE]. Heap string. */
char *apply_step_text(const char *name);
/* The members as people read them: .spec.ports[port=80,protocol="TCP"].name; in the order of the
 * real server. */
void apply_set_paths(const json_t *set, struct strvec *out);

#endif
