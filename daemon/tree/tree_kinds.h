/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_kinds: which kinds may have objects of a kind as their owner.
 * Built-in kinds own what their controllers make; kinds of others may own anything, and what their
 * controllers make is often of their own group, too.
 */
#ifndef GITOPSD_DAEMON_TREE_TREE_KINDS_H
#define GITOPSD_DAEMON_TREE_TREE_KINDS_H

#include "lib/kube/discovery.h"

typedef void tree_kind_fn(void *arg, const struct kube_resource *r);

/* Calls `each` for every kind that the API server serves and that may be below that one; a kind may
 * come twice. */
void tree_child_kinds(const struct kube_discovery *d, const char *group, const char *kind,
                      tree_kind_fn *each, void *arg);
/* May it own anything? */
bool tree_has_children(const char *group, const char *kind);

#endif
