/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orphans: what is in the destination namespaces of applications and belongs to nobody, where
 * their project asks for it (spec.orphanedResources).
 * Every kind that the project permits is watched there as metadata only, one watch for each kind
 * and namespace, at most ORPHANS_MAX_WATCHES; ORPHANS_MAX_KEPT objects are kept. What goes beyond
 * is told. While no project asks there is no watch and nothing is kept. An orphan has no owner, is
 * permitted and not ignored by the project, tracked by no application that exists and wanted by
 * none. Source: Argo CD (argocd-behaviour 2.8). The condition OrphanedResourceWarning is set here;
 * it follows events, a moment later. Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_ORPHANS_H
#define GITOPSD_DAEMON_ORPHANS_H

#include "daemon/daemon.h"

#include <jansson.h>

#define ORPHANS_CONDITION "OrphanedResourceWarning"
#define ORPHANS_MAX_WATCHES 1000

struct orphans *orphans_new(struct daemon *d);
/* Ends all watches; before the client is freed. */
void orphans_free(struct orphans *o);

/* Below, `o` is NULL when the daemon ends: nothing happens. */

/* Applications, their destinations, projects, settings or what is served have changed. */
void orphans_follow(struct orphans *o);
/* What applications want has changed. */
void orphans_judge(struct orphans *o);

/* Add the orphans of an application to `nodes`, as nodes of its tree, and to `notes` (strings) what
 * is not known of them. */
void orphans_tell(const struct orphans *o, const struct app *app, json_t *nodes, json_t *notes);

#endif
