/* SPDX-License-Identifier: Apache-2.0 */
/* redact: taking the values of a Secret out of a text, such as the API server's refusal of it. */
#ifndef GITOPSD_DAEMON_OBJECT_REDACT_H
#define GITOPSD_DAEMON_OBJECT_REDACT_H

#include <jansson.h>

/* `text` with every value of the Secret's data and stringData, encoded and decoded, replaced by
 * "++++++++" (Argo CD's mask). Heap string. */
char *redact_secret(const char *text, const json_t *secret);

#endif
