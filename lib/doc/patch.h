/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patch: JSON pointer (RFC 6901), JSON patch (RFC 6902) and merge patch (RFC 7386).
 * A failing patch leaves its document unchanged (the patch works on a copy). Errors name the
 * operation's index, its path and the cause.
 */
#ifndef GITOPSD_LIB_DOC_PATCH_H
#define GITOPSD_LIB_DOC_PATCH_H

#include "lib/base/error.h"

#include <jansson.h>

/* Borrowed; NULL means absent (also for a malformed pointer). "" is the document itself. */
json_t *json_pointer_find(const json_t *doc, const char *pointer);

/*
 * `*doc` is replaced by the patched document on success. `ops` is the array of operations. Where
 * kustomize's library differs from the RFC, so does this: a negative index counts from the end,
 * `replace` adds a field that is not there, `copy` of such a field and a missing value are null,
 * and only `replace` and `test` take the whole document. Spelled scalars become plain ones.
 */
int json_patch_apply(json_t **doc, const json_t *ops, struct error **err);

/* RFC 7386: null deletes. `*doc` is replaced on success. */
void merge_patch_apply(json_t **doc, const json_t *patch);

#endif
