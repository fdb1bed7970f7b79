/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_resolve: inside lib/tree only: what a tree is made of, and finding an entry through links.
 */
#ifndef GITOPSD_LIB_TREE_TREE_RESOLVE_H
#define GITOPSD_LIB_TREE_TREE_RESOLVE_H

#include "lib/base/error.h"
#include "lib/tree/tree.h"

#define TREE_ID_BYTES 65

struct tree_record;

struct file_tree {
    const struct tree_ops *ops;
    void *self;
    struct tree_record *record; /* borrowed; NULL: nothing is recorded */
};

/* Where a path leads. */
struct tree_found {
    enum tree_kind kind;
    char id[TREE_ID_BYTES];
    char *real; /* normalised, without links; of an absent entry: the first name that is missing */
    bool via_link;
};

/* `path` is normalised (path_join). */
int tree_resolve(struct file_tree *tree, const char *path, struct tree_found *out,
                 struct error **err);
void tree_found_clear(struct tree_found *found);
#define cleanup_tree_found __attribute__((cleanup(tree_found_clear)))

/* What of a lookup's answer the caller saw, and so what must be the same to reuse a result. */
enum tree_demand {
    TREE_SAW_KIND,
    TREE_SAW_CONTENT,
    TREE_SAW_REAL_PATH,
};

void tree_record_add(struct file_tree *tree, const char *path, enum tree_demand demand,
                     const struct tree_found *found);
/* A lookup failed: the record never holds. */
void tree_record_fail(struct tree_record *r);

#endif
