/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi: what one build knows about kinds. It starts as the built-in table; the `openapi` field
 * of the first kustomization that has one (the root's first, then in the order of their visit)
 * puts a document in its place. As in kustomize the built-in table then still counts if the build
 * had asked it before about a kind, or for the scope of a kind that it does not know.
 * Thread: a build's own; looking something up may change it.
 */
#ifndef GITOPSD_KUSTOMIZE_OPENAPI_H
#define GITOPSD_KUSTOMIZE_OPENAPI_H

#include "kustomize/schema.h"

struct schemas;

struct schemas *schemas_new(void);
void schemas_free(struct schemas *s);

/*
 * Take the `openapi` field of one kustomization: NULL, or a checked map of strings. `text` is
 * the content of the file in `path`, NULL where there is no path; `name` stands in messages for it.
 * With `reset` (the root) it always counts, else only where none counted before.
 * Errors: ERROR_INVALID for a version that is not built in, for both a version and a path, and
 * for a file that is no OpenAPI document.
 */
int schemas_set(struct schemas *s, const json_t *field, const char *name, const char *text,
                size_t len, bool reset, struct error **err);

/* How objects of the kind merge; NULL where nothing is known. `s` NULL: the built-in table. */
const struct merge_type *schemas_find(const struct schemas *s, const char *api_version,
                                      const char *kind);
/* The same as a merge_lookup_fn; the argument is the `struct schemas`. */
const struct merge_type *schemas_lookup(const void *schemas, const char *api_version,
                                        const char *kind);
enum schema_scope schemas_scope(const struct schemas *s, const char *api_version, const char *kind);

DEFINE_CLEANUP(schemas, struct schemas, schemas_free)
#define cleanup_schemas __attribute__((cleanup(cleanup_schemas_fn)))

#endif
