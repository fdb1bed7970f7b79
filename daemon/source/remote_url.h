/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote_url: which addresses outside of its own repository a kustomization may use (the option
 * --allow-remote). Nothing is allowed that is not named there, no file on this machine at all, and
 * no address that a pattern could read otherwise than Git and HTTP do.
 * Thread: any.
 */
#ifndef GITOPSD_DAEMON_SOURCE_REMOTE_URL_H
#define GITOPSD_DAEMON_SOURCE_REMOTE_URL_H

#include "lib/base/error.h"
#include "lib/base/vec.h"

/* ERROR_DENIED names the option, or what is wrong with the address. */
int remote_url_check(const struct strvec *patterns, const char *url, struct error **err);

#endif
