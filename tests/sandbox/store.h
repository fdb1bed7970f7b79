/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: the objects, one counter of versions for all of them, and the last changes, from which
 * watches are served and earlier states are read again.
 * Memory: documents are immutable once stored and shared by reference; the caller changes a copy.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_TESTS_SANDBOX_STORE_H
#define GITOPSD_TESTS_SANDBOX_STORE_H

#include "lib/base/map.h"
#include "lib/base/vec.h"

#include <jansson.h>

#define STORE_HISTORY 20000 /* changes that are remembered */

struct store;

/* The objects of one kind, in all its versions and namespaces. */
struct collection {
    char *group;
    char *plural;
    struct map objects; /* "NAMESPACE/NAME" (of a cluster's kind "/NAME") -> document */
};

enum change_type { CHANGE_ADDED, CHANGE_MODIFIED, CHANGE_DELETED };

struct change {
    uint64_t version;
    enum change_type type;
    struct collection *collection;
    char *key;
    json_t *before; /* NULL: there was none */
    json_t *object; /* of a deletion: the last state, with the version of its deletion */
};

/* Runs in the writing call; it must not write. */
typedef void store_changed_fn(void *arg, const struct change *change);

struct store *store_new(store_changed_fn *changed, void *arg);
void store_free(struct store *store);

/* Made where it is not there; lives as long as the store. */
struct collection *store_collection(struct store *store, const char *group, const char *plural);

/* Borrowed; NULL: absent. */
const json_t *store_find(const struct collection *c, const char *ns, const char *name);
/* Any object by its uid. */
const json_t *store_find_uid(const struct store *store, const char *uid);
/* Takes `object`, whose metadata has namespace and name, and gives it its resourceVersion. */
const json_t *store_write(struct store *store, struct collection *c, json_t *object);
/* `last` (taken) is what the deletion tells; NULL: the object as it is. */
void store_remove(struct store *store, struct collection *c, const char *ns, const char *name,
                  json_t *last);

uint64_t store_version(const struct store *store);
/* The oldest version after which all changes are known. */
uint64_t store_oldest(const struct store *store);
/* Forget all changes so far, as if they were long ago. */
void store_compact(struct store *store);

/* The first change behind `version`; NULL: none yet. Borrowed until the next write. */
const struct change *store_change_after(const struct store *store, uint64_t version);

/*
 * The objects as they were at `version` (0: now), in the order of their keys; of one namespace,
 * where `ns` is not NULL. Borrowed documents, valid until the next write. `version` must not be
 * older than store_oldest().
 */
void store_list(const struct store *store, const struct collection *c, const char *ns,
                uint64_t version, struct ptrvec *out);

/* A member of metadata as text; "" where it is none. */
const char *object_meta(const json_t *object, const char *name);
/* "NAMESPACE/NAME"; heap string. */
char *object_key(const json_t *object);

#endif
