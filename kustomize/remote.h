/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote: which entries of a kustomization mean a Git repository or a file elsewhere.
 * Only the text is looked at; nothing is fetched. The grammar is kustomize's:
 *
 *   [git::] [SCHEME://] [USER@] HOST /or: REPOSITORY [//PATH]
 * [?ref=REF&submodules=BOOL&timeout=TIME]
 *
 * The repository ends at "//", at "_git/NAME", at ".git", or else after ORG/NAME. Without a scheme
 * only github.com and USER@HOST:REPOSITORY are repositories.
 */
#ifndef GITOPSD_KUSTOMIZE_REMOTE_H
#define GITOPSD_KUSTOMIZE_REMOTE_H

#include "lib/base/error.h"

#define REMOTE_TIMEOUT_S 27

struct remote_repository {
    char *raw;
    char *url;  /* what git clones */
    char *path; /* directory in it, normalised; "" the root */
    char *ref;  /* branch, tag or commit; "" the default branch */
    bool submodules;
    unsigned timeout_s; /* rounded up; REMOTE_TIMEOUT_S where none is written */
};

/* ERROR_INVALID: the text is no repository; usually it is a path. */
int remote_repository_parse(const char *text, struct remote_repository *out, struct error **err);
void remote_repository_clear(struct remote_repository *r);

#define cleanup_remote_repository __attribute__((cleanup(remote_repository_clear)))

/* Is it the URL of a file to be read over HTTP(S)? Repositories over HTTP look the same. */
bool remote_is_file_url(const char *path);

#endif
