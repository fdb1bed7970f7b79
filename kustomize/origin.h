/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin: where an object comes from, and which transformers went over it: what `buildMetadata`
 * asks for. kustomize keeps both in annotations of the object from the start; here they stand
 * beside it until the end.
 * An origin is a JSON object with the fields path, repo, ref, configuredIn, configuredBy; it is
 * never changed once made, and shared.
 */
#ifndef GITOPSD_KUSTOMIZE_ORIGIN_H
#define GITOPSD_KUSTOMIZE_ORIGIN_H

#include "kustomize/resmap.h"

#define ORIGIN_ANNOTATION "config.kubernetes.io/origin"

/* The origin of what `path` (a file, a directory, a repository's address) names from `origin`, the
 * origin of a directory. New reference; NULL where `origin` is NULL: nobody asked. */
json_t *origin_append(const json_t *origin, const char *path);
/* The origin of what a field of the kustomization file makes. New reference or NULL. */
json_t *origin_of_field(const json_t *origin, const char *file, const char *plugin);
/* The origin of what a plugin makes that is configured by `config`. New reference or NULL. */
json_t *origin_of_plugin(const struct resource *config);

/* All that have no origin get this one. NULL does nothing. */
void origin_set(struct resmap *m, const json_t *origin);
/* A transformer went over all resources: those that it made get it as their origin. */
void origin_add_transformation(struct resmap *m, const json_t *origin);

/* At the end: write the annotations that the build shall show. */
void origin_write(struct resource *r, bool with_origin, bool with_transformations);

#endif
