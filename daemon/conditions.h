/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conditions: what is wrong with an application now, as status.conditions of Argo CD's types and
 * some of our own (docs/operating.md). Those that a stage finds out for itself, it sets.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_CONDITIONS_H
#define GITOPSD_DAEMON_CONDITIONS_H

#include "daemon/daemon.h"

/* Is it settled, or held by what a condition tells: a repository that cannot be asked? That is what
 * a refresh comes to. */
bool conditions_have_outcome(const struct app *app);
/* From all facts. `blocker`: what cannot be seen of the cluster, or NULL. False: nothing is known
 * yet that is worth telling, and nothing was changed. */
bool conditions_update(struct daemon *d, struct app *app, const char *blocker);

#endif
