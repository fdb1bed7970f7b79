/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pending: texts of live objects that wait, while the daemon starts, until what they are compared
 * with has been rendered: megabytes that all go soon. They lie in regions of their own, each of
 * which goes back to the system with its last text; between all the small things that stay they
 * would leave holes that nothing fits into.
 * Thread: one, the loop thread. Memory: a text is owned by whoever kept it.
 */
#ifndef GITOPSD_DAEMON_OBSERVE_PENDING_H
#define GITOPSD_DAEMON_OBSERVE_PENDING_H

#include <jansson.h>

/* The document as compact JSON. NULL where it cannot be written as such. */
const char *pending_keep(const json_t *document);
/* A new reference. */
json_t *pending_load(const char *text);
/* NULL is fine. */
void pending_drop(const char *text);
/* What the regions take, together. */
size_t pending_bytes(void);

#endif
