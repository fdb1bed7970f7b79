/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/generate/suffix.h"

#include "kustomize/generate/hash.h"

void hash_suffixes_add(struct resmap *m)
{
    for (size_t i = 0; i < m->items.len; i++) {
        struct resource *r = resmap_at(m, i);
        char hash[KUSTOMIZE_HASH_BYTES];
        cleanup_free char *name = NULL;

        if (!r->needs_hash)
            continue;
        kustomize_hash(r->object, hash);
        resource_store_previous_id(r);
        name = xasprintf("%s-%s", resource_name(r), hash);
        resource_set_name(r, name);
    }
    resmap_ids_changed(m);
}

int hash_plugin(struct transform *t, const json_t *field, struct error **err)
{
    (void)field, (void)err;
    hash_suffixes_add(t->resources);
    return 0;
}
