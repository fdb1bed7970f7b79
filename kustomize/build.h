/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build: what `kustomize build` does, from a source tree, in this process.
 * Behaviour: kustomize v5.8. Knows no Git, no cluster, no event loop.
 * Thread: any; all state is the call's own, but for a cache that the caller may share.
 * Limits: what a build may use up is bounded (lib/doc/budget.h): ERROR_TOO_LARGE.
 * Errors: name the file, the field and the value. A failed build returns no objects.
 */
#ifndef GITOPSD_KUSTOMIZE_BUILD_H
#define GITOPSD_KUSTOMIZE_BUILD_H

#include "kustomize/options.h"
#include "lib/tree/tree.h"

/*
 * Build the directory `path` of the tree into a JSON array of objects, in output order.
 * `options` may be NULL for the defaults.
 */
int kustomize_build(struct file_tree *tree, const char *path,
                    const struct kustomize_options *options, json_t **objects, struct error **err);

#endif
