/* SPDX-License-Identifier: Apache-2.0 */
/* secret: the values of a Secret. Thread: any. */
#ifndef GITOPSD_DAEMON_OBJECT_SECRET_H
#define GITOPSD_DAEMON_OBJECT_SECRET_H

#include <jansson.h>
#include <stdbool.h>

/* A value of the Secret's data, decoded; NULL where it is absent or not base 64. Heap string. */
char *secret_value(const json_t *secret, const char *key);
/* The same, and NULL where it is empty: Argo CD takes that for absent. */
char *secret_filled(const json_t *secret, const char *key);
/* Is it what Go's ParseBool takes for true? */
bool secret_flag(const json_t *secret, const char *key);

#endif
