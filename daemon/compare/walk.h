/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: inside compare only: one walk through what is declared, what is live, and what the
 * live object says that we own, all at the same place.
 */
#ifndef GITOPSD_DAEMON_COMPARE_WALK_H
#define GITOPSD_DAEMON_COMPARE_WALK_H

#include "daemon/compare/compare.h"

#include <stddef.h>

/* Where the walk is. Lives on the stack of the walk; the root is NULL. */
struct place {
    const struct place *up;
    const char *field; /* of a map; NULL: an item of a list */
    const json_t *key; /* of an item: the members of its key, or the element of a set */
    size_t index;      /* of an item without a key */
    const char *owned; /* its name in fieldsV1, as "f:spec" or "k:{...}"; NULL: not there */
};

struct comparison {
    const char *kind;
    const json_t *managers; /* metadata.managedFields */
    const json_t *ours;     /* the entry of these that is ours */
    bool builtin;           /* a kind whose server-side defaults we know */
    char **path;
};

/* Note the place and return `drift`. */
enum drift walk_found(struct comparison *c, const struct place *at, enum drift drift);

/* `declared` is neither null nor an empty map or list, `owned` is not NULL, `live` may be. */
enum drift walk_list(struct comparison *c, const struct place *at, const json_t *declared,
                     const json_t *live, const json_t *owned);
/* Any declared value at a place that has a name of its own. `live` and `owned` may be NULL. */
enum drift walk_value(struct comparison *c, const struct place *at, const json_t *declared,
                      const json_t *live, const json_t *owned);

/* An atomic value: owned, and changed, as a whole. */
enum drift whole_compare(struct comparison *c, const struct place *at, const json_t *declared,
                         const json_t *live);
/* A map of that name holds keys of the user's choice, and the server never adds one. */
bool whole_is_closed_map(const char *field);

/* Neither value is a map or list; `live` may be NULL. */
bool scalar_equal(const struct comparison *c, const struct place *at, const json_t *declared,
                  const json_t *live);

static inline bool is_nothing(const json_t *v)
{
    return !v || json_is_null(v);
}

static inline bool is_empty_container(const json_t *v)
{
    return (json_is_object(v) && json_object_size(v) == 0) ||
           (json_is_array(v) && json_array_size(v) == 0);
}

#endif
