/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status_patch: a merge patch that makes a live document equal to another one.
 * A merge patch keeps what it does not name. What of the live document is remembered is therefore
 * its shape, the names of its fields: the patch names them, with null, where the new document lacks
 * them. Lists are replaced as a whole, so that the names inside of them do not count.
 * Pure functions.
 */
#ifndef GITOPSD_DAEMON_STATUS_STATUS_PATCH_H
#define GITOPSD_DAEMON_STATUS_STATUS_PATCH_H

#include <jansson.h>

/* Compact text; NULL where there is no field. Heap string. */
char *status_shape(const json_t *document);

/* Add the nulls to `document`. `shape` may be NULL: nothing is live. */
void status_patch_drop(json_t *document, const char *shape);

#endif
