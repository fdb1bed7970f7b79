/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: inside compare only: one walk through what is declared, what is live, and what the
 * live object says that we own, all at the same place.
 */
#ifndef GITOPSD_DAEMON_COMPARE_WALK_H
#define GITOPSD_DAEMON_COMPARE_WALK_H

#include "daemon/compare/compare.h"
#include "lib/kube/schema.h"

#include <stddef.h>

/* Where the walk is. Lives on the stack of the walk; the root is NULL. */
struct place {
    const struct place *up;
    const char *field; /* of a map; NULL: an item of a list */
    const json_t *key; /* of an item: the members of its key, or the element of a set; or NULL,
                        * and `owned` tells it */
    size_t index;      /* of an item without a key */
    const char *owned; /* its name in fieldsV1, as "f:spec" or "k:{...}"; NULL: not there */
    bool is_part;      /* of an atomic value: it has no owner of its own */
    const struct kube_type *type; /* NULL: unknown */
};

struct comparison {
    const char *kind;
    const json_t *managers; /* metadata.managedFields */
    const json_t *ours;     /* the entry of these that is ours */
    const struct ignored *ignored;
    const struct kube_type *type; /* of the kind; NULL: unknown */
    bool builtin;                 /* a kind whose server-side defaults and spellings we know */
    bool aggregated;              /* a ClusterRole whose rules its controller writes */
    enum drift worst;
    struct drifts *out;
};

/* An API group whose defaulting inside atomic values whole.c knows. */
bool walk_is_builtin(const char *api_version);

/* Note a drift at this place. */
void walk_found(struct comparison *c, const struct place *at, enum drift drift);

/* `declared` is neither null nor an empty map or list; `live` and `owned` may be NULL. */
void walk_list(struct comparison *c, const struct place *at, const json_t *declared,
               const json_t *live, const json_t *owned);
/* Any declared value at a place that has a name of its own. `live` and `owned` may be NULL. */
void walk_value(struct comparison *c, const struct place *at, const json_t *declared,
                const json_t *live, const json_t *owned);

/* An atomic value: owned, and changed, as a whole. */
void whole_compare(struct comparison *c, const struct place *at, const json_t *declared,
                   const json_t *live);
/* The map at this place holds keys of the user's choice, and the server never adds one. */
bool whole_is_closed_map(const struct place *at);

/* Neither value is a map or list; `live` may be NULL. */
void scalar_compare(struct comparison *c, const struct place *at, const json_t *declared,
                    const json_t *live);

/* Our entry: of what we applied, not of what we or others updated. NULL: none. */
const json_t *managers_find_ours(const json_t *managers);
/* The node of "f:FIELD"; `*name` is that key, as long as `owned` lives. NULL: not there. */
const json_t *managers_field(const json_t *owned, const char *field, const char **name);
enum others { OTHERS_NONE, OTHERS_PARTS, OTHERS_WHOLE };
/* Do other managers own parts of the value at `at`, or all of it as one? */
enum others managers_own(const struct comparison *c, const struct place *at);
/* The name of another manager that owns the place; NULL: none. */
const char *managers_owner(const struct comparison *c, const struct place *at);

static inline bool is_nothing(const json_t *v)
{
    return !v || json_is_null(v);
}

static inline bool is_empty_container(const json_t *v)
{
    return (json_is_object(v) && json_object_size(v) == 0) ||
           (json_is_array(v) && json_array_size(v) == 0);
}

/* The type of a field of a STRUCT or a MAP; NULL: unknown. */
static inline const struct kube_type *type_of_field(const struct kube_type *t, const char *field)
{
    const struct kube_field *f;

    if (kube_type_shape(t) == KUBE_MAP)
        return kube_type_items(t);
    f = kube_type_shape(t) == KUBE_STRUCT ? kube_type_field(t, field) : NULL;
    return f ? f->type : NULL;
}

/* Is this field of the declared or of the live map ignored? */
static inline bool is_ignored_field(const struct comparison *c, const json_t *declared,
                                    const json_t *live, const char *field)
{
    return c->ignored && (ignored_has_field(c->ignored, declared, field) ||
                          ignored_has_field(c->ignored, live, field));
}

#endif
