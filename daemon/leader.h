/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leader: whether this process is the one of several that acts.
 * It has a connection of its own to the API server, so that no other request is before a renewal.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_LEADER_H
#define GITOPSD_DAEMON_LEADER_H

#include "lib/kube/client.h"

struct leader_options {
    const char *namespace; /* of the Lease */
    const char *name;
    const char *state_dir; /* for identity_file.h */
    bool is_required;      /* else it acts, and says so, where it may have no Lease at all */
    uint64_t duration_ms;
    uint64_t renew_deadline_ms;
    uint64_t retry_ms;
    /* Around the connections of all that acts, borrowed until it has resigned; NULL: none. */
    struct fence *fence;
};

struct leader;
/* It has the lease from now on, or has lost it. */
typedef void leader_changed_fn(void *arg, bool leads);

struct leader *leader_new(uv_loop_t *loop, const struct kube_config *config,
                          const struct leader_options *options, leader_changed_fn *changed,
                          void *arg);
/* May it act at this very moment? NULL: there is no election, it may. */
bool leader_leads(const struct leader *l);
/* Monotonic: since when it waits for the answer of a request; 0: it does not. */
uint64_t leader_busy_since_ms(const struct leader *l);
/* Why the Lease cannot be read or written, for people; NULL: it can. */
const char *leader_problem(const struct leader *l);
/* Who acts as far as is known; "" nobody. */
const char *leader_name(const struct leader *l);
/* Gives the lease back and frees it; the loop has to run for that, some seconds at most. */
void leader_resign(struct leader *l);

#endif
