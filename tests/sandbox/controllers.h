/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controllers: what a cluster does with the objects in it, simulated: workloads get Pods that run,
 * Jobs complete, claims are bound, namespaces end, garbage is collected. docs/sandbox.md tells what
 * exactly.
 * An object that changes, or whose dependent changes, is looked at again a moment later.
 */
#ifndef GITOPSD_TESTS_SANDBOX_CONTROLLERS_H
#define GITOPSD_TESTS_SANDBOX_CONTROLLERS_H

#include "tests/sandbox/sandbox.h"

struct controllers *controllers_new(struct sandbox *s);
/* The memory goes when the loop ran once more. */
void controllers_close(struct controllers *c);
/* For store_changed_fn: only remembers. */
void controllers_notice(struct controllers *c, const struct change *change);

#endif
