/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/build.h"

#include "kustomize/accumulate.h"
#include "kustomize/documents.h"
#include "kustomize/generate/suffix.h"
#include "kustomize/order.h"
#include "kustomize/reference.h"
#include "lib/doc/yaml.h"

/* Objects that are only for tools working on the files do not come out. */
static int drop_local(struct resmap *m, struct error **err)
{
    for (size_t i = 0; i < m->items.len; i++) {
        struct resource *r = resmap_at(m, i);
        const json_t *annotations = resource_metadata_map(r, "annotations");
        const json_t *local = json_object_get(annotations, "config.kubernetes.io/local-config");

        if (object_check(r->object, err) < 0)
            return -1;
        if (local && !json_is_false(local) && !streq(json_string_value(local), "false"))
            json_decref(TAKE(r->object));
    }
    resmap_drop_deleted(m);
    return 0;
}

static json_t *take_objects(struct resmap *m)
{
    json_t *objects = json_array();

    for (size_t i = 0; i < m->items.len; i++) {
        struct resource *r = resmap_at(m, i);

        resource_finish(r);
        json_array_append_new(objects, TAKE(r->object));
    }
    return objects;
}

static int finish(struct accumulator *a, const struct kustomization *k,
                  const struct kustomize_options *options, struct error **err)
{
    hash_suffixes_add(&a->resources);
    if (references_update(&a->resources, a->config, err) < 0 || drop_local(&a->resources, err) < 0)
        return -1;
    return order_apply(&a->resources, json_object_get(k->doc, "sortOptions"),
                       options ? options->reorder : KUSTOMIZE_REORDER_UNSPECIFIED, err);
}

int kustomize_build(struct file_tree *tree, const char *path,
                    const struct kustomize_options *options, json_t **objects, struct error **err)
{
    cleanup_accumulator struct accumulator a;
    cleanup_loader struct loader loader;
    cleanup_free char *dir = NULL;
    const struct kustomization *k;

    accumulator_init(&a);
    loader_init(&loader, tree, options);
    if (tree_real_path(tree, path, &dir, err) < 0 ||
        loader_kustomization(&loader, dir, &k, err) < 0 || accumulate(&a, &loader, dir, err) < 0 ||
        finish(&a, k, options, err) < 0)
        return -1;
    *objects = take_objects(&a.resources);
    return 0;
}
