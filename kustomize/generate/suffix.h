/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suffix: names of generated objects end in a hash of their content. The last step of a build; as
 * a plugin (HashTransformer) it comes earlier, and the last step then adds another.
 */
#ifndef GITOPSD_KUSTOMIZE_GENERATE_SUFFIX_H
#define GITOPSD_KUSTOMIZE_GENERATE_SUFFIX_H

#include "kustomize/transform/transform.h"

/* To all resources that need it. ERROR_UNSUPPORTED as kustomize_hash says. */
int hash_suffixes_add(struct resmap *m, struct error **err);

transform_fn hash_plugin;

#endif
