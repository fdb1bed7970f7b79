/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resmap: the ordered set of resources of one layer, with indexes by id.
 * A current id is unique. The indexes are built when asked for and dropped by whoever changes ids
 * (resmap_ids_changed): looking up stays constant time, and a layer's transformers together cost
 * one rebuild.
 */
#ifndef GITOPSD_KUSTOMIZE_RESMAP_H
#define GITOPSD_KUSTOMIZE_RESMAP_H

#include "kustomize/resource.h"
#include "lib/base/map.h"

struct resmap {
    struct ptrvec items; /* struct resource, owned */
    struct map current;  /* id key: struct resource */
    struct map any;      /* key of a current or earlier id: struct resmap_hit */
    struct buf key;      /* room to write keys in */
    bool current_is_valid;
    bool any_is_valid;
};

/* Who has, or had, an id. */
struct resmap_hit {
    struct resource *first;
    size_t count; /* different resources */
};

void resmap_clear(struct resmap *m);
#define cleanup_resmap __attribute__((cleanup(resmap_clear)))

static inline struct resource *resmap_at(const struct resmap *m, size_t i)
{
    return m->items.items[i];
}

/* Takes `r`, also on failure. ERROR_INVALID when its id is taken. */
int resmap_append(struct resmap *m, struct resource *r, struct error **err);
/* Move all of `from` to the end. */
int resmap_append_all(struct resmap *m, struct resmap *from, struct error **err);
/* Add what a generator made, as its behavior says: new, or merged into what has its id. Takes `r`,
 * also on failure. */
int resmap_absorb(struct resmap *m, struct resource *r, struct error **err);
/* Absorb all of `from`, which is empty afterwards. */
int resmap_absorb_all(struct resmap *m, struct resmap *from, struct error **err);

void resmap_ids_changed(struct resmap *m);
/* ERROR_INVALID when two resources have one id. */
int resmap_check_unique(struct resmap *m, struct error **err);
/* Drop resources that a patch deleted. */
void resmap_drop_deleted(struct resmap *m);

/* The one resource that has or had this id. `namespace` is effective. NULL where none; `*count`
 * says how many there are. */
struct resource *resmap_find_any(struct resmap *m, const char *api_version, const char *kind,
                                 const char *namespace, const char *name, size_t *count);

#endif
