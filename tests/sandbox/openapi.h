/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi: OpenAPI v3 documents of the group versions that are served, made of the reduced schemas
 * of lib/kube/schema.h and of the schemas of CRDs. Without descriptions for built-in kinds.
 */
#ifndef GITOPSD_TESTS_SANDBOX_OPENAPI_H
#define GITOPSD_TESTS_SANDBOX_OPENAPI_H

#include "tests/sandbox/kinds.h"

/* The answer of /openapi/v3. */
json_t *openapi_index(const struct kinds *kinds);
/* NULL: nothing of it is served. */
json_t *openapi_document(const struct kinds *kinds, const char *group, const char *version);
/* The document of one custom kind alone, to make its kube_schema of. */
json_t *openapi_of_kind(const struct kind *kind);

#endif
