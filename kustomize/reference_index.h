/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reference_index: who had a name. Candidates are grouped by earlier name, earlier kind and present
 * namespace; large groups (a base used by many overlays with their own prefixes) further by the
 * outermost prefix and suffix.
 */
#ifndef GITOPSD_KUSTOMIZE_REFERENCE_INDEX_H
#define GITOPSD_KUSTOMIZE_REFERENCE_INDEX_H

#include "kustomize/resmap.h"

struct candidates {
    struct ptrvec all;    /* struct resource, borrowed */
    struct map by_prefix; /* outermost prefix: struct ptrvec; filled when asked for */
    struct map by_suffix;
    bool is_split;
};

/* Which of the namespaces of a candidate is asked for. */
enum namespace_of {
    NAMESPACE_ANY,
    NAMESPACE_CURRENT,  /* effective */
    NAMESPACE_ORIGINAL, /* effective */
    NAMESPACE_WRITTEN,  /* as the object has it now: "" is not "default" */
};

/* Filled when it is first asked: many builds refer to nothing. */
struct reference_index {
    const struct resmap *resources;
    bool is_filled;
    struct buf key;        /* room to write keys in */
    struct map groups;     /* "name kind" alone and with either namespace: struct candidates */
    struct map namespaces; /* an original namespace, alone and with the present one */
};

/* `m` is borrowed; names and namespaces in it stay as they are. */
void reference_index_init(struct reference_index *x, const struct resmap *m);
void reference_index_clear(struct reference_index *x);

/* Those with this earlier name and kind, in or from the namespace (effective). May be NULL. */
struct candidates *reference_index_find(struct reference_index *x, const char *name,
                                        const char *kind, enum namespace_of which,
                                        const char *namespace);

/* Is there a resource that came from `original` and lives in `namespace` (current or written)? */
bool reference_index_has_namespace(struct reference_index *x, const char *original,
                                   enum namespace_of which, const char *namespace);

/*
 * Append to `out` those candidates that may go with a referrer's prefixes and suffixes; the caller
 * still compares. May append more than needed, never less.
 */
void candidates_collect(struct candidates *c, const struct resource *referrer, struct ptrvec *out);

#endif
