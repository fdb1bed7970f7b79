/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git_user: the credentials that the user's own Git has for a repository: for http(s) what `git
 * credential fill` says (a helper, or a person on the terminal), for ssh the first of the usual key
 * files that has no passphrase. Blocks.
 */
#ifndef GITOPSD_CLI_VERBS_GIT_USER_H
#define GITOPSD_CLI_VERBS_GIT_USER_H

#include "lib/git/git.h"

/* NULL: there are none, or there is no Git. Free with git_credentials_free(). */
struct git_credentials *git_user_credentials(const char *url);

#endif
