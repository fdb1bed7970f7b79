/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/build.h"

#include "kustomize/accumulate.h"
#include "kustomize/documents.h"
#include "kustomize/generate/suffix.h"
#include "kustomize/json_text.h"
#include "kustomize/order.h"
#include "kustomize/origin.h"
#include "kustomize/reference.h"
#include "lib/doc/budget.h"
#include "lib/doc/reread.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"

/* What this behaves as, in the label that buildMetadata may ask for. */
#define KUSTOMIZE_VERSION "v5.8.3"

static bool is_local(const struct resource *r)
{
    const json_t *local = json_object_get(resource_metadata_map(r, "annotations"),
                                          "config.kubernetes.io/local-config");
    cleanup_free char *text = local ? json_scalar_text(local) : NULL;

    return local && !streq(text, "false");
}

static const char *id_text(struct buf *key, const struct resource *r)
{
    buf_truncate(key, 0);
    resource_id_key(r, key);
    return key->data;
}

/* kustomize drops them by their ids: one stays where another one of its id does. */
static void drop_by_id(struct resmap *m)
{
    cleanup_map struct map kept = {0};
    cleanup_buf struct buf key = BUF_UNLIMITED;

    for (size_t i = 0; i < m->items.len; i++)
        if (!is_local(resmap_at(m, i)))
            map_set(&kept, id_text(&key, resmap_at(m, i)), m);
    for (size_t i = 0; i < m->items.len; i++) {
        struct resource *r = resmap_at(m, i);

        if (is_local(r) && !map_has(&kept, id_text(&key, r)))
            json_decref(TAKE(r->object));
    }
    resmap_drop_deleted(m);
}

/* Objects that are only for tools working on the files do not come out. */
static int drop_local(struct resmap *m, struct error **err)
{
    bool any = false;

    for (size_t i = 0; i < m->items.len; i++) {
        if (object_check(resmap_at(m, i)->object, err) < 0)
            return -1;
        any = any || is_local(resmap_at(m, i));
    }
    if (any)
        drop_by_id(m);
    return 0;
}

static bool wants_metadata(const struct kustomization *k, const char *option)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)kustomization_get(k, "buildMetadata"), i, item)
        if (streq(json_string_value(item), option))
            return true;
    return false;
}

static void add_managed_by_label(struct resource *r)
{
    json_t *metadata = json_object_get(r->object, "metadata");
    json_t *labels = json_object_get(metadata, "labels");

    if (!json_is_object(labels)) {
        labels = json_object();
        json_object_set_new(metadata, "labels", labels);
    }
    json_object_set_new(labels, "app.kubernetes.io/managed-by",
                        json_string("kustomize-" KUSTOMIZE_VERSION));
}

static int take_object(struct resource *r, bool exact, json_t *objects, struct error **err)
{
    cleanup_free char *id = resource_id_text(r);
    const char *misfit;

    resource_finish(r);
    misfit = exact ? spelled_resolve_exact(r->object) : spelled_resolve(r->object);
    if (misfit)
        return error_set(err, ERROR_INVALID,
                         "%s: the field \"%s\" holds a number or the like, which its new text is "
                         "not; put the field's value in quotes",
                         id, misfit);
    if (doc_reread(r->object, err) < 0)
        return error_wrap(err, "%s", id);
    json_array_append_new(objects, TAKE(r->object));
    return 0;
}

static int take_objects(struct resmap *m, const struct kustomization *k, bool exact, json_t **out,
                        struct error **err)
{
    bool with_label = wants_metadata(k, "managedByLabel");
    bool with_origin = wants_metadata(k, "originAnnotations");
    bool with_transformations = wants_metadata(k, "transformerAnnotations");
    cleanup_json json_t *objects = json_array();

    for (size_t i = 0; i < m->items.len; i++) {
        struct resource *r = resmap_at(m, i);

        if (with_label)
            add_managed_by_label(r);
        origin_write(r, with_origin, with_transformations);
        if (take_object(r, exact, objects, err) < 0)
            return -1;
    }
    *out = TAKE(objects);
    return 0;
}

static int finish(struct accumulator *a, const struct kustomization *k,
                  const struct kustomize_options *options, struct error **err)
{
    if (hash_suffixes_add(&a->resources, err) < 0 ||
        references_update(&a->resources, a->config, err) < 0 ||
        vars_resolve(&a->vars, &a->resources, a->config, err) < 0 ||
        drop_local(&a->resources, err) < 0)
        return -1;
    return order_apply(&a->resources, json_object_get(k->doc, "sortOptions"),
                       options ? options->reorder : KUSTOMIZE_REORDER_UNSPECIFIED, err);
}

int kustomize_build(struct file_tree *tree, const char *path,
                    const struct kustomize_options *options, json_t **objects, struct error **err)
{
    cleanup_kustomization struct kustomization *edited = NULL;
    cleanup_budget struct budget budget;
    cleanup_session struct session session;
    cleanup_loader struct loader loader;
    cleanup_accumulator struct accumulator a;
    cleanup_free char *dir = NULL;
    const struct kustomization *k;

    budget_begin(&budget);
    session_init(&session, options);
    loader_init(&loader, &session, tree, options);
    accumulator_init(&a);
    if (tree_real_path(tree, path, &dir, err) < 0 ||
        loader_kustomization(&loader, dir, &k, err) < 0)
        return -1;
    if (options && options->edit) {
        if (kustomization_edit(k, options, &edited, err) < 0)
            return -1;
        k = edited;
    }
    if (accumulate(&a, &loader, k, err) < 0 || finish(&a, k, options, err) < 0)
        return -1;
    return take_objects(&a.resources, k, options && options->exact, objects, err);
}
