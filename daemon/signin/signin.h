/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signin: the tokens with which repositories are read whose Secrets hold no password but what one
 * can be had for. They are kept in memory until shortly before they end, and asked for once for
 * all repositories with the same Secret.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_SIGNIN_SIGNIN_H
#define GITOPSD_DAEMON_SIGNIN_SIGNIN_H

#include "daemon/signin/spec.h"
#include "lib/base/worker.h"
#include "lib/git/git.h"

struct signin;

struct signin *signin_new(uv_loop_t *loop, struct worker_pool *pool);
/* Before the pool stops. Every `done` that waits runs with ERROR_CANCELED. NULL is fine. */
void signin_free(struct signin *s);

/* A token that a repository needs. `how` is how its token server is reached (proxy, CA, insecure;
 * NULL: as usual): another one makes another token. All borrowed for the call. */
struct signin_want {
    const char *url; /* of the repository */
    const struct signin_spec *spec;
    const struct git_credentials *how;
};

typedef void signin_done_fn(void *arg, const struct error *err);

/* See that a token is at hand. `done` runs exactly once: before this returns where one is, else
 * when the server has answered. A failure is remembered for some seconds. */
void signin_prepare(struct signin *s, const struct signin_want *want, signin_done_fn *done,
                    void *arg);
/* The credentials (NULL: none) with the token that is at hand. Borrowed until the next call. */
const struct git_credentials *signin_add(struct signin *s, const struct signin_want *want,
                                         const struct git_credentials *credentials);
/* The Git server refused the token that was at hand at that time (monotonic): the next one is asked
 * for anew, unless that was done meanwhile. */
void signin_refused(struct signin *s, const struct signin_want *want, uint64_t given_ms);

#endif
