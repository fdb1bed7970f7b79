/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/time.h"

#include "tests/test.h"

TEST(timestamps_both_ways)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-23T00:24:03Z", 1795393443000},
        {"2000-02-29T23:59:59Z", 951868799000},
        {"1969-12-31T23:59:59Z", -1000},
    };
    char text[TIME_RFC3339_BYTES];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_error struct error *err = NULL;
        int64_t ms = 1;

        EXPECT_OK(time_parse_rfc3339(rows[i].text, &ms, &err));
        EXPECT(ms == rows[i].ms);
        time_format_rfc3339(ms, text);
        EXPECT_STR(text, rows[i].text);
    }
    time_format_rfc3339_ms(1795393443007, text);
    EXPECT_STR(text, "2026-11-23T00:24:03.007Z");
    time_format_rfc3339_ms(-1, text);
    EXPECT_STR(text, "1969-12-31T23:59:59.999Z");
    time_format_rfc3339(-1, text);
    EXPECT_STR(text, "1969-12-31T23:59:59Z");
}

TEST(fractions_and_offsets)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"1970-01-01T00:00:00.5Z", 500},  {"1970-01-01T00:00:00.123456789Z", 123},
        {"1970-01-01T01:30:00+01:30", 0}, {"1969-12-31T23:00:00-01:00", 0},
        {"1970-01-01t00:00:01z", 1000},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_error struct error *err = NULL;
        int64_t ms = 1;

        EXPECT_OK(time_parse_rfc3339(rows[i].text, &ms, &err));
        EXPECT(ms == rows[i].ms);
    }
}

TEST(what_is_no_timestamp)
{
    static const char *const rows[] = {
        "",
        "now",
        "2026-11-23",
        "2026-11-23T00:24:03",
        "2026-13-23T00:24:03Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T00:24:03Zx",
        "2026-11-23T00:24:03+1:00",
        "2026-02-31T00:00:00Z",
        "2025-02-29T00:00:00Z",
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_error struct error *err = NULL;
        int64_t ms;

        if (time_parse_rfc3339(rows[i], &ms, &err) != -1)
            fail_msg("\"%s\" is accepted", rows[i]);
        EXPECT_INT(error_kind(err), ERROR_INVALID);
    }
}

TEST(durations)
{
    static const struct {
        const char *text;
        uint64_t ms;
    } rows[] = {
        {"0", 0},      {"90", 90000},          {"1h30m", 5400000}, {"1.5s", 1500}, {"300ms", 300},
        {"1500us", 2}, {"1h0m0.25s", 3600250}, {"0s", 0},          {".5s", 500},   {"2000000ns", 2},
    };
    static const char *const invalid[] = {
        "", "s", "-1s", "1x", "5 m", "1m 1s", "1h1", "99999999999999999999h", "."};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_error struct error *err = NULL;
        uint64_t ms = 77;

        EXPECT_OK(duration_parse(rows[i].text, &ms, &err));
        EXPECT_INT(ms, rows[i].ms);
    }
    for (size_t i = 0; i < ARRAY_LEN(invalid); i++) {
        cleanup_error struct error *err = NULL;
        uint64_t ms;

        if (duration_parse(invalid[i], &ms, &err) != -1)
            fail_msg("\"%s\" is accepted", invalid[i]);
    }
}

TEST(clocks_move_forward)
{
    uint64_t before = time_monotonic_us();

    EXPECT(time_monotonic_us() >= before);
    EXPECT(time_monotonic_ms() >= before / 1000);
    EXPECT(time_wall_ms() > 1700000000000);
}
