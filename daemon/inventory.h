/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inventory: which kinds the applications of --app files own in the cluster already.
 * An application that lives in the cluster has this in its status. One from a file has no place to
 * write it to, so that at the start all kinds are listed once, as metadata only, and searched for
 * tracking ids. Until that is done nothing is pruned.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_INVENTORY_H
#define GITOPSD_DAEMON_INVENTORY_H

#include "daemon/daemon.h"

/* When done: d->inventory_done, and the catalog is complete. */
void inventory_start(struct daemon *d);
void inventory_stop(struct daemon *d);

#endif
