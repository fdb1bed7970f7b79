/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer: one directory being built, and who asked for it: a base or a component on the way from the
 * kustomization that is built. Circles end here, and so does what nests too deep or too often.
 */
#ifndef GITOPSD_KUSTOMIZE_LAYER_H
#define GITOPSD_KUSTOMIZE_LAYER_H

#include "kustomize/loader.h"

struct layer {
    const struct layer *parent; /* NULL: the one that is built */
    struct loader *loader;
    const struct kustomization *k;
    json_t *origin; /* owned; NULL where nobody asked for origins */
    size_t depth;
};

void layer_clear(struct layer *layer);
#define cleanup_layer __attribute__((cleanup(layer_clear)))

/* From `layer` to the directory `dir` (links resolved) of `loader`, which the kustomization names
 * `path`. `*child` is set in any case. ERROR_INVALID: a circle, or the wrong kind of file;
 * ERROR_TOO_LARGE. */
int layer_enter(const struct layer *layer, struct loader *loader, const char *dir, const char *path,
                bool as_component, struct layer *child, struct error **err);

/* The `openapi` field holds for all that is built from here on. */
int layer_set_schemas(const struct layer *layer, struct error **err);

#endif
