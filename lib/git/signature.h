/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature: what a commit or an annotated tag is signed with, and what it signs.
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
    char *author; /* "Name <mail>"; of a tag: who made it */
    char *message;
    char *tag;             /* its name; NULL: it is a commit */
    struct strvec parents; /* ids, of a commit */
};

int git_signed_read(struct git_repository_handle *repo, const char *oid, struct git_signed *out,
                    struct error **err);
/* The tag object `oid`, which has to be one of that commit: the remote only says so. */
int git_signed_read_tag(struct git_repository_handle *repo, const char *oid, const char *commit,
                        struct git_signed *out, struct error **err);
void git_signed_clear(struct git_signed *s);

#endif
