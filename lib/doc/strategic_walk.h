/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strategic_walk: what strategic.c and strategic_list.c share; nobody else includes it.
 * `target` and `patch` are working copies that the walk changes. Absent is NULL, an explicit null
 * is json_null.
 */
#ifndef GITOPSD_LIB_DOC_STRATEGIC_WALK_H
#define GITOPSD_LIB_DOC_STRATEGIC_WALK_H

#include "lib/doc/strategic.h"

struct merge_path {
    const struct merge_path *parent;
    const char *name;
};

struct merge {
    merge_lookup_fn *lookup;
    const void *lookup_arg;
    const struct merge_path *path; /* for errors; NULL at the root */
    json_t *root;                  /* the target, in all of which shared scalars change */
};

/* Merge two values of `type` (NULL: unknown). `*out` is a new reference: NULL or json_null where
 * nothing remains. */
int merge_walk(struct merge *m, const struct merge_type *type, json_t *target, json_t *patch,
               json_t **out, struct error **err);

/* The same for two lists that merge by key, or as sets where the schema has no keys. */
int merge_list(struct merge *m, const struct merge_type *type, json_t *target, json_t *patch,
               json_t **out, struct error **err);

/* The quick way for lists with one key that every item has and none repeats; `*done` tells whether
 * these are such lists. */
int merge_list_unique(struct merge *m, const struct merge_type *type, json_t *base, json_t *patch,
                      bool *done, json_t **out, struct error **err);

/* Sets ERROR_INVALID with the path in front. */
int merge_error(const struct merge *m, struct error **err, const char *what);

#define PATCH_DIRECTIVE "$patch"

enum directive { DIRECTIVE_UNKNOWN, DIRECTIVE_MERGE, DIRECTIVE_REPLACE, DIRECTIVE_DELETE };

enum directive directive_parse(const json_t *value);
/* Sets the error for a directive that is unknown. */
int directive_refuse(const struct merge *m, const json_t *value, struct error **err);

bool node_is_null(const json_t *node); /* absent or null */

#define NODE_TEXT_BYTES 40
/* A scalar as text, which is how keys compare: 80 equals "80". "" for maps, lists and nothing. */
const char *node_text(const json_t *node, char scratch[NODE_TEXT_BYTES]);

#endif
