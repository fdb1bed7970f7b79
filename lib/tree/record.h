/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record: what was read from a tree, so that a result computed from it can be reused.
 * A recorded lookup is a path with the object id of the file, link or directory listing found
 * there, or its absence. A result may be reused with another tree when every recorded lookup gives
 * the same answer there (tree_record_holds). A lookup below a directory whose own id is unchanged
 * needs no second look.
 */
#ifndef GITOPSD_LIB_TREE_RECORD_H
#define GITOPSD_LIB_TREE_RECORD_H

#include "lib/tree/tree.h"

struct tree_record;

struct tree_record *tree_record_new(void);
void tree_record_free(struct tree_record *r);

/* Record into `r` (borrowed until the tree is freed, or tree_record_stop) all lookups from now. A
 * record that is stopped takes as little memory as it can. */
void tree_record_start(struct file_tree *tree, struct tree_record *r);
void tree_record_stop(struct file_tree *tree);

/* Would the recorded lookups find the same in `tree`? Errors count as "no". A tree without object
 * ids (a directory on disk) never holds. */
bool tree_record_holds(const struct tree_record *r, struct file_tree *tree);
size_t tree_record_count(const struct tree_record *r);

DEFINE_CLEANUP(tree_record, struct tree_record, tree_record_free)
#define cleanup_tree_record __attribute__((cleanup(cleanup_tree_record_fn)))

#endif
