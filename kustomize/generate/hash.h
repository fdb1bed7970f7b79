/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash: the suffix that kustomize gives to the names of generated objects.
 */
#ifndef GITOPSD_KUSTOMIZE_GENERATE_HASH_H
#define GITOPSD_KUSTOMIZE_GENERATE_HASH_H

#include "lib/base/buf.h"

#include <jansson.h>

#define KUSTOMIZE_HASH_BYTES 11

/*
 * ConfigMaps and Secrets are hashed as kustomize does: kind, type and data; not, in spite of what
 * its documentation says, the name. `out` gets ten characters and a NUL.
 * ERROR_UNSUPPORTED for other kinds: there kustomize's hash depends on the lines and quotes of the
 * text that the object was read from. Only a generated object whose kind a patch changed, or one
 * with kustomize's internal annotation, asks for that.
 */
int kustomize_hash(const json_t *object, char out[KUSTOMIZE_HASH_BYTES], struct error **err);

/* Append the value as Go prints JSON: sorted keys, no spaces, `<`, `>` and `&` escaped. */
void canonical_value(struct buf *out, const json_t *value);
/* The same with all digits of integers; of a document as spelled_resolve_exact() leaves it. */
void canonical_exact(struct buf *out, const json_t *value);

#endif
