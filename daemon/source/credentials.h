/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials: which credentials a Git repository needs, from Argo CD's Secrets in the control
 * namespace (label argocd.argoproj.io/secret-type: repository or repo-creds), watched live.
 * Source: Argo CD (argocd-behaviour, sections 7.1 and 7.2).
 * Thread: the loop thread. No value of a Secret is ever logged.
 */
#ifndef GITOPSD_DAEMON_SOURCE_CREDENTIALS_H
#define GITOPSD_DAEMON_SOURCE_CREDENTIALS_H

#include "daemon/signin/spec.h"
#include "lib/base/vec.h"
#include "lib/git/git.h"
#include "lib/kube/discovery.h"

struct credentials;

struct credentials *credentials_new(struct kube_client *client, const char *control_namespace);
void credentials_free(struct credentials *c);
void credentials_watch(struct credentials *c, struct kube_discovery *d);

/* Runs whenever a Secret came, changed or went; `of_project`: the repositories of a project may be
 * others. */
typedef void credentials_changed_fn(void *arg, bool of_project);
void credentials_on_change(struct credentials *c, credentials_changed_fn *changed, void *arg);
/* Add the URLs of the repositories whose Secret says that they belong to this project. */
void credentials_add_repositories(const struct credentials *c, const char *project,
                                  struct strvec *urls);

/* Of the repository's own Secret, else of the repo-creds Secret with the longest URL prefix; NULL
 * where there is none. Borrowed until the loop turns. */
const struct git_credentials *credentials_find(const struct credentials *c, const char *url);
/* With what its password or token is to be had, which these do not hold then; NULL: nothing is to
 * be had. Borrowed until the loop turns. */
const struct signin_spec *credentials_find_signin(const struct credentials *c, const char *url);

/* Whose the repository is, where its Secrets with credentials are all of other projects than this
 * one: then it must not be read for this one. NULL: it may be read. Borrowed until the loop turns.
 */
const char *credentials_other_project(const struct credentials *c, const char *url,
                                      const char *project);

/* URLs are compared without case, ".git" and trailing slashes; "git@host:path" and
 * "ssh://git@host/path" are one. Heap string. */
char *repository_url_normalise(const char *url);

#endif
