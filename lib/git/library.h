/* SPDX-License-Identifier: Apache-2.0 */
/*
 * library: libgit2, set up once, and its errors as ours. Inside lib/git only.
 */
#ifndef GITOPSD_LIB_GIT_LIBRARY_H
#define GITOPSD_LIB_GIT_LIBRARY_H

#include "lib/git/git.h"

#include <git2.h>

struct git_repository_handle {
    git_repository *repo;
    git_odb *odb;
    char *dir;
};

/* Any thread, any number of times. */
void git_library_init(void);
/* The kind that a return code of libgit2 stands for, reading a local repository. */
enum error_kind git_library_kind(int code);
/* Of this thread's last failure, without a trailing newline; never NULL. */
const char *git_library_message(void);
/* "40 hex digits", or ERROR_INVALID. */
int git_oid_parse(const char *hex, git_oid *out, struct error **err);

#endif
