/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_watch: the settings as they are now, of the ConfigMap argocd-cm in the control
 * namespace with the label app.kubernetes.io/part-of=argocd; without the label it
 * counts as missing, as for Argo CD.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_SETTINGS_SETTINGS_WATCH_H
#define GITOPSD_DAEMON_SETTINGS_SETTINGS_WATCH_H

#include "daemon/settings/settings.h"
#include "lib/kube/discovery.h"

struct settings_watch;

/* `now` is borrowed; ref it to keep it. First when it is known whether there is a ConfigMap (or
 * that it may not be read: then the defaults count), later only when something changed. The first
 * may come before settings_watch_start returns. */
typedef void settings_changed_fn(void *arg, struct settings *now);

/* `d` is ref'd. */
struct settings_watch *settings_watch_start(struct kube_client *client, struct kube_discovery *d,
                                            const char *namespace, settings_changed_fn *changed,
                                            void *arg);
void settings_watch_free(struct settings_watch *w);

#endif
