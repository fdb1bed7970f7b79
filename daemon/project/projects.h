/* SPDX-License-Identifier: Apache-2.0 */
/*
 * projects: which AppProjects there are, and what each of them allows in effect. They come from the
 * control namespace (watched) or from files (--app).
 * In effect: as stored, plus the repositories whose Secret names the project, plus the global
 * projects of argocd-cm whose selector matches its labels. Where no AppProject "default" is stored,
 * Argo CD's own counts. Source: Argo CD (argocd-behaviour, 2.1).
 * Thread: the loop thread; `changed` runs there, whenever another answer is possible.
 */
#ifndef GITOPSD_DAEMON_PROJECT_PROJECTS_H
#define GITOPSD_DAEMON_PROJECT_PROJECTS_H

#include "daemon/project/project.h"
#include "lib/kube/discovery.h"

struct projects;
typedef void projects_changed_fn(void *arg);
/* Add to `urls` what repositories belong to this project alone. */
typedef void projects_repositories_fn(void *arg, const char *project, struct strvec *urls);

struct projects *projects_new(struct kube_client *client, const char *control_namespace,
                              projects_changed_fn *changed, projects_repositories_fn *repositories,
                              void *arg);
void projects_free(struct projects *p);

/* Watch those of the control namespace. A server that does not serve the kind has none; it is
 * looked for again with every discovery. */
void projects_watch(struct projects *p, struct kube_discovery *d);
/* These are all: AppProject objects out of files. Those of other namespaces are left out. */
void projects_set_all(struct projects *p, const json_t *objects);
/* argocd-cm, globalProjects: [{projectName, labelSelector}]; NULL: none. */
void projects_set_global(struct projects *p, const json_t *global);
/* What `repositories` answers may have changed. */
void projects_repositories_changed(struct projects *p);

/* Before the first complete list nothing is known. Why not, in `*why` (borrowed; NULL where there
 * is nothing to tell). */
bool projects_are_known(const struct projects *p, const char **why);
/* Those that are being deleted and are held by Argo CD's finalizer: the objects, borrowed for the
 * call. */
typedef void projects_leaving_fn(void *arg, const json_t *object);
void projects_each_leaving(const struct projects *p, projects_leaving_fn *each, void *arg);

/* ERROR_NOT_FOUND: there is none of that name. ERROR_INVALID: it cannot be read. `*out` is borrowed
 * until anything changes. */
int projects_find(struct projects *p, const char *name, struct project **out, struct error **err);

#endif
