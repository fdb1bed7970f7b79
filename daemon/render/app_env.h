/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_env: the variables ARGOCD_APP_* that a source's overrides may use, and their substitution.
 * Source: Argo CD's build environment (argocd-behaviour, section 1.4), and Go's os.Expand.
 * Thread: any.
 */
#ifndef GITOPSD_DAEMON_RENDER_APP_ENV_H
#define GITOPSD_DAEMON_RENDER_APP_ENV_H

#include <stdbool.h>

/* Borrowed, none is NULL. */
struct app_env {
    const char *name;            /* ARGOCD_APP_NAME: the tracking name */
    const char *namespace;       /* ..._NAMESPACE: of the destination */
    const char *project;         /* ..._PROJECT_NAME */
    const char *revision;        /* ..._REVISION, _REVISION_SHORT, _REVISION_SHORT_8 */
    const char *repo_url;        /* ..._SOURCE_REPO_URL */
    const char *path;            /* ..._SOURCE_PATH */
    const char *target_revision; /* ..._SOURCE_TARGET_REVISION */
};

/*
 * Replace $NAME and ${NAME}; $$ is a dollar sign, what is not a variable becomes nothing.
 * `*used_revision` becomes true where the result depends on the commit. Heap string.
 */
char *app_env_expand(const struct app_env *env, const char *text, bool *used_revision);

#endif
