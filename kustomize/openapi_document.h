/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi_document: an OpenAPI v2 document ("swagger") as merge types and scopes.
 * Of its definitions those count that name kinds (x-kubernetes-group-version-kind), and what they
 * refer to; scopes come from the paths that serve a kind. References may form circles.
 */
#ifndef GITOPSD_KUSTOMIZE_OPENAPI_DOCUMENT_H
#define GITOPSD_KUSTOMIZE_OPENAPI_DOCUMENT_H

#include "kustomize/schema.h"

struct openapi_document;

/* JSON, or YAML where the text does not begin with "{". `name` stands in front of messages. With
 * `has_built_in` references to definitions that it does not hold mean those of the built-in table.
 */
int openapi_document_parse(const char *name, const char *text, size_t len, bool has_built_in,
                           struct openapi_document **out, struct error **err);
void openapi_document_free(struct openapi_document *d);

/* Borrowed; NULL where the document does not name the kind. */
const struct merge_type *openapi_document_find(const struct openapi_document *d,
                                               const char *api_version, const char *kind);
enum schema_scope openapi_document_scope(const struct openapi_document *d, const char *api_version,
                                         const char *kind);

DEFINE_CLEANUP(openapi_document, struct openapi_document, openapi_document_free)
#define cleanup_openapi_document __attribute__((cleanup(cleanup_openapi_document_fn)))

#endif
