/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature: what a commit is signed with, and what it signs.
 * Thread: any one at a time for each repository.
 */
#ifndef GITOPSD_LIB_GIT_SIGNATURE_H
#define GITOPSD_LIB_GIT_SIGNATURE_H

#include "lib/base/vec.h"
#include "lib/git/git.h"

struct git_signed {
    char *signature; /* armored; NULL: it is not signed */
    char *content;   /* that is signed; not NUL-terminated text in general */
    size_t content_len;
    char *author; /* "Name <mail>" */
    char *message;
    struct strvec parents; /* ids */
};

int git_signed_read(struct git_repository_handle *repo, const char *oid, struct git_signed *out,
                    struct error **err);
void git_signed_clear(struct git_signed *s);

#endif
