/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/accumulate.h"

#include "kustomize/documents.h"
#include "kustomize/generate/generator.h"
#include "kustomize/layer.h"
#include "kustomize/origin.h"
#include "kustomize/plugins.h"
#include "lib/doc/yaml.h"

static int accumulate_layer(struct accumulator *a, const struct layer *layer, struct error **err);

void accumulator_init(struct accumulator *a)
{
    *a = (struct accumulator){0};
}

void accumulator_clear(struct accumulator *a)
{
    resmap_clear(&a->resources);
    field_config_unref(a->config);
    vars_clear(&a->vars);
}

/* `config` joins that of the layers below. */
static int merge_config(struct accumulator *a, struct session *s, const struct field_config *config,
                        struct error **err)
{
    const struct field_config *merged;

    if (field_config_merge(s, a->config, config, &merged, err) < 0)
        return -1;
    field_config_unref(a->config);
    a->config = merged;
    return 0;
}

/* ---- files ---- */

static int accumulate_documents(struct accumulator *a, const struct layer *layer, const char *path,
                                const json_t *docs, bool takes, struct error **err)
{
    cleanup_resources struct ptrvec resources = {0};
    cleanup_json json_t *origin = origin_append(layer->origin, path);

    if (documents_resources(docs, takes, layer->loader->session->schemas, &resources, err) < 0)
        return -1;
    for (size_t i = 0; i < resources.len; i++) {
        struct resource *r = TAKE(resources.items[i]);

        r->origin = json_incref(origin);
        if (resmap_append(&a->resources, r, err) < 0)
            return -1;
    }
    return 0;
}

static int accumulate_file(struct accumulator *a, const struct layer *layer, const char *path,
                           struct error **err)
{
    const json_t *docs = NULL;
    cleanup_json json_t *taken = NULL;
    bool is_top = !layer->parent; /* nobody else asks for its files: they need no copy */

    if (is_top ? loader_take_documents(layer->loader, layer->k->dir, path, &taken, err) < 0
               : loader_documents(layer->loader, layer->k->dir, path, &docs, err) < 0)
        return -1;
    if (accumulate_documents(a, layer, path, taken ? taken : docs, taken, err) < 0)
        return error_wrap(err, "%s", path);
    return 0;
}

/* ---- directories ---- */

static int check_base_path(const char *path, struct error **err)
{
    if (path[0] == '/')
        return error_set(err, ERROR_INVALID, "\"%s\" cannot be absolute", path);
    if (path_is_ambiguous(path))
        return error_set(err, ERROR_INVALID,
                         "path \"%s\" is ambiguous; check the indentation of the list", path);
    return 0;
}

static int accumulate_base(struct accumulator *a, const struct layer *layer, struct loader *loader,
                           const char *dir, const char *path, struct error **err)
{
    cleanup_accumulator struct accumulator sub;
    cleanup_layer struct layer child;

    accumulator_init(&sub);
    if (layer_enter(layer, loader, dir, path, false, &child, err) < 0 ||
        accumulate_layer(&sub, &child, err) < 0 ||
        resmap_append_all(&a->resources, &sub.resources, err) < 0 ||
        merge_config(a, layer->loader->session, sub.config, err) < 0)
        return -1;
    return vars_merge(&a->vars, &sub.vars, err);
}

static int accumulate_local(struct accumulator *a, const struct layer *layer, const char *path,
                            struct error **err)
{
    cleanup_free char *real = NULL;
    enum tree_kind kind;

    if (loader_stat(layer->loader, layer->k->dir, path, &kind, &real, err) < 0)
        return -1;
    switch (kind) {
    case TREE_FILE: return accumulate_file(a, layer, path, err);
    case TREE_DIR:
        if (check_base_path(path, err) < 0)
            return -1;
        return accumulate_base(a, layer, layer->loader, real, path, err);
    case TREE_ABSENT:
        return error_set(err, ERROR_NOT_FOUND, "\"%s\" does not exist in %s", path,
                         dir_shown(layer->k->dir));
    case TREE_OTHER: break;
    }
    return error_set(err, ERROR_INVALID,
                     "\"%s\" is neither a file nor a directory (a submodule is not fetched)", path);
}

/* Does the address itself say that it is a repository's? */
static bool names_repository(const char *path)
{
    return strstr(path, "?ref=") || strstr(path, "?version=") || strstr(path, ".git") ||
           strstr(path, "_git/");
}

static int accumulate_remote(struct accumulator *a, const struct layer *layer,
                             const struct remote_repository *r, struct error **err)
{
    cleanup_free char *dir = NULL;
    struct loader *loader;

    if (loader_enter_remote(layer->loader, r, &loader, &dir, err) < 0)
        return -1;
    if (accumulate_base(a, layer, loader, dir, r->raw, err) < 0)
        return error_wrap(err, "%s", r->raw);
    return 0;
}

static int accumulate_resource(struct accumulator *a, const struct layer *layer, const char *path,
                               struct error **err)
{
    cleanup_remote_repository struct remote_repository r = {0};
    cleanup_error struct error *no_repository = NULL;
    bool is_url = remote_is_file_url(path);
    bool is_repository;

    if (!*path)
        return error_set(err, ERROR_INVALID, "an entry is empty; remove it");
    is_repository = remote_repository_parse(path, &r, &no_repository) == 0;
    if (is_url && !(is_repository && names_repository(path))) {
        cleanup_error struct error *no_file = NULL;

        if (accumulate_file(a, layer, path, &no_file) == 0)
            return 0;
        if (!is_repository || error_kind(no_file) != ERROR_INVALID)
            return error_move(err, &no_file);
    }
    if (is_repository)
        return accumulate_remote(a, layer, &r, err);
    return accumulate_local(a, layer, path, err);
}

/* kustomize begins anew with what a component leaves: ids must be unique, and field specs that came
 * together must not contradict each other in the order that they have now. */
static int settle(struct accumulator *a, struct session *s, struct error **err)
{
    const struct field_config *merged;

    if (resmap_check_unique(&a->resources, err) < 0 ||
        field_config_merge(s, NULL, a->config, &merged, err) < 0)
        return -1;
    field_config_unref(a->config);
    a->config = merged;
    return 0;
}

/* A component works on what has been accumulated so far. */
static int accumulate_component(struct accumulator *a, const struct layer *layer, const char *path,
                                struct error **err)
{
    cleanup_remote_repository struct remote_repository r = {0};
    cleanup_error struct error *no_repository = NULL;
    cleanup_free char *real = NULL;
    cleanup_layer struct layer child = {0};
    struct loader *loader = layer->loader;
    enum tree_kind kind;

    if (remote_repository_parse(path, &r, &no_repository) == 0) {
        if (loader_enter_remote(layer->loader, &r, &loader, &real, err) < 0)
            return -1;
    } else {
        if (loader_stat(loader, layer->k->dir, path, &kind, &real, err) < 0)
            return -1;
        if (kind != TREE_DIR)
            return error_set(err, kind == TREE_ABSENT ? ERROR_NOT_FOUND : ERROR_INVALID,
                             "\"%s\" is not a directory; components are directories", path);
        if (check_base_path(path, err) < 0)
            return -1;
    }
    if (layer_enter(layer, loader, real, path, true, &child, err) < 0 ||
        accumulate_layer(a, &child, err) < 0)
        return -1;
    return settle(a, layer->loader->session, err);
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

/* ---- plugins ---- */

/* An entry of generators, transformers or validators is a configuration as text, or says where one
 * is. NULL where it is no text. */
static json_t *inline_documents(const char *entry)
{
    cleanup_error struct error *no_text = NULL;
    cleanup_json json_t *docs = NULL;

    if (documents_parse("inline", entry, strlen(entry), &docs, &no_text) < 0 ||
        !json_is_object(json_array_get(docs, 0)))
        return NULL;
    return TAKE(docs);
}

static int accumulate_inline(struct accumulator *a, const struct layer *layer, const char *entry,
                             struct error **err)
{
    cleanup_json json_t *docs = inline_documents(entry);

    return docs ? accumulate_documents(a, layer, layer->k->name, docs, true, err) : 0;
}

/* Not as the name of a missing file: the text may hold what is secret. */
static int refuse_inline(const char *entry, struct error **err)
{
    cleanup_json json_t *docs = NULL;

    if (documents_parse("inline", entry, strlen(entry), &docs, err) < 0)
        return -1;
    return error_set(err, ERROR_INVALID, "the configuration of a plugin must be a map");
}

static int accumulate_elsewhere(struct accumulator *a, const struct layer *layer, const char *entry,
                                struct error **err)
{
    cleanup_json json_t *docs = inline_documents(entry);

    if (docs || !*entry)
        return 0;
    return entry[strcspn(entry, "\n{")] ? refuse_inline(entry, err)
                                        : accumulate_resource(a, layer, entry, err);
}

/* Those that stand in the file come first. */
static int accumulate_plugins(struct accumulator *a, const struct layer *layer, const char *field,
                              struct error **err)
{
    if (accumulate_each(a, layer, field, accumulate_inline, err) < 0)
        return -1;
    return accumulate_each(a, layer, field, accumulate_elsewhere, err);
}

static int run_generators(struct accumulator *a, const struct layer *layer, struct error **err)
{
    cleanup_accumulator struct accumulator configs;

    accumulator_init(&configs);
    if (generators_run(&a->resources, layer->loader, layer->k, layer->origin, err) < 0 ||
        accumulate_plugins(&configs, layer, "generators", err) < 0)
        return -1;
    for (size_t i = 0; i < configs.resources.items.len; i++)
        if (plugin_generate(&a->resources, layer->loader, layer->k->dir,
                            resmap_at(&configs.resources, i), err) < 0)
            return error_wrap(err, "%s: generators", layer->k->file);
    return 0;
}

static int run_transformers(struct accumulator *a, const struct layer *layer, struct error **err)
{
    cleanup_accumulator struct accumulator configs;
    struct transform t = {.resources = &a->resources,
                          .config = a->config,
                          .loader = layer->loader,
                          .dir = layer->k->dir,
                          .origin = layer->origin};

    accumulator_init(&configs);
    if (transform_run(&t, layer->k, err) < 0 ||
        accumulate_plugins(&configs, layer, "transformers", err) < 0)
        return -1;
    for (size_t i = 0; i < configs.resources.items.len; i++)
        if (plugin_transform(&t, resmap_at(&configs.resources, i), err) < 0)
            return error_wrap(err, "%s: transformers", layer->k->file);
    return 0;
}

static int run_validators(struct accumulator *a, const struct layer *layer, struct error **err)
{
    cleanup_accumulator struct accumulator configs;
    struct transform t = {.resources = &a->resources,
                          .config = a->config,
                          .loader = layer->loader,
                          .dir = layer->k->dir};

    accumulator_init(&configs);
    if (accumulate_plugins(&configs, layer, "validators", err) < 0)
        return -1;
    for (size_t i = 0; i < configs.resources.items.len; i++)
        if (plugin_validate(&t, resmap_at(&configs.resources, i), err) < 0)
            return error_wrap(err, "%s: validators", layer->k->file);
    return 0;
}

/* ---- a layer ---- */

static int merge_own_config(struct accumulator *a, const struct layer *layer, struct error **err)
{
    const struct field_config *own;
    int rc;

    if (field_config_load(layer->loader, layer->k->dir,
                          kustomization_get(layer->k, "configurations"),
                          kustomization_get(layer->k, "crds"), &own, err) < 0)
        return error_wrap(err, "%s", layer->k->file);
    rc = merge_config(a, layer->loader->session, own, err);
    field_config_unref(own);
    return rc < 0 ? error_wrap(err, "%s: configurations", layer->k->file) : 0;
}

static int merge_own_vars(struct accumulator *a, const struct layer *layer, struct error **err)
{
    const json_t *field = kustomization_get(layer->k, "vars");

    if (field && vars_merge_field(&a->vars, &a->resources, field, err) < 0)
        return error_wrap(err, "%s: vars", layer->k->file);
    return 0;
}

static int accumulate_layer(struct accumulator *a, const struct layer *layer, struct error **err)
{
    if (accumulate_each(a, layer, "resources", accumulate_resource, err) < 0 ||
        merge_own_config(a, layer, err) < 0 || run_generators(a, layer, err) < 0 ||
        accumulate_each(a, layer, "components", accumulate_component, err) < 0 ||
        run_transformers(a, layer, err) < 0 || run_validators(a, layer, err) < 0)
        return -1;
    return merge_own_vars(a, layer, err);
}

int accumulate(struct accumulator *a, struct loader *loader, const struct kustomization *k,
               struct error **err)
{
    cleanup_layer struct layer layer = {.loader = loader, .k = k};

    if (kustomization_get(k, "buildMetadata"))
        layer.origin = json_object();
    if (layer_set_schemas(&layer, err) < 0)
        return -1;
    return accumulate_layer(a, &layer, err);
}
