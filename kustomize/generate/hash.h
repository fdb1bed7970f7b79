/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash: the suffix that kustomize gives to the names of generated objects.
 */
#ifndef GITOPSD_KUSTOMIZE_GENERATE_HASH_H
#define GITOPSD_KUSTOMIZE_GENERATE_HASH_H

#include <jansson.h>

#define KUSTOMIZE_HASH_BYTES 11

/* ConfigMaps and Secrets are hashed by their kind, name, type and data; other objects whole.
 * `out` gets ten characters and a NUL. The name is that of the object as given: kustomize hashes
 * after prefixes and suffixes were applied. */
void kustomize_hash(const json_t *object, char out[KUSTOMIZE_HASH_BYTES]);

#endif
