/* SPDX-License-Identifier: Apache-2.0 */
/* crd: CustomResourceDefinitions: what they define is served from the moment they are stored. */
#ifndef GITOPSD_TESTS_SANDBOX_CRD_H
#define GITOPSD_TESTS_SANDBOX_CRD_H

#include "tests/sandbox/sandbox.h"

/* Nothing where `kind` is another one. Gives the definition its status. */
int crd_admit(const struct kind *kind, json_t *object, json_t **refused);
/* Serve what is defined now. `object` is stored; NULL: one was removed. Objects of a kind that is
 * not defined any more are gone. */
void crd_changed(struct sandbox *s, const struct kind *kind, const json_t *object);

#endif
