/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revision: the commits that an application's sources are at, as one text: the full id of each, in
 * the order of the sources, with a blank between them; "" while one of them is not known. For one
 * source that is its commit. Argo CD's messages list several commits in the same way.
 */
#ifndef GITOPSD_DAEMON_APP_REVISION_H
#define GITOPSD_DAEMON_APP_REVISION_H

#include "lib/git/git.h"

#include <jansson.h>

/* Replace a text that is owned (interned.h), or that is NULL. */
void revision_set(const char **revision, const char *to);
void revision_clear(const char **revision);

/* The commit of source `i`; false where there is none. */
bool revision_at(const char *revision, size_t i, char oid[GIT_OID_HEX_BYTES]);
/* From a status: `revisions`, or where there are none `revision`, commits or not. Heap string, ""
 * where neither. */
char *revision_of(const json_t *holder);
/* Into a status (NULL: none), beside `source` (one source, or an array of several; may be NULL), as
 * Argo CD writes them: `revision`, or `revisions` and an empty `revision`. */
void revision_write(json_t *holder, const char *revision, const json_t *source);

#endif
