/* SPDX-License-Identifier: Apache-2.0 */
/* garbage: what becomes of the dependents (metadata.ownerReferences) of objects that are deleted.
 */
#ifndef GITOPSD_TESTS_SANDBOX_GARBAGE_H
#define GITOPSD_TESTS_SANDBOX_GARBAGE_H

#include "tests/sandbox/sandbox.h"

/* Delete what has owners of which none is there, and go on with deletions in the foreground and
 * those that leave their dependents. */
void garbage_collect(struct sandbox *s);

#endif
