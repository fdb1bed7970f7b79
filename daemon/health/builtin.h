/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builtin: is a live object healthy? The checks of Argo CD's health package for the built-in
 * kinds, and those of its shipped scripts that a plain cluster meets.
 * Behaviour and messages: Argo CD's, of which other tools read the status.
 */
#ifndef GITOPSD_DAEMON_HEALTH_BUILTIN_H
#define GITOPSD_DAEMON_HEALTH_BUILTIN_H

#include <jansson.h>
#include <stdbool.h>

/* Best to worst: the health of many is the greatest. */
enum health_status {
    HEALTH_HEALTHY,
    HEALTH_SUSPENDED,
    HEALTH_PROGRESSING,
    HEALTH_MISSING,
    HEALTH_DEGRADED,
    HEALTH_UNKNOWN,
};

/* "Healthy" and so on, as in Application.status. */
const char *health_status_name(enum health_status status);
/* By name; false: no such status. */
bool health_status_parse(const char *name, enum health_status *status);

/* Is it being deleted, so that its own state does not count? */
bool health_is_deleting(const json_t *object);

/* What a health script came to: `error` (NULL: it ran), or the status that it returned ("": none).
 * False: no health. `*message` is the script's, and may be replaced; borrowed. */
bool health_of_script(const char *error, const char *status, enum health_status *out,
                      const char **message);

/* False: the kind has no health check (an object that is being deleted is Progressing whatever its
 * kind). `*message` becomes a heap string, or NULL where there is nothing to say. */
bool health_assess(const json_t *object, enum health_status *status, char **message);

#endif
