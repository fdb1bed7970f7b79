/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lease: which one of several processes may act: the one that holds a Lease.
 *
 * As client-go does it: the holder writes it again every retry_ms; who sees no change for as long
 * as the lease lasts takes it, with the resourceVersion as precondition, so that one of several
 * gets it. No two clocks are compared: time is counted from when a change was seen. The holder
 * counts from before it sent its last renewal, and believes in it only for renew_deadline_ms, which
 * is less than what others wait; so it has stopped before anybody else starts. Time that the
 * process or the machine slept counts, and a fence around the connections of what acts keeps in
 * what it had in hand. Who waits watches the Lease, so that one that is given back is taken at
 * once; without the right to watch it, it is read every retry_ms. A Lease that names our own
 * identity is taken at once: the process that had it before must be gone. Where it turns out not to
 * be, the lease is lost, and we go on under another name.
 *
 * Thread: the loop thread.
 */
#ifndef GITOPSD_LIB_KUBE_LEASE_H
#define GITOPSD_LIB_KUBE_LEASE_H

#include "lib/kube/client.h"

struct lease;

struct lease_options {
    const char *namespace;
    const char *name;
    const char *identity;
    uint64_t duration_ms; /* whole seconds are written */
    uint64_t renew_deadline_ms;
    uint64_t retry_ms;
    struct fence *fence; /* set to the end of each proof, borrowed; NULL: none */
};

struct lease_callbacks {
    /* Never from inside a call of this module. */
    void (*changed)(void *arg, bool is_held);
    /* Why it cannot be read or written; NULL: it can again. Told when it changes. */
    void (*problem)(void *arg, const struct error *err);
};

/* `client` must have no gate of its own. The strings are copied. */
struct lease *lease_new(struct kube_client *client, const struct lease_options *options,
                        const struct lease_callbacks *callbacks, void *arg);
/* No callback runs after this. The memory goes when the loop has run. Before kube_client_free. */
void lease_free(struct lease *l);

/* May we act at this very moment? */
bool lease_is_held(const struct lease *l);
/* Who has it, as far as is known; "" nobody. Borrowed. */
const char *lease_holder(const struct lease *l);

/* Give it back where we have it, so that another one need not wait. `done` runs from the loop,
 * within some seconds; nothing else is called any more. */
void lease_release(struct lease *l, void (*done)(void *arg));

#endif
