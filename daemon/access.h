/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access: what a repository is read with: the credentials of its Secret, what is had by signing in
 * with these, and what its server is known by. For struct source_options, whose contracts these
 * keep; `daemon` is the struct daemon.
 */
#ifndef GITOPSD_DAEMON_ACCESS_H
#define GITOPSD_DAEMON_ACCESS_H

#include "daemon/source/source.h"

const struct git_credentials *access_credentials(void *daemon, const char *url);
void access_sign_in(void *daemon, const char *url, source_signed_in_fn *done, void *repo);
bool access_refused(void *daemon, const char *url, uint64_t signed_in_ms);

#endif
