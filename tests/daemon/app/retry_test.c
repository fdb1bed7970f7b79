/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app/retry.h"

#include "tests/daemon/parts.h"

TEST(the_delays_grow_to_their_limit)
{
    static const struct {
        const char *retry;
        int64_t limit;
        uint64_t delays[4];
    } rows[] = {
        {"{'limit': 5}", 5, {5000, 10000, 20000, 40000}},
        {"{}", 0, {5000, 10000, 20000, 40000}},
        {"{'limit': -1, 'backoff': {'duration': '2s', 'factor': 2, 'maxDuration': '5s'}}",
         -1,
         {2000, 4000, 5000, 5000}},
        {"{'limit': 2, 'backoff': {'duration': '3', 'factor': 3}}", 2, {3000, 9000, 27000, 81000}},
        {"{'limit': 1, 'backoff': {'duration': '10ms', 'maxDuration': '0'}}",
         1,
         {1000, 2000, 4000, 8000}},
        {"{'limit': 1, 'backoff': {'duration': 'soon', 'factor': 0}}",
         1,
         {5000, 10000, 20000, 40000}},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *retry = parse(rows[i].retry);
        struct retry_policy policy = retry_policy_read(retry);

        EXPECT_INT(policy.limit, rows[i].limit);
        for (int n = 1; n <= 4; n++)
            EXPECT_INT(retry_delay_ms(&policy, n), rows[i].delays[n - 1]);
    }
    EXPECT_INT(retry_policy_read(NULL).limit, 0);
}

TEST(the_time_of_the_next_try_is_told_as_argo_cd_does)
{
    static const struct {
        int64_t at_ms;
        const char *message;
    } rows[] = {
        {1795396825000, "it broke. Retrying attempt #2 at 1:20AM."},
        {1795396825000 + 12 * 3600000LL, "it broke. Retrying attempt #2 at 1:20PM."},
        {1795396825000 + 9 * 3600000LL, "it broke. Retrying attempt #2 at 10:20AM."},
        {1795396825000 - 3600000LL, "it broke. Retrying attempt #2 at 12:20AM."},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *text = retry_message("it broke", 2, rows[i].at_ms);

        EXPECT_STR(text, rows[i].message);
    }
}
