/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patch_apply: a patch that was read, on the resources that it is for. Errors name the object.
 */
#ifndef GITOPSD_KUSTOMIZE_TRANSFORM_PATCH_APPLY_H
#define GITOPSD_KUSTOMIZE_TRANSFORM_PATCH_APPLY_H

#include "kustomize/target.h"
#include "kustomize/transform/transform.h"

struct patch {
    struct ptrvec merges; /* strategic merge patches: struct resource */
    json_t *ops;          /* or a JSON patch */
    const struct schemas *schemas;
    bool allow_name_change;
    bool allow_kind_change;
    char *source; /* for messages */
};

void patch_clear(struct patch *p);
#define cleanup_patch __attribute__((cleanup(patch_clear)))

/* Merge `patch`, one of `p`, into what it names by its own kind, name and namespace. With `lends`
 * it takes over the apiVersion of that. ERROR_INVALID: nothing, or several, have the id. */
int patch_merge_by_id(struct transform *t, const struct resource *patch, const struct patch *p,
                      bool lends, struct error **err);
/* All merges of `p`: into what the target selects, or by their ids where `target` is NULL. */
int patch_merge_apply(struct transform *t, const struct patch *p, const struct target *target,
                      struct error **err);
/* The JSON patch of `p`. With `remember` the ids that the objects had can still be referred to. */
int patch_ops_apply(struct transform *t, const struct patch *p, const struct target *target,
                    bool remember, struct error **err);

#endif
