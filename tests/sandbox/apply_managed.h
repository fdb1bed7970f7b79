/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_managed: metadata.managedFields, taken apart: who owns which fields.
 * Memory: entries and their sets are owned by the struct.
 * Source: k8s.io/apimachinery, package util/managedfields/internal.
 */
#ifndef GITOPSD_TESTS_SANDBOX_APPLY_MANAGED_H
#define GITOPSD_TESTS_SANDBOX_APPLY_MANAGED_H

#include "lib/base/vec.h"

#include <jansson.h>

/* At most so many entries of updates; the oldest ones become one. */
#define APPLY_UPDATERS_MAX 10

struct apply_manager {
    char *name;
    char *api_version;
    char *subresource; /* "" for the object itself */
    bool applied;      /* the operation Apply; else Update */
    char *time;        /* RFC 3339; NULL: never written */
    json_t *fields;
};

struct apply_managed {
    struct ptrvec managers; /* struct apply_manager */
};

/* False: not as the server would have written it; `out` is empty then. NULL and null are empty. */
bool apply_managed_read(struct apply_managed *out, const json_t *entries);
/* Sorted as the server does. NULL where there is none. New reference. */
json_t *apply_managed_write(const struct apply_managed *m);
void apply_managed_clear(struct apply_managed *m);

/* Made where there is none. An applier is one whatever version it applied; an updater of another
 * version is another. */
struct apply_manager *apply_managed_get(struct apply_managed *m, const char *name, bool applied,
                                        const char *api_version, const char *subresource);
/* All of them, by name and then appliers first. Borrowed; clear `out`. */
void apply_managed_by_name(const struct apply_managed *m, struct ptrvec *out);
/* Takes `fields`. */
void apply_manager_set_fields(struct apply_manager *manager, json_t *fields);
void apply_manager_set_time(struct apply_manager *manager, const char *time);
/* Remove who owns nothing. */
void apply_managed_drop_empty(struct apply_managed *m);
void apply_managed_cap(struct apply_managed *m);

/* A copy of an object that shares all but its metadata, which has no managedFields. */
json_t *apply_bare(const json_t *object);
/* Its managedFields. Borrowed; NULL: none. */
json_t *apply_entries_of(const json_t *object);

#define cleanup_apply_managed __attribute__((cleanup(apply_managed_clear)))

#endif
