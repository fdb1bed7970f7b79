/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strategic: strategic merge patches, as kustomize v5.8 applies them.
 *
 * Maps merge, null deletes, scalars replace. A list replaces the target's list unless its schema
 * names merge keys (then items merge by key, those of the patch first) or says that it is a set of
 * primitives (then the union, the patch first). `$patch: delete|replace|merge` is honoured in maps,
 * for list items (where replace changes nothing) and as a list item of its own. As in kustomize,
 * and unlike in kubectl, `$retainKeys`, `$setElementOrder/...` and `$deleteFromPrimitiveList/...`
 * are no directives, and `$patch: replace` for the whole object changes nothing.
 *
 * What depends on the text: a null of the target that the patch does not name stays when it was
 * written `null` or `~`, and goes when it was written as nothing (lib/doc/spelling.h). A number or
 * a boolean that replaces a quoted string becomes a string; quoted is here what needs the quotes.
 *
 * The schema is plain data: types, which may refer to each other in circles. It need not name
 * fields under which no list merges. An unknown kind (a CRD) has none: all its lists are replaced;
 * but an object of a known kind inside of it (it has apiVersion and kind) merges by its own schema.
 * Behaviour: `kubectl kustomize`; the cases of tests/lib/doc/strategic_test.c were printed by it.
 */
#ifndef GITOPSD_LIB_DOC_STRATEGIC_H
#define GITOPSD_LIB_DOC_STRATEGIC_H

#include "lib/base/error.h"

#include <jansson.h>

/* A value of a schema. All zero: a value that is known, and in which nothing merges. */
struct merge_type {
    size_t field_count;
    const struct merge_field *fields; /* sorted by name, bytewise */
    const struct merge_type *values;  /* a map: what stands under names that `fields` lacks */
    const struct merge_type *items;   /* a list */
    bool merges;                      /* a list of patchStrategy "merge" */
    const char *const *keys;          /* a list of objects: merge keys, NULL behind the last */
};

/* For tables: what `keys` points to. */
#define MERGE_KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct merge_field {
    const char *name;
    const struct merge_type *type; /* NULL: unknown */
};

/* The schema of a kind; NULL: unknown. For kustomize: schemas_lookup. */
typedef const struct merge_type *merge_lookup_fn(const void *arg, const char *api_version,
                                                 const char *kind);

/* NULL means that nothing is known about the field. `type` may be NULL. */
const struct merge_type *merge_field_find(const struct merge_type *type, const char *name);

/*
 * Merge `patch` into `*target`, which is replaced on success and unchanged on failure. The patch
 * deleting the whole object (`$patch: delete`), or leaving nothing of it, sets `*target` to NULL:
 * the caller removes the object. Kind, name and namespace are the caller's business: this merges
 * them like any other field.
 * Errors: ERROR_INVALID names the path: another type in patch and target, an unknown `$patch`.
 */
int strategic_merge(json_t **target, const json_t *patch, merge_lookup_fn *lookup, const void *arg,
                    struct error **err);

#endif
