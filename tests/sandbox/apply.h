/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply: server-side apply, and who owns which fields after any other write. Pure functions of
 * documents: the caller reads, defaults, validates and stores them.
 *
 * A write goes: apply_merge (or what the verb does, then apply_track_update), the caller's defaults
 * and what a write of this (sub)resource may not change, apply_settle, store unless equal.
 *
 * Memory: documents are read only, but for those that are said to be changed; results are new
 *         references that share nothing with the arguments.
 * Source: Kubernetes 1.36: k8s.io/apimachinery util/managedfields, structured-merge-diff v6. Left
 *         out: conversion between API versions (fields are taken to be the same in all of them) and
 *         lists whose type changed after they were written.
 */
#ifndef GITOPSD_TESTS_SANDBOX_APPLY_H
#define GITOPSD_TESTS_SANDBOX_APPLY_H

#include "lib/base/error.h"
#include "lib/kube/schema.h"

#include <jansson.h>

struct apply_options {
    const char *manager;          /* apply_manager_name */
    const char *api_version;      /* of the request: "apps/v1" */
    const char *kind;             /* ... "Deployment" */
    const char *subresource;      /* "status", "scale"; NULL or "": the object itself */
    const struct kube_type *type; /* NULL: nothing is known about the kind */
    const json_t *reset;          /* apply_reset_fields */
    bool force;                   /* of apply_merge: take fields from others */
    int64_t now_ms;               /* since 1970 */
};

/*
 * `out`: `live` (NULL: none yet) with `applied` merged into it, without what `applied` declared the
 * last time and nobody else owns, and with the managedFields that follow from it.
 * Errors, with the HTTP status as their code: ERROR_CONFLICT (409; *causes gets the causes of the
 * answer's details, which otherwise stays as it was); ERROR_INVALID: 400 for what is no apply
 * configuration, 500, as in the real server, for fields that are not in the schema and lists that
 * cannot be merged.
 */
int apply_merge(const json_t *live, const json_t *applied, const struct apply_options *o,
                json_t **out, json_t **causes, struct error **err);

/*
 * Gives `after` the managedFields that follow from a create (`before` is NULL), update or patch.
 * Those of `after` count as the writer's wish: a list without entries, or with an empty one, drops
 * all of them, and none keeps what there is. `after` is changed.
 */
void apply_track_update(const json_t *before, json_t *after, const struct apply_options *o);

/* Where `after` only differs in the times of its managedFields, these are what they were: such a
 * write changes nothing. `after` is changed. */
void apply_settle(const json_t *before, json_t *after);

/* The query's fieldManager, or what the client calls itself (NULL: nothing). Heap string. */
char *apply_manager_name(const char *field_manager, const char *user_agent);

/* The fields that nobody comes to own by a write, because it cannot change them: `custom` of a
 * CRD's kind. Borrowed; NULL: none. */
const json_t *apply_reset_fields(bool has_status, bool custom, const char *subresource);

#endif
