/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dry_runs: server-side dry-runs of applies, a few at a time. One that fails is tried again: after
 * what the server asks for (Retry-After), or 1 s doubling to 5 minutes.
 * Thread: the loop thread. Memory: the desired object is borrowed until the dry-run is answered or
 * canceled.
 */
#ifndef GITOPSD_DAEMON_COMPARE_DRY_RUNS_H
#define GITOPSD_DAEMON_COMPARE_DRY_RUNS_H

#include "daemon/render/desired.h"
#include "lib/kube/client.h"

struct dry_runs;
struct dry_run;

/* The object as the apply would leave it; the dry-run is gone then. Or why that is not known, and
 * it is tried again. */
typedef void dry_run_done_fn(void *arg, const json_t *answer, const char *problem);

/* As whom the dry-run is sent, asked for each try (heap); NULL: as ourselves. */
typedef char *dry_run_user_fn(void *arg);

struct dry_runs *dry_runs_new(struct kube_client *client);
/* No dry-run is sent or answered after this; the loop must run once more before dry_runs_free. */
void dry_runs_stop(struct dry_runs *runs);
/* When the client is gone. */
void dry_runs_free(struct dry_runs *runs);
uint64_t dry_runs_count(const struct dry_runs *runs); /* requests */

/* `r` is of `d`, which is ref'd. `done` never runs before this returns. */
struct dry_run *dry_run_start(struct dry_runs *runs, struct kube_discovery *d,
                              const struct kube_resource *r, const struct desired *desired,
                              dry_run_user_fn *user, dry_run_done_fn *done, void *arg);
void dry_run_cancel(struct dry_run *run); /* NULL is fine */

#endif
