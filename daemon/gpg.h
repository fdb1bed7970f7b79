/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpg: are commits, or an annotated tag, signed as a project asks for it?
 * The program gpg decides about each signature, in a home directory of its own that holds the
 * project's keys and is removed afterwards. Source: Argo CD (argocd-behaviour, 2.6).
 * Thread: a worker; it blocks, and ends when `job` is
 * canceled.
 */
#ifndef GITOPSD_DAEMON_GPG_H
#define GITOPSD_DAEMON_GPG_H

#include "daemon/project/project.h"
#include "lib/base/worker.h"

struct gpg_check {
    const char *repo_dir;
    const char *commit;         /* 40 hexadecimal digits */
    const char *tag;            /* the tag object through which it was found; "" or NULL: none */
    enum project_signing mode;  /* head: the tag, else this commit. strict: that, and the commit and
                                   its ancestors up to commits that seal what is before them */
    const struct strvec *keys;  /* ids of 16 hexadecimal digits that may sign */
    const struct strvec *texts; /* armored public keys that are known */
    uint64_t timeout_ms;        /* of one run of gpg; 0: 30 s */
};

/* `*problem` (heap): what is not as it has to be, one for each commit, at most ten. NULL: all is
 * well. Fails where that could not be found out. */
int gpg_verify(const struct gpg_check *check, struct worker_job *job, char **problem,
               struct error **err);

#endif
