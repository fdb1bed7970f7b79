/* SPDX-License-Identifier: Apache-2.0 */
/*
 * respect_write: a server-side apply of one object that leaves its ignored places as they are.
 * GET, find the places (jq, where there are expressions), apply; a conflict, because somebody wrote
 * meanwhile, starts over. An object that does not exist is applied as it is desired.
 * Thread: the loop thread. Memory: everything is copied or counted.
 */
#ifndef GITOPSD_DAEMON_SYNC_RESPECT_WRITE_H
#define GITOPSD_DAEMON_SYNC_RESPECT_WRITE_H

#include "daemon/compare/ignore.h"
#include "lib/kube/client.h"
#include "lib/kube/discovery.h"

struct respect_spec {
    struct kube_client *client;
    struct jq_worker *jq;
    struct kube_discovery *discovery; /* holds `resource` */
    const struct kube_resource *resource;
    const struct desired *desired;
    struct ignore_rules *rules;
    bool implied_only; /* the declared rules do not hold for what is applied */
    const struct kube_apply_options *options; /* static */
};

/* Must the apply of this object look at what is live first? */
bool respect_is_needed(const struct ignore_rules *rules, const struct desired *desired,
                       bool implied_only);

struct respect_write;
/* `done` as of kube_apply: exactly once, never before this returns. */
struct respect_write *respect_write_start(const struct respect_spec *spec, kube_done_fn *done,
                                          void *arg);
/* Nothing more is sent: `done` runs, with ERROR_CANCELED where nothing was on the wire. */
void respect_write_cancel(struct respect_write *w);

#endif
