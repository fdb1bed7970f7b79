/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation_document: what an operation asks for, in the words of Application.operation, as
 * status.operationState.operation repeats them. Source: Argo CD (argocd-behaviour 1.9, 3.4).
 * Pure functions.
 */
#ifndef GITOPSD_DAEMON_OPERATION_DOCUMENT_H
#define GITOPSD_DAEMON_OPERATION_DOCUMENT_H

#include "daemon/app/app.h"

struct operation_ask {
    const char *revision; /* the commit that is synced */
    bool prune;
    json_t *resources; /* taken; of a partial sync: [{group, kind, name}]; NULL: everything */
    int heal_attempts; /* repairs of this revision so far, this one included; 0: it is none */
};

/* What an automated sync asks for. New reference. */
json_t *operation_document_automated(const struct app *app, const struct operation_ask *ask);

/* What a person asked for, as the status repeats it. New reference. */
json_t *operation_document_requested(const json_t *operation);

/* One entry of `resources`. New reference. */
json_t *operation_document_resource(const char *group, const char *kind, const char *name);

#endif
