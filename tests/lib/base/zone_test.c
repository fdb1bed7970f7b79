/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/time.h"
#include "lib/base/zone.h"
#include "tests/test.h"

static int64_t at(const char *time)
{
    struct error *err = NULL;
    int64_t ms;

    EXPECT_OK(time_parse_rfc3339(time, &ms, &err));
    return ms / 1000;
}

/* The zone's offset in minutes, and when it ends. */
TEST(offsets)
{
    static const struct {
        const char *zone;
        const char *time;
        int minutes;
        const char *until; /* NULL: never */
    } rows[] = {
        {"UTC", "2026-07-01T00:00:00Z", 0, NULL},
        {"Europe/Berlin", "2026-01-01T00:00:00Z", 60, "2026-03-29T01:00:00Z"},
        {"Europe/Berlin", "2026-03-29T00:59:59Z", 60, "2026-03-29T01:00:00Z"},
        {"Europe/Berlin", "2026-03-29T01:00:00Z", 120, "2026-10-25T01:00:00Z"},
        {"Europe/Berlin", "2026-10-25T00:59:59Z", 120, "2026-10-25T01:00:00Z"},
        {"Europe/Berlin", "2026-10-25T01:00:00Z", 60, "2027-03-28T01:00:00Z"},
        {"Europe/Berlin", "1995-07-01T00:00:00Z", 120, "1995-09-24T01:00:00Z"},
        {"Europe/Berlin", "2055-07-01T00:00:00Z", 120, "2055-10-31T01:00:00Z"},
        {"America/New_York", "2026-03-08T06:59:59Z", -300, "2026-03-08T07:00:00Z"},
        {"America/New_York", "2026-03-08T07:00:00Z", -240, "2026-11-01T06:00:00Z"},
        {"America/New_York", "2026-11-01T06:00:00Z", -300, "2027-03-14T07:00:00Z"},
        {"America/New_York", "2006-04-02T06:59:59Z", -300, "2006-04-02T07:00:00Z"},
        {"Asia/Kolkata", "2026-07-01T00:00:00Z", 330, NULL},
        {"Asia/Kathmandu", "2026-07-01T00:00:00Z", 345, NULL},
        {"Asia/Tokyo", "2026-07-01T00:00:00Z", 540, NULL},
        {"Australia/Sydney", "2026-01-01T00:00:00Z", 660, "2026-04-04T16:00:00Z"},
        {"Australia/Sydney", "2026-07-01T00:00:00Z", 600, "2026-10-03T16:00:00Z"},
        {"Australia/Lord_Howe", "2026-07-01T00:00:00Z", 630, "2026-10-03T15:30:00Z"},
        {"Europe/Dublin", "2026-01-01T00:00:00Z", 0, "2026-03-29T01:00:00Z"},
        {"Europe/Dublin", "2026-07-01T00:00:00Z", 60, "2026-10-25T01:00:00Z"},
        {"America/Sao_Paulo", "2026-07-01T00:00:00Z", -180, NULL},
        {"Etc/GMT+5", "2026-07-01T00:00:00Z", -300, NULL},
        {"America/Nuuk", "2026-07-01T00:00:00Z", -60, "2026-10-25T01:00:00Z"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_zone struct zone *z = NULL;
        struct error *err = NULL;
        int64_t until;
        int offset;

        EXPECT_OK(zone_load(rows[i].zone, &z, &err));
        offset = zone_offset(z, at(rows[i].time), &until);
        if (offset != rows[i].minutes * 60 ||
            until != (rows[i].until ? at(rows[i].until) : ZONE_NEVER))
            fail_msg("row %zu: %s at %s: %d min until %lld", i, rows[i].zone, rows[i].time,
                     offset / 60, (long long)until);
    }
}

TEST(what_is_no_zone_is_told)
{
    static const char *const names[] = {"Mars/Olympus",   "../../../etc/passwd",
                                        "/etc/passwd",    "",
                                        "Europe/Berlin ", "zone.tab",
                                        "Europe",         "a\nb"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cleanup_error struct error *err = NULL;
        struct zone *z = NULL;

        EXPECT_INT(zone_load(names[i], &z, &err), -1);
        EXPECT_INT(error_kind(err), ERROR_NOT_FOUND);
        EXPECT_CONTAINS(error_message(err), names[i]);
    }
}
