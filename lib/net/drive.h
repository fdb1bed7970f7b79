/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive: a curl multi handle on the uv loop (curl_multi_socket_action).
 * Thread: the loop thread.
 * curl forbids most calls from inside its own callbacks; drive_is_inside() tells, and `idle` is
 * where the work that had to wait is done: it runs outside of curl after drive_kick().
 */
#ifndef GITOPSD_LIB_NET_DRIVE_H
#define GITOPSD_LIB_NET_DRIVE_H

#include "lib/base/mem.h"

#include <curl/curl.h>
#include <uv.h>

struct drive;

struct drive_hooks {
    void (*ended)(void *arg, CURL *easy, CURLcode code); /* still added to the multi handle */
    void (*idle)(void *arg);
    void (*closed)(void *arg); /* the last callback, after drive_free */
};

struct drive *drive_new(uv_loop_t *loop, const struct drive_hooks *hooks, void *arg);
/* Not from inside curl. No easy handle may be added any more. */
void drive_free(struct drive *d);
CURLM *drive_multi(struct drive *d);
bool drive_is_inside(const struct drive *d);
/* Have `idle` run from the loop, soon. */
void drive_kick(struct drive *d);

#endif
