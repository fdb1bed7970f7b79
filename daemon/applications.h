/* SPDX-License-Identifier: Apache-2.0 */
/*
 * applications: those of the catalog come, change and go; each that counts is a struct app in
 * d->apps, and reconcile.h hears of it.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_APPLICATIONS_H
#define GITOPSD_DAEMON_APPLICATIONS_H

#include "daemon/daemon.h"
#include "lib/base/error.h"

/* Makes d->catalog, which tells of nothing yet. */
void applications_new(struct daemon *d);
/* Which of them count, by the options. ERROR_INVALID: a selector that cannot be read. */
int applications_choose(struct daemon *d, struct error **err);
/* Those of --app, where there are any. */
int applications_load(struct daemon *d, struct error **err);

#endif
