/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_live: a hook in the cluster: under which name it is created, and what it has come to.
 * Source: Argo CD (argocd-behaviour, "Hooks").
 */
#ifndef GITOPSD_DAEMON_SYNC_HOOK_LIVE_H
#define GITOPSD_DAEMON_SYNC_HOOK_LIVE_H

#include "daemon/health/builtin.h"
#include "daemon/object/hook.h"
#include "daemon/render/desired.h"

/* What a hook has come to, by the health of its live object. Without a check of its health it has
 * succeeded by being there. */
enum hook_outcome { HOOK_RUNS, HOOK_SUCCEEDED, HOOK_FAILED };
enum hook_outcome hook_outcome(bool has_health, enum health_status health);

/* The name of a hook that has only metadata.generateName: GENERATE_NAME, then, in lower case, the
 * first seven characters of the revision (all of a short one), the phase, and the seconds since
 * 1970 at which the operation started. Heap string. */
char *hook_name(const char *generate_name, const char *revision, enum sync_phase phase,
                int64_t started_ms);
/* The object as it is created, under this name, with its tracking id. New reference. */
json_t *hook_object(const struct desired *hook, const char *name);

#endif
