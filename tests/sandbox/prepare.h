/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepare: what becomes of an object between a client's words and the store: the parts that a
 * client does not decide (metadata.c of the real server's registries, BeforeCreate, BeforeUpdate).
 */
#ifndef GITOPSD_TESTS_SANDBOX_PREPARE_H
#define GITOPSD_TESTS_SANDBOX_PREPARE_H

#include "tests/sandbox/registry.h"

/* metadata is there and has the name and namespace of the request; apiVersion and kind are those
 * of the kind. `name` may be NULL (create). */
int prepare_identity(const struct kind *kind, const char *ns, const char *name, json_t *object,
                     json_t **refused);
/* Without the nulls that mean nothing; not of what an apply made. */
void prepare_nulls(const struct kind *kind, json_t *object);
/* Unknown fields go, or are refused; so are values of another type. */
int prepare_fields(const struct kind *kind, json_t *object, const struct write_options *options,
                   json_t **refused);
/* Name, uid, time and generation of a new object; no status. */
int prepare_new(const struct kind *kind, json_t *object, json_t **refused);
/* What an update may not change stays as in `old`; the generation counts. */
int prepare_changed(const struct kind *kind, const json_t *old, json_t *object,
                    const char *subresource, json_t **refused);

#endif
