/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assess: the health of a live object, by the first of these that applies:
 *   1. it is being deleted (and keeps no hook finalizer): Progressing, "Pending deletion";
 *   2. a health script of argocd-cm (scripts.h), whose answer comes later (runner.h);
 *   3. the built-in check of its kind;
 *   4. for other custom resources, what their conditions say (generic.c);
 *   5. none: it has no health.
 *
 * Source: Argo CD (argocd-behaviour 6.2); 4 is ours.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_HEALTH_ASSESS_H
#define GITOPSD_DAEMON_HEALTH_ASSESS_H

#include "daemon/health/runner.h"

struct assessor;

/* `program`: see health_runner_new. */
struct assessor *assessor_new(uv_loop_t *loop, const char *program);
/* As health_runner_free: nothing is answered after this. */
void assessor_free(struct assessor *a);

/* Which scripts there are; ref'd. Without settings there is none. */
void assessor_set_settings(struct assessor *a, struct settings *s);

/*
 * NULL: assessed at once. Returns in `*has_health` whether the object has any; if so, `*status` and
 * `*message` (heap string, or NULL where there is nothing to say).
 * Else a script is run, and `done` tells later. `a` may be NULL: there are no scripts.
 */
struct health_run *assess(struct assessor *a, const json_t *live, bool *has_health,
                          enum health_status *status, char **message, health_run_done_fn *done,
                          void *arg);

/* Would a script be run for it? */
bool assess_takes_script(const struct assessor *a, const json_t *live);

/* Does another script count for this kind than by the `former` settings? */
bool assess_changed(const struct settings *former, const struct settings *now, const char *group,
                    const char *kind);

struct health_runner_stats assessor_stats(const struct assessor *a);
/* As line_child_busy_since_ms. NULL: 0. */
uint64_t assessor_busy_since_ms(const struct assessor *a);

#endif
