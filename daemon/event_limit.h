/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_limit: how many Events one application may have. A burst, then one in a while; the same
 * message not again for a while. Pure.
 */
#ifndef GITOPSD_DAEMON_EVENT_LIMIT_H
#define GITOPSD_DAEMON_EVENT_LIMIT_H

#include <stdint.h>

#define EVENT_LIMIT_BURST 25
#define EVENT_LIMIT_REFILL_MS UINT64_C(30000) /* one more */
#define EVENT_LIMIT_SAME_MS UINT64_C(30000)
#define EVENT_LIMIT_MEMORY 8 /* messages that are remembered */

struct event_limit {
    struct {
        uint64_t hash;    /* of reason and message; 0: none */
        uint64_t sent_ms; /* monotonic */
        unsigned count;   /* how often it was held back since */
    } told[EVENT_LIMIT_MEMORY];
    uint64_t since_ms; /* monotonic: of `used` */
    unsigned used;
};

/* How often it happened, this time included, since it was sent last; 0: it is held back. */
unsigned event_limit_take(struct event_limit **limit, const char *reason, const char *message,
                          uint64_t now_ms);

#endif
