/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/event_limit.h"

#include "lib/base/mem.h"
#include "tests/test.h"

#include <stdlib.h>

TEST(the_same_is_counted_and_told_again_after_a_while)
{
    struct event_limit *l = NULL;

    EXPECT_INT(event_limit_take(&l, "R", "a", 1000), 1);
    EXPECT_INT(event_limit_take(&l, "R", "a", 1001), 0);
    EXPECT_INT(event_limit_take(&l, "R", "a", 1000 + EVENT_LIMIT_SAME_MS - 1), 0);
    EXPECT_INT(event_limit_take(&l, "R", "b", 2000), 1); /* another one */
    EXPECT_INT(event_limit_take(&l, "S", "a", 2000), 1);
    EXPECT_INT(event_limit_take(&l, "R", "a", 1000 + EVENT_LIMIT_SAME_MS), 3);
    EXPECT_INT(event_limit_take(&l, "R", "a", 1001 + EVENT_LIMIT_SAME_MS), 0);
    free(l);
}

TEST(a_burst_is_bounded_and_comes_back_with_time)
{
    struct event_limit *l = NULL;
    uint64_t now = 5000;
    int told = 0;

    for (int i = 0; i < 100; i++) {
        cleanup_free char *message = xasprintf("%d", i);

        told += event_limit_take(&l, "R", message, now) > 0;
    }
    EXPECT_INT(told, EVENT_LIMIT_BURST);
    EXPECT_INT(event_limit_take(&l, "R", "x", now + EVENT_LIMIT_REFILL_MS - 1), 0);
    EXPECT_INT(event_limit_take(&l, "R", "x", now + EVENT_LIMIT_REFILL_MS), 1);
    EXPECT_INT(event_limit_take(&l, "R", "y", now + EVENT_LIMIT_REFILL_MS), 0);
    EXPECT_INT(event_limit_take(&l, "R", "y", now + 3 * EVENT_LIMIT_REFILL_MS), 1);
    EXPECT_INT(event_limit_take(&l, "R", "z", now + 3 * EVENT_LIMIT_REFILL_MS), 1);
    EXPECT_INT(event_limit_take(&l, "R", "w", now + 3 * EVENT_LIMIT_REFILL_MS), 0);
    free(l);
}
