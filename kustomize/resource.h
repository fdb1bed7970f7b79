/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resource: an object on its way through the engine, with what must be remembered about it: the
 * ids it had before, the prefixes and suffixes that it got, and what a generator asked for.
 * kustomize keeps these in annotations of the object and strips them at the end; here they stand
 * beside it. Annotations of that kind that come in with the input are stripped as well.
 */
#ifndef GITOPSD_KUSTOMIZE_RESOURCE_H
#define GITOPSD_KUSTOMIZE_RESOURCE_H

#include "lib/base/buf.h"
#include "lib/base/vec.h"

#include <jansson.h>

/* The namespace of ids of objects that are cluster-scoped, as kustomize calls it. */
#define CLUSTER_NAMESPACE "_non_namespaceable_"

/* An id the object had: the effective namespace, never "". */
struct previous_id {
    char *kind;
    char *name;
    char *namespace;
};

enum generator_behavior { BEHAVIOR_UNSPECIFIED, BEHAVIOR_CREATE, BEHAVIOR_REPLACE, BEHAVIOR_MERGE };

struct schemas;

struct resource {
    json_t *object;                /* never shared; NULL once a patch deleted it */
    const struct schemas *schemas; /* borrowed; NULL: the built-in ones */
    struct previous_id *previous;  /* oldest first */
    size_t previous_count;
    size_t previous_cap;
    struct strvec prefixes; /* innermost first */
    struct strvec suffixes;
    struct strvec vars; /* names of the vars that read from it */
    json_t *origin;     /* origin.h; NULL where the build does not keep track */
    json_t *transformations;
    bool needs_hash;
    bool is_generated; /* by a generator, or merged into by one */
    enum generator_behavior behavior;
};

/* Takes `object`. */
struct resource *resource_new(json_t *object, const struct schemas *schemas);
void resource_free(struct resource *r);

/* Borrowed; "" where the object has none. */
const char *resource_api_version(const struct resource *r);
const char *resource_kind(const struct resource *r);
const char *resource_name(const struct resource *r);
const char *resource_namespace(const struct resource *r);

void resource_set_name(struct resource *r, const char *name);
/* "" removes the field. */
void resource_set_namespace(struct resource *r, const char *namespace);

bool resource_is_cluster_scoped(const struct resource *r);
/* "default" where none is set, CLUSTER_NAMESPACE for cluster-scoped kinds. */
const char *resource_effective_namespace(const struct resource *r);

/* The oldest id: the current one where nothing changed yet. */
const char *resource_original_kind(const struct resource *r);
const char *resource_original_name(const struct resource *r);
const char *resource_original_namespace(const struct resource *r); /* effective */

/* Remember the current id before changing it. */
void resource_store_previous_id(struct resource *r);
/* Does kustomize hold an annotation of its own on the object? Then metadata.annotations exists. */
bool resource_has_build_state(const struct resource *r);

/* "Deployment.v1.apps/web.prod": as kustomize writes ids in messages. Heap string. */
char *resource_id_text(const struct resource *r);

/* An id as a map key: equal for equal ids. `namespace` is effective. */
void id_key(struct buf *out, const char *api_version, const char *kind, const char *namespace,
            const char *name);
void resource_id_key(const struct resource *r, struct buf *out);

/* "apps/v1": the group's length, and the version; "v1" has no group. */
size_t api_version_split(const char *api_version, const char **version);
/* Empty or NULL parts of the selector match anything. */
bool gvk_is_selected(const char *api_version, const char *kind, const char *group,
                     const char *version, const char *selected_kind);

/* Do both chains of prefixes and of suffixes end in the same way? With `allow_empty` an empty chain
 * goes with any. */
bool resource_affixes_equal(const struct resource *a, const struct resource *b, bool allow_empty);

/* metadata.annotations or metadata.labels, NULL where absent. */
json_t *resource_metadata_map(const struct resource *r, const char *field);
json_t *resource_create_annotations(struct resource *r);
/* Annotations become strings in sorted order, kustomize's own ones go, an empty map goes. */
void resource_finish(struct resource *r);

DEFINE_CLEANUP(resource, struct resource, resource_free)
#define cleanup_resource __attribute__((cleanup(cleanup_resource_fn)))

#endif
