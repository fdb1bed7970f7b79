/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/accumulate.h"

#include "kustomize/documents.h"
#include "kustomize/generate/generator.h"
#include "kustomize/transform/transform.h"

#include <assert.h>

/* Bases in bases: nobody nests that deep, and every level takes stack. */
#define DEPTH_MAX 64

/* One directory being built, and who asked for it. */
struct layer {
    const struct layer *parent;
    struct loader *loader;
    const struct kustomization *k;
    size_t depth;
};

static int accumulate_layer(struct accumulator *a, const struct layer *layer, struct error **err);

void accumulator_init(struct accumulator *a)
{
    *a = (struct accumulator){.config = field_config_default()};
}

void accumulator_clear(struct accumulator *a)
{
    resmap_clear(&a->resources);
}

/* ---- fields that are refused ---- */

static const struct {
    const char *field;
    const char *remedy;
} refused[] = {
    {"helmCharts", "render the chart with `helm template` and list its output under resources"},
    {"helmChartInflationGenerator",
     "render the chart with `helm template` and list its output under resources"},
    {"generators", "list what they generate under resources"},
    {"transformers", "use the fields of the kustomization, such as patches, labels, namespace"},
    {"validators", "run them before committing"},
    {"vars", "use replacements"},
    {"crds", "name the references in patches"},
    {"configurations", "use patches for the fields that it names"},
    {"openapi", "use JSON patches for objects with a schema of their own"},
    {"buildMetadata", "remove the field"},
};

static int check_supported(const struct kustomization *k, struct error **err)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (kustomization_get(k, refused[i].field))
            return error_set(err, ERROR_UNSUPPORTED, "%s: %s is not supported; %s", k->file,
                             refused[i].field, refused[i].remedy);
    return 0;
}

/* ---- files ---- */

static int accumulate_file(struct accumulator *a, const struct layer *layer, const char *path,
                           struct error **err)
{
    cleanup_resources struct ptrvec resources = {0};
    const json_t *docs;
    size_t i;
    int rc = 0;

    if (loader_documents(layer->loader, layer->k->dir, path, &docs, err) < 0)
        return -1;
    if (documents_resources(docs, &resources, err) < 0)
        return error_wrap(err, "%s", path);
    for (i = 0; i < resources.len && rc == 0; i++)
        rc = resmap_append(&a->resources, TAKE(resources.items[i]), err);
    return rc < 0 ? error_wrap(err, "%s", path) : 0;
}

/* ---- directories ---- */

static void chain_text(const struct layer *layer, struct buf *out)
{
    if (layer->parent) {
        chain_text(layer->parent, out);
        buf_puts(out, " -> ");
    }
    buf_puts(out, dir_shown(layer->k->dir));
}

/* A base at or above a directory on the way here would build itself. */
static int check_cycle(const struct layer *layer, const char *dir, struct error **err)
{
    assert(layer);
    for (const struct layer *l = layer; l; l = l->parent)
        if (path_is_below(l->k->dir, dir)) {
            cleanup_buf struct buf chain = BUF_UNLIMITED;

            chain_text(layer, &chain);
            return error_set(err, ERROR_INVALID,
                             "cycle: %s -> %s, which contains %s; a base must not be or contain "
                             "one of its users",
                             chain.data, dir_shown(dir), dir_shown(l->k->dir));
        }
    if (layer->depth >= DEPTH_MAX)
        return error_set(err, ERROR_TOO_LARGE, "bases are nested more than %d deep", DEPTH_MAX);
    return 0;
}

static int enter(const struct layer *layer, const char *dir, bool as_component, struct layer *child,
                 struct error **err)
{
    *child = (struct layer){.parent = layer, .loader = layer->loader, .depth = layer->depth + 1};
    if (check_cycle(layer, dir, err) < 0 ||
        loader_kustomization(layer->loader, dir, &child->k, err) < 0)
        return -1;
    if (as_component && !child->k->is_component)
        return error_set(err, ERROR_INVALID, "%s is not of kind Component; list it under resources",
                         child->k->file);
    if (!as_component && child->k->is_component)
        return error_set(err, ERROR_INVALID, "%s is of kind Component; list it under components",
                         child->k->file);
    return 0;
}

static int check_base_path(const char *path, struct error **err)
{
    if (path[0] == '/')
        return error_set(err, ERROR_INVALID, "\"%s\" cannot be absolute", path);
    if (path_is_ambiguous(path))
        return error_set(err, ERROR_INVALID,
                         "path \"%s\" is ambiguous; check the indentation of the list", path);
    return 0;
}

static int accumulate_base(struct accumulator *a, const struct layer *layer, const char *dir,
                           struct error **err)
{
    cleanup_accumulator struct accumulator sub;
    struct layer child;

    accumulator_init(&sub);
    if (enter(layer, dir, false, &child, err) < 0 || accumulate_layer(&sub, &child, err) < 0)
        return -1;
    return resmap_append_all(&a->resources, &sub.resources, err);
}

static int accumulate_resource(struct accumulator *a, const struct layer *layer, const char *path,
                               struct error **err)
{
    cleanup_free char *real = NULL;
    enum tree_kind kind;

    if (!*path)
        return error_set(err, ERROR_INVALID, "an entry is empty; remove it");
    if (loader_stat(layer->loader, layer->k->dir, path, &kind, &real, err) < 0)
        return -1;
    switch (kind) {
    case TREE_FILE: return accumulate_file(a, layer, path, err);
    case TREE_DIR:
        if (check_base_path(path, err) < 0)
            return -1;
        return accumulate_base(a, layer, real, err);
    case TREE_ABSENT:
        return error_set(err, ERROR_NOT_FOUND, "\"%s\" does not exist in %s", path,
                         dir_shown(layer->k->dir));
    case TREE_OTHER: break;
    }
    return error_set(err, ERROR_INVALID, "\"%s\" is neither a file nor a directory", path);
}

/* A component works on what has been accumulated so far. */
static int accumulate_component(struct accumulator *a, const struct layer *layer, const char *path,
                                struct error **err)
{
    cleanup_free char *real = NULL;
    struct layer child;
    enum tree_kind kind;

    if (loader_stat(layer->loader, layer->k->dir, path, &kind, &real, err) < 0)
        return -1;
    if (kind != TREE_DIR)
        return error_set(err, kind == TREE_ABSENT ? ERROR_NOT_FOUND : ERROR_INVALID,
                         "\"%s\" is not a directory; components are directories", path);
    if (check_base_path(path, err) < 0 || enter(layer, real, true, &child, err) < 0)
        return -1;
    return accumulate_layer(a, &child, err);
}

typedef int accumulate_fn(struct accumulator *a, const struct layer *layer, const char *path,
                          struct error **err);

static int accumulate_each(struct accumulator *a, const struct layer *layer, const char *field,
                           accumulate_fn *fn, struct error **err)
{
    size_t i;
    json_t *path;

    json_array_foreach ((json_t *)kustomization_get(layer->k, field), i, path)
        if (fn(a, layer, json_string_value(path), err) < 0)
            return error_wrap(err, "%s: %s", layer->k->file, field);
    return 0;
}

static int accumulate_layer(struct accumulator *a, const struct layer *layer, struct error **err)
{
    struct transform t = {.resources = &a->resources,
                          .config = a->config,
                          .loader = layer->loader,
                          .dir = layer->k->dir};

    if (check_supported(layer->k, err) < 0 ||
        accumulate_each(a, layer, "resources", accumulate_resource, err) < 0 ||
        generators_run(&a->resources, layer->loader, layer->k, err) < 0 ||
        accumulate_each(a, layer, "components", accumulate_component, err) < 0)
        return -1;
    return transform_run(&t, layer->k, err);
}

int accumulate(struct accumulator *a, struct loader *loader, const char *dir, struct error **err)
{
    struct layer layer = {.loader = loader};

    if (loader_kustomization(loader, dir, &layer.k, err) < 0)
        return -1;
    return accumulate_layer(a, &layer, err);
}
