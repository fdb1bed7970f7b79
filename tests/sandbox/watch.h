/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch: changes of one kind as they happen, as lines of JSON. Every watch reads the store's
 * history from where it is; nothing is queued for it. What faults.h says of events happens here.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_TESTS_SANDBOX_WATCH_H
#define GITOPSD_TESTS_SANDBOX_WATCH_H

#include "tests/sandbox/sandbox.h"

struct watch_hub *watch_hub_new(struct sandbox *s);
/* Its timers are closed; the memory goes when the loop ran once more. */
void watch_hub_close(struct watch_hub *hub);

/* The store changed: what is new is sent soon. */
void watch_hub_wake(struct watch_hub *hub);
/* End those of a collection's plural (NULL: all), cleanly or as a connection that breaks. Returns
 * how many. */
size_t watch_hub_end(struct watch_hub *hub, const char *plural, bool broken);
/* Tell them that their version is too old (410), and end them. */
size_t watch_hub_expire(struct watch_hub *hub, const char *plural);

#endif
