/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kinds: which kinds of objects the sandbox serves: those of Kubernetes that people deploy
 * (kinds_table.c) and those of the CustomResourceDefinitions in its store (crd.c).
 * Memory: a kind lives as long as its registry: watches may hold one that is not served any more.
 */
#ifndef GITOPSD_TESTS_SANDBOX_KINDS_H
#define GITOPSD_TESTS_SANDBOX_KINDS_H

#include "lib/base/map.h"
#include "lib/base/vec.h"
#include "lib/kube/schema.h"

/* The Kubernetes whose kinds they are. */
#define KINDS_KUBERNETES "v1.36.0-sandbox"

enum kind_traits {
    KIND_NAMESPACED = 1 << 0,
    KIND_STATUS = 1 << 1,      /* has the subresource */
    KIND_SCALE = 1 << 2,       /* likewise */
    KIND_GENERATION = 1 << 3,  /* counts its changes in metadata.generation */
    KIND_CREATE_ONLY = 1 << 4, /* a question, such as a SubjectAccessReview: nothing is stored */
    KIND_MUST_NAME_VERSION = 1 << 5, /* an update without resourceVersion is refused */
    KIND_CREATED_BY_UPDATE = 1 << 6, /* a PUT of what is not there creates it */
    KIND_ORPHANS = 1 << 7,           /* a deletion that says nothing leaves the dependents */
    KIND_CONVERTED = 1 << 8,         /* stored as another version of it: convert.h */
};

struct collection;

/* One kind in one version. */
struct kind {
    const char *group; /* "" is the core group */
    const char *version;
    const char *kind;
    const char *plural;
    const char *singular;
    const char *short_names; /* separated by commas; "" */
    const char *categories;  /* likewise */
    unsigned traits;
    /* Of those that a CRD defines; NULL for built-in ones. All owned. */
    json_t *definition; /* the CRD's spec.versions[] item */
    json_t *crd;        /* the whole CRD */
    struct kube_schema *schema;
    struct collection *collection;
    bool is_storage; /* objects are stored in this version */
    bool is_served;
};

struct kinds {
    struct ptrvec all; /* struct kind, in the order of discovery */
    struct ptrvec retired;
};

struct store;
void kinds_init(struct kinds *kinds, struct store *store);
void kinds_clear(struct kinds *kinds);

/* NULL: not served. */
const struct kind *kinds_find(const struct kinds *kinds, const char *group, const char *version,
                              const char *plural);
bool kinds_has_group_version(const struct kinds *kinds, const char *group, const char *version);
/* The kind that a collection's objects have when they leave it: that of `like`'s group. */
const struct kind *kinds_of_collection(const struct kinds *kinds, const struct collection *c);

/* What the kind says about its fields; NULL: nothing. */
const struct kube_type *kind_type(const struct kind *kind);
static inline bool kind_has(const struct kind *kind, unsigned trait)
{
    return (kind->traits & trait) != 0;
}
static inline bool kind_is_custom(const struct kind *kind)
{
    return kind->definition != NULL;
}
/* "apps/v1" or "v1"; heap string. */
char *kind_api_version(const struct kind *kind);

/* ---- for crd.c ---- */

/* Takes it. */
void kinds_add(struct kinds *kinds, struct kind *kind);
/* Stop serving what the CRD of this group and plural defined. */
void kinds_retire(struct kinds *kinds, const char *group, const char *plural);

/* ---- the table ---- */

extern const struct kind kinds_table[];
extern const size_t kinds_table_len;

#endif
