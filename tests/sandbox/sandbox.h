/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox: a Kubernetes API server in memory, for the demo, for tests and for fault injection. The
 * daemon is never linked with it. docs/sandbox.md says what it does and what it does not.
 *
 *     http -> api (which verb of which kind) -> list, watch, registry (reads and writes) -> store
 *                                                         changes: watches, controllers, garbage
 * <-'
 *
 * Thread: all on the loop thread.
 */
#ifndef GITOPSD_TESTS_SANDBOX_SANDBOX_H
#define GITOPSD_TESTS_SANDBOX_SANDBOX_H

#include "tests/sandbox/faults.h"
#include "tests/sandbox/http.h"
#include "tests/sandbox/kinds.h"
#include "tests/sandbox/store.h"

#include <stdio.h>

struct watch_hub;
struct controllers;
struct relations;

struct sandbox {
    uv_loop_t *loop;
    struct sandbox_http *http;
    struct store *store;
    struct kinds kinds;
    struct faults faults;
    struct watch_hub *watches;
    struct controllers *controllers; /* NULL: nothing is simulated */
    struct relations *relations;     /* for the controllers */
    char *token;                     /* what clients must present; NULL: anything */
    FILE *audit;                     /* NULL: none */
    bool is_secure;                  /* HTTPS */
    unsigned next_address;           /* of Services and Pods */
};

struct sandbox_options {
    const char *listen;
    const char *token;             /* NULL: any is good */
    const char *certificate, *key; /* PEM; NULL: plain HTTP */
    const char *audit;             /* a file to append to; NULL: none */
    bool no_controllers;
};

int sandbox_start(uv_loop_t *loop, const struct sandbox_options *options, struct sandbox **out,
                  struct error **err);
/* Run the loop until it ends, then sandbox_free. */
void sandbox_close(struct sandbox *s);
void sandbox_free(struct sandbox *s);
/* "http://127.0.0.1:PORT"; heap string. */
char *sandbox_url(const struct sandbox *s);

#endif
