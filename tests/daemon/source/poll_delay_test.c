/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/poll_delay.h"
#include "tests/test.h"

#include <stdbool.h>

static bool is_about(uint64_t poll_ms, unsigned failures, uint64_t expected_ms)
{
    uint64_t delay = poll_delay_ms(poll_ms, failures);

    return delay >= expected_ms && delay <= expected_ms + expected_ms / 10;
}

TEST(failures_double_the_delay_up_to_a_minute)
{
    EXPECT(is_about(10000, 0, 10000));
    EXPECT(is_about(10000, 1, 10000));
    EXPECT(is_about(10000, 2, 20000));
    EXPECT(is_about(10000, 3, 40000));
    EXPECT(is_about(10000, 4, POLL_MAX_FAILURE_DELAY_MS));
    EXPECT(is_about(10000, 1000, POLL_MAX_FAILURE_DELAY_MS));
}

TEST(a_poll_that_is_rarer_than_that_stays_as_it_is)
{
    EXPECT(is_about(300000, 0, 300000));
    EXPECT(is_about(300000, 9, 300000));
}
