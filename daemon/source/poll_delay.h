/* SPDX-License-Identifier: Apache-2.0 */
/* poll_delay: how long to wait before a repository, or a remote file, is asked again. */
#ifndef GITOPSD_DAEMON_SOURCE_POLL_DELAY_H
#define GITOPSD_DAEMON_SOURCE_POLL_DELAY_H

#include <stdint.h>

#define POLL_MAX_FAILURE_DELAY_MS 60000

/* `poll_ms`, doubled for each failure in a row behind the first one, to a minute or to `poll_ms` if
 * that is longer; plus up to a tenth, by chance. */
uint64_t poll_delay_ms(uint64_t poll_ms, unsigned failures);

#endif
