/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/generate/suffix.h"

#include "kustomize/generate/hash.h"

int hash_suffixes_add(struct resmap *m, struct error **err)
{
    for (size_t i = 0; i < m->items.len; i++) {
        struct resource *r = resmap_at(m, i);
        char hash[KUSTOMIZE_HASH_BYTES];
        cleanup_free char *name = NULL;

        if (!r->needs_hash)
            continue;
        if (kustomize_hash(r->object, hash, err) < 0)
            return error_wrap(err, "%s", resource_name(r));
        resource_store_previous_id(r);
        name = xasprintf("%s-%s", resource_name(r), hash);
        resource_set_name(r, name);
    }
    resmap_ids_changed(m);
    return 0;
}

int hash_plugin(struct transform *t, const json_t *field, struct error **err)
{
    (void)field;
    return hash_suffixes_add(t->resources, err);
}
