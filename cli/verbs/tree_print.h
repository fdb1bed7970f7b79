/* SPDX-License-Identifier: Apache-2.0 */
/* tree_print: the nodes of a tree (daemon/tree/tree_node.h) as a table whose first column is drawn.
 */
#ifndef GITOPSD_CLI_VERBS_TREE_PRINT_H
#define GITOPSD_CLI_VERBS_TREE_PRINT_H

#include "lib/base/buf.h"

#include <jansson.h>

/*
 * `nodes`: roots have no parentRefs that are in the list; each node stands below its first parent.
 * A root may have "status", whether it is in sync. What is not healthy tells its reason. `notes`:
 * strings, what could not be looked at; they follow.
 */
void tree_print(const json_t *nodes, const json_t *notes, struct buf *out);

#endif
