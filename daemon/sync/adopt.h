/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adopt: taking over objects that another tool applied before.
 * Server-side apply removes a field that its manager declares no more. A field that kubectl, Helm,
 * Argo CD or Flux wrote belongs to their manager, so that without more it would stay for ever. Its
 * ownership is moved to ours by a patch of metadata.managedFields, guarded by resourceVersion;
 * nothing else of the object changes, so that nothing restarts.
 * The same holds for what we wrote as a hook or by a replace, which is no apply, either.
 * Source: kubectl's and Argo CD's migration from client-side to server-side apply
 * (k8s.io/client-go/util/csaupgrade).
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_SYNC_ADOPT_H
#define GITOPSD_DAEMON_SYNC_ADOPT_H

#include "lib/kube/discovery.h"

/*
 * The JSON patch that makes us the owner of what appliers of the same kind as we own, or NULL where
 * there is nothing to take over. Their entries may name several versions: those of `api_version`
 * are taken, or of the first entry where none has it. New reference.
 */
json_t *adopt_patch_move(const json_t *live, const char *api_version);

/*
 * The JSON patch that ends what such appliers own together with us: a field that we declare, and
 * later declare no more, must go. What they own alone stays theirs. NULL: nothing is shared.
 */
json_t *adopt_patch_share(const json_t *live);

/* `live` is the object as it is now, NULL when it does not exist (any more); borrowed. */
typedef void adopt_done_fn(void *arg, const json_t *live, const struct error *err);
/* GET the object and move the ownership; tried again when somebody else writes meanwhile. `r` is
 * of `d`. `done` runs exactly once, never before this returns. */
void adopt_start(struct kube_client *client, struct kube_discovery *d,
                 const struct kube_resource *r, const char *ns, const char *name,
                 const char *api_version, adopt_done_fn *done, void *arg);

#endif
