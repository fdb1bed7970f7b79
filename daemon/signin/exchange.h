/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange: get one token from a token server for a key, a secret or another token.
 * Thread: the loop thread; signing is done on a worker thread.
 * Memory: everything is copied; the exchange frees itself when `done` returned, or when it came to
 *         its end after exchange_abandon().
 * Errors: name the server and the remedy, and hold no key and no token. ERROR_INVALID
 *         the key cannot be used, ERROR_DENIED the server says no, ERROR_UNAVAILABLE and
 *         ERROR_TIMEOUT: later again.
 */
#ifndef GITOPSD_DAEMON_SIGNIN_EXCHANGE_H
#define GITOPSD_DAEMON_SIGNIN_EXCHANGE_H

#include "daemon/signin/spec.h"
#include "lib/base/worker.h"
#include "lib/git/git.h"

struct signin_token {
    char *text;
    char *username; /* NULL: it is a bearer token */
    uint64_t lifetime_ms;
};
/* Overwrites it. */
void signin_token_clear(struct signin_token *token);

/* `token` may be emptied by `done` to take what is in it; it is NULL on error. */
typedef void signin_exchange_fn(void *arg, struct signin_token *token, const struct error *err);

struct exchange;

/* `owner` is the one of the repository, in lower case; of `how` count the proxy, the CA and
 * `insecure`. `done` runs exactly once, never before this returns. */
struct exchange *exchange_start(uv_loop_t *loop, struct worker_pool *pool,
                                const struct signin_spec *spec, const char *owner,
                                const struct git_credentials *how, signin_exchange_fn *done,
                                void *arg);
/* `done` does not run any more. NULL is fine. */
void exchange_abandon(struct exchange *x);

#endif
