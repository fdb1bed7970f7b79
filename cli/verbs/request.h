/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request: what a person asks of an Application, as the documents that are written to it. Pure.
 * Source: Argo CD (argocd-behaviour 1.5, 1.9): an operation goes into .operation, and is taken from
 * there; .status.operationState tells of it. What `argocd app sync` refuses is refused here.
 */
#ifndef GITOPSD_CLI_VERBS_REQUEST_H
#define GITOPSD_CLI_VERBS_REQUEST_H

#include "lib/base/error.h"

#include <jansson.h>

struct sync_request {
    const char *revision; /* NULL: what the application follows */
    json_t *resources;    /* from request_add_resource; NULL: all */
    bool prune;
    bool dry_run;
    bool force;
    const char *user; /* for initiatedBy */
    const char *id;   /* unlike that of any other operation: this one is known by it */
};

/* "GROUP:KIND:NAME" or "GROUP:KIND:NAMESPACE/NAME"; an empty group is the core group. `*list` is
 * made where it is NULL. */
int request_add_resource(json_t **list, const char *text, struct error **err);

/* The operation of a sync. ERROR_CONFLICT: another one is asked for or runs; ERROR_INVALID: the
 * application goes its own way. New reference in *out. */
int request_sync(const json_t *app, const struct sync_request *r, json_t **out, struct error **err);
/* Back to entry `id` of status.history; -1: the one before the last. ERROR_NOT_FOUND. */
int request_rollback(const json_t *app, json_int_t id, const struct sync_request *r, json_t **out,
                     struct error **err);
/* The merge patch that ends the operation which is asked for or runs. ERROR_NOT_FOUND: none. */
int request_terminate(const json_t *app, json_t **out, struct error **err);

/* status.operationState, where it tells of the operation with this id; else NULL. Borrowed. */
const json_t *request_state(const json_t *app, const char *id);
/* Is the operation with this id still in .operation? */
bool request_is_pending(const json_t *app, const char *id);

/* The merge patch that stops or starts the automated sync, and keeps its settings. NULL in *out:
 * it is so already. ERROR_NOT_FOUND: there is no automated sync to resume; an application without
 * one is suspended already. */
int request_suspend(const json_t *app, bool suspend, json_t **out, struct error **err);

#endif
