/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/layer.h"

#include "kustomize/json_text.h"
#include "kustomize/origin.h"

#include <assert.h>

/* Bases in bases: nobody nests that deep, and every level takes stack. */
#define DEPTH_MAX 64
/* A few directories that each use others twice are built exponentially often. */
#define LAYERS_MAX 100000

void layer_clear(struct layer *layer)
{
    json_decref(layer->origin);
}

static void chain_text(const struct layer *layer, struct buf *out)
{
    if (layer->parent) {
        chain_text(layer->parent, out);
        buf_puts(out, " -> ");
    }
    buf_puts(out, dir_shown(layer->k->dir));
}

static int cycle(const struct layer *layer, const char *what, const char *visited,
                 struct error **err)
{
    cleanup_buf struct buf chain = BUF_UNLIMITED;

    chain_text(layer, &chain);
    return error_set(err, ERROR_INVALID,
                     "cycle: %s -> %s, which contains %s; a base must not be or contain one of its "
                     "users",
                     chain.data, what, visited);
}

/* A base at or above a directory on the way here would build itself. */
static int check_nesting(const struct layer *layer, const struct loader *loader, const char *dir,
                         struct error **err)
{
    assert(layer);
    for (const struct layer *l = layer; l; l = l->parent)
        if (l->loader == loader && path_is_below(l->k->dir, dir))
            return cycle(layer, dir_shown(dir), dir_shown(l->k->dir), err);
    if (layer->depth >= DEPTH_MAX)
        return error_set(err, ERROR_TOO_LARGE, "bases are nested more than %d deep", DEPTH_MAX);
    if (loader->session->layer_count++ >= LAYERS_MAX)
        return error_set(err, ERROR_TOO_LARGE,
                         "more than %d bases and components are built, those that are used twice "
                         "counted twice",
                         LAYERS_MAX);
    return 0;
}

int layer_set_schemas(const struct layer *layer, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(RESOURCE_FILE_MAX_BYTES);
    const json_t *field = kustomization_get(layer->k, "openapi");
    const json_t *path = json_object_get(field, "path");
    const char *name = json_string_at(field, "path");
    bool is_top = !layer->parent;

    if (!field)
        return 0;
    if (path && loader_read(layer->loader, layer->k->dir, name, &text, err) < 0)
        return error_wrap(err, "%s: openapi", layer->k->file);
    if (schemas_set(layer->loader->session->schemas, field, name, path ? text.data : NULL, text.len,
                    is_top, err) < 0)
        return error_wrap(err, "%s: openapi", layer->k->file);
    return 0;
}

int layer_enter(const struct layer *layer, struct loader *loader, const char *dir, const char *path,
                bool as_component, struct layer *child, struct error **err)
{
    *child = (struct layer){.parent = layer, .loader = loader, .depth = layer->depth + 1};
    if (check_nesting(layer, loader, dir, err) < 0 ||
        loader_kustomization(loader, dir, &child->k, err) < 0 || layer_set_schemas(child, err) < 0)
        return -1;
    if (as_component && !child->k->is_component)
        return error_set(err, ERROR_INVALID, "%s is not of kind Component; list it under resources",
                         child->k->file);
    if (!as_component && child->k->is_component)
        return error_set(err, ERROR_INVALID, "%s is of kind Component; list it under components",
                         child->k->file);
    child->origin = origin_append(layer->origin, path);
    return 0;
}
