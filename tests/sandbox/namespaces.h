/* SPDX-License-Identifier: Apache-2.0 */
/* namespaces: those there are from the beginning, what may be created in one, and how they end. */
#ifndef GITOPSD_TESTS_SANDBOX_NAMESPACES_H
#define GITOPSD_TESTS_SANDBOX_NAMESPACES_H

#include "tests/sandbox/sandbox.h"

void namespaces_start(struct sandbox *s);
/* May an object of this kind be created there? Refused: there is none, or it is terminating. */
int namespaces_admit(struct sandbox *s, const struct kind *kind, const char *ns, const char *name,
                     json_t **refused);
/* Delete what is left in a namespace that ends, and the namespace when nothing is. */
void namespaces_finish(struct sandbox *s, const json_t *namespace);

#endif
