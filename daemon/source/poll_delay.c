/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/poll_delay.h"

#include <stdlib.h>

uint64_t poll_delay_ms(uint64_t poll_ms, unsigned failures)
{
    uint64_t max = poll_ms > POLL_MAX_FAILURE_DELAY_MS ? poll_ms : POLL_MAX_FAILURE_DELAY_MS;
    uint64_t delay = poll_ms;

    for (unsigned i = 1; i < failures && delay < max; i++)
        delay *= 2;
    if (delay > max)
        delay = max;
    /* A fleet polls one server: spread it by up to a tenth. */
    return delay + (uint64_t)random() % (delay / 10 + 1);
}
