/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/project/cron.h"
#include "lib/base/time.h"
#include "tests/test.h"

static int64_t at(const char *time)
{
    struct error *err = NULL;
    int64_t ms;

    EXPECT_OK(time_parse_rfc3339(time, &ms, &err));
    return ms / 1000;
}

TEST(next_start)
{
    static const struct {
        const char *schedule;
        const char *from;
        const char *next; /* NULL: never */
    } rows[] = {
        {"* * * * *", "2026-11-30T12:00:00Z", "2026-11-30T12:01:00Z"},
        {"* * * * *", "2026-11-30T12:00:59Z", "2026-11-30T12:01:00Z"},
        {"*/15 * * * *", "2026-11-30T12:14:59Z", "2026-11-30T12:15:00Z"},
        {"*/15 * * * *", "2026-11-30T12:45:00Z", "2026-11-30T13:00:00Z"},
        {"5/20 * * * *", "2026-11-30T12:00:00Z", "2026-11-30T12:05:00Z"},
        {"5/20 * * * *", "2026-11-30T12:45:00Z", "2026-11-30T13:05:00Z"},
        {"10-20/5 * * * *", "2026-11-30T12:15:00Z", "2026-11-30T12:20:00Z"},
        {"10-20/5 * * * *", "2026-11-30T12:20:00Z", "2026-11-30T13:10:00Z"},
        {"0 22 * * *", "2026-11-30T12:00:00Z", "2026-11-30T22:00:00Z"},
        {"0 22 * * *", "2026-11-30T22:00:00Z", "2026-12-01T22:00:00Z"},
        {"0 22 * * *", "2026-12-31T22:00:00Z", "2027-01-01T22:00:00Z"},
        {"30 9-17 * * 1-5", "2026-11-30T17:30:00Z", "2026-12-01T09:30:00Z"},
        {"30 9-17 * * 1-5", "2026-12-04T17:30:00Z", "2026-12-07T09:30:00Z"},
        {"0 0 * * sat,SUN", "2026-11-30T00:00:00Z", "2026-12-05T00:00:00Z"},
        {"0 0 * * mon-fri", "2026-12-05T00:00:00Z", "2026-12-07T00:00:00Z"},
        {"0 0 1 * *", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"},
        {"0 0 31 * *", "2026-11-01T00:00:00Z", "2026-12-31T00:00:00Z"},
        {"0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
        {"0 0 30 2 *", "2026-01-01T00:00:00Z", NULL},
        {"0 0 1 jan *", "2026-11-30T00:00:00Z", "2027-01-01T00:00:00Z"},
        {"0 0 ? 6-8/2 ?", "2026-06-30T23:59:00Z", "2026-08-01T00:00:00Z"},
        /* Both days are restricted: either is enough. */
        {"0 0 13 * 5", "2026-11-30T00:00:00Z", "2026-12-04T00:00:00Z"},
        {"0 0 13 * 5", "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z"},
        /* A star with a step restricts, a plain one does not. */
        {"0 0 */10 * 1", "2026-12-01T00:00:00Z", "2026-12-07T00:00:00Z"},
        {"0 0 * * 1", "2026-12-01T00:00:00Z", "2026-12-07T00:00:00Z"},
        {"@hourly", "2026-11-30T12:00:00Z", "2026-11-30T13:00:00Z"},
        {"@daily", "2026-11-30T12:00:00Z", "2026-12-01T00:00:00Z"},
        {"@midnight", "2026-11-30T12:00:00Z", "2026-12-01T00:00:00Z"},
        {"@weekly", "2026-11-30T12:00:00Z", "2026-12-06T00:00:00Z"},
        {"@monthly", "2026-11-30T12:00:00Z", "2026-12-01T00:00:00Z"},
        {"@yearly", "2026-11-30T12:00:00Z", "2027-01-01T00:00:00Z"},
        {"@annually", "2026-11-30T12:00:00Z", "2027-01-01T00:00:00Z"},
        {"0 0 1 1 *", "1969-12-31T23:59:30Z", "1970-01-01T00:00:00Z"},
        {"  0   12  * *  * ", "2026-11-30T11:00:00Z", "2026-11-30T12:00:00Z"},
        {"1,3,,5 * * * *", "2026-11-30T11:03:00Z", "2026-11-30T11:05:00Z"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error *err = NULL;
        struct cron cron;
        char got[TIME_RFC3339_BYTES];
        int64_t next;

        EXPECT_OK(cron_parse(rows[i].schedule, &cron, &err));
        next = cron_next(&cron, at(rows[i].from));
        if (next == (rows[i].next ? at(rows[i].next) : CRON_NEVER))
            continue;
        time_format_rfc3339(next == CRON_NEVER ? 0 : next * 1000, got);
        fail_msg("row %zu: %s from %s: %s", i, rows[i].schedule, rows[i].from, got);
    }
}

TEST(schedules_that_cannot_be_read)
{
    static const struct {
        const char *schedule;
        const char *part;
    } rows[] = {
        {"", "expected 5 fields"},
        {"* * * *", "found 4"},
        {"* * * * * *", "found 6"},
        {"@every 1h", "minute \"@every\""},
        {"@often", "minute \"@often\""},
        {"60 * * * *", "minute \"60\" is not made of numbers from 0 to 59"},
        {"* 24 * * *", "hour \"24\""},
        {"* * 0 * *", "day of the month \"0\""},
        {"* * 32 * *", "day of the month \"32\""},
        {"* * * 13 *", "month \"13\""},
        {"* * * * 7", "day of the week \"7\""},
        {"* * * * foo", "day of the week \"foo\""},
        {"5-1 * * * *", "minute \"5-1\""},
        {"*/0 * * * *", "minute \"*/0\""},
        {"-1 * * * *", "minute \"-1\""},
        {"1-2-3 * * * *", "minute \"1-2-3\""},
        {"*-5 * * * *", "minute \"*-5\""},
        {"1/2/3 * * * *", "minute \"1/2/3\""},
        {", * * * *", "minute \",\""},
        {"99999999999 * * * *", "minute"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_error struct error *err = NULL;
        struct cron cron;

        EXPECT_INT(cron_parse(rows[i].schedule, &cron, &err), -1);
        EXPECT_CONTAINS(error_message(err), rows[i].part);
    }
}
