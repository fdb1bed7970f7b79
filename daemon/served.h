/* SPDX-License-Identifier: Apache-2.0 */
/*
 * served: what the API server should serve, and when that changes: the names of its
 * CustomResourceDefinitions and APIServices, watched as metadata only. A change of one is told
 * after a short calm, and once more after a longer one: discovery lags behind.
 * Without the right to see them nothing is told, and nothing is expected.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_SERVED_H
#define GITOPSD_DAEMON_SERVED_H

#include "lib/kube/client.h"
#include "lib/kube/discovery.h"

struct served;
typedef void served_changed_fn(void *arg);

struct served *served_new(struct kube_client *client, served_changed_fn *changed, void *arg);
/* Start what is not watched yet. */
void served_watch(struct served *s, struct kube_discovery *d);
/* Ends the watches; free the client after it. The memory goes when the loop ran. */
void served_free(struct served *s);

/* Is there a definition or an APIService of this group? Also while that is not known yet. */
bool served_expects(const struct served *s, const char *group);

#endif
