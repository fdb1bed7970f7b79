/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signing: a revision is used only when its commits, or the annotated tags that targetRevision
 * names, are signed as the project asks for it (signatureKeys, sourceIntegrity). The keys are those
 * of the ConfigMap argocd-gpg-keys-cm in the control namespace. A revision is judged once, on a
 * worker; one that is not good is looked at again now and then, because keys may have been added.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_SIGNING_H
#define GITOPSD_DAEMON_SIGNING_H

#include "daemon/daemon.h"

struct signing;

#define SIGNING_CONFIG_MAP "argocd-gpg-keys-cm"

/* Start to judge what was rendered, where that is due and the API server has answered. The end of
 * it schedules the application. */
void signing_look(struct daemon *d, struct app *app);
/* Is it not known yet whether what was rendered may be used? */
bool signing_is_pending(const struct app *app);
/* Why it may not be used; NULL: it may, or is not known yet. Borrowed. */
const char *signing_problem(const struct app *app);
void signing_free(struct signing *s);

#endif
