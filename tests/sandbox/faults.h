/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults: what goes wrong on demand. A rule says for which requests or watch events, how often, and
 * what happens. Rules are set with --faults or by PUT /sandbox/faults (a JSON array); each is
 *     {"method": "PATCH", "path": GLOB, "status": 500, "reason": "...",
 *      "message": "...", "retryAfter": 1, "latencyMs": 100, "drop": true,      of requests
 *      "events": "configmaps", "event": "drop"|"twice"|"replay"|"close"|"expire",  of watch events
 *      "skip": 2, "count": 3, "probability": 0.5}
 * POST /sandbox/watches/close|break|expire?plural=P ends watches now; POST /sandbox/compact forgets
 * the history; GET /sandbox/faults tells the rules with how often each struck.
 */
#ifndef GITOPSD_TESTS_SANDBOX_FAULTS_H
#define GITOPSD_TESTS_SANDBOX_FAULTS_H

#include "lib/base/vec.h"
#include "tests/sandbox/http.h"

#include <jansson.h>

struct sandbox;

struct faults {
    struct ptrvec rules; /* struct fault_rule */
};

enum event_fault { EVENT_SEND, EVENT_DROP, EVENT_TWICE, EVENT_REPLAY, EVENT_CLOSE, EVENT_EXPIRE };

/* Replaces all rules. ERROR_INVALID names what is wrong, and changes nothing. */
int faults_set(struct faults *f, const json_t *rules, struct error **err);
void faults_clear(struct faults *f);

/* Serves /sandbox/...; false: it is another path. */
bool faults_serve(struct faults *f, struct sandbox *s, struct http_call *http);
/* Answers (or drops) the request, where a rule says so. */
bool faults_strike(struct faults *f, struct http_call *http);
/* For sandbox_http_options; `arg` is the sandbox. */
unsigned faults_delay_ms(void *arg, const struct http_call *http);
/* What becomes of an event of this kind; "bookmarks" stands for those. */
enum event_fault faults_event(struct faults *f, const char *plural);

#endif
