/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: what kustomize has built in about kinds: how their lists merge, and whether they live in
 * a namespace. tests/golden/generate-schema writes the table (schema_table.c) from its sources.
 * What a build knows beside it is in openapi.h.
 */
#ifndef GITOPSD_KUSTOMIZE_SCHEMA_H
#define GITOPSD_KUSTOMIZE_SCHEMA_H

#include "lib/doc/strategic.h"

enum schema_scope { SCHEMA_SCOPE_UNKNOWN, SCHEMA_NAMESPACED, SCHEMA_CLUSTER };

struct schema_kind {
    const char *api_version; /* "apps/v1" */
    const char *kind;
    enum schema_scope scope;
    const struct merge_type *type; /* NULL: no list of it merges */
};

/* A definition of the OpenAPI document: "io.k8s.api.core.v1.PodSpec". */
struct schema_definition {
    const char *name;
    const struct merge_type *type;
};

/* Sorted by apiVersion, then kind, bytewise. */
extern const struct schema_kind schema_kinds[];
extern const size_t schema_kind_count;
/* Sorted by name, bytewise; those in which some list merges. */
extern const struct schema_definition schema_definitions[];
extern const size_t schema_definition_count;

/* How objects of the kind merge: for strategic_merge. NULL where nothing is known (CRDs). */
const struct merge_type *schema_find(const char *api_version, const char *kind);

/* A definition by its name, for documents that refer to it. NULL where nothing merges in it. */
const struct merge_type *schema_definition_find(const char *name);

/* Is it a kind of kustomize itself? A document of the user's does not replace those. */
bool schema_is_own(const char *api_version);

/* SCHEMA_SCOPE_UNKNOWN for kinds that are not built in; kustomize takes those as namespaced. */
enum schema_scope schema_scope(const char *api_version, const char *kind);

#endif
