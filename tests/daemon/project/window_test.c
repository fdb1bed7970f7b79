/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/project/window.h"
#include "lib/base/time.h"
#include "tests/daemon/parts.h"

static const struct project_cluster own = {.servers = {"https://kubernetes.default.svc"},
                                           .names = {"in-cluster", "eu-west"}};

static int64_t at(const char *time)
{
    struct error *err = NULL;
    int64_t ms;

    EXPECT_OK(time_parse_rfc3339(time, &ms, &err));
    return ms;
}

enum { AUTO, MANUAL };

/* May the application "web" with the destination "prod" be synced? */
static bool may(const char *list, int manual, const char *started, const char *now, char **why,
                int64_t *change)
{
    cleanup_json json_t *json = parse(list);
    struct windows *w = windows_parse(json);
    struct window_sync sync = {.app = "web",
                               .namespace = "prod",
                               .cluster = &own,
                               .manual = manual == MANUAL,
                               .started_ms = started ? at(started) : 0};
    bool may = window_may_sync(w, &sync, at(now), why, change);

    windows_free(w);
    return may;
}

/* Windows at 22 o'clock for an hour, for everybody. */
#define AT22(kind, more)                                                                           \
    "{'kind': '" kind "', 'schedule': '0 22 * * *', 'duration': '1h', 'applications': ['*']" more  \
    "}"
#define AT22_FOR(kind, who)                                                                        \
    "{'kind': '" kind "', 'schedule': '0 22 * * *', 'duration': '1h', " who "}"
#define MANUAL_SYNC ", 'manualSync': true"
#define OVERRUN ", 'syncOverrun': true"
#define BERLIN ", 'timeZone': 'Europe/Berlin'"
#define IN "2026-11-30T22:30:00Z"
#define OUT "2026-11-30T12:00:00Z"

TEST(when_a_sync_may_run)
{
    static const struct {
        const char *windows;
        int manual;
        const char *started;
        const char *now;
        bool may;
    } rows[] = {
        /* No window. */
        {"[]", AUTO, NULL, OUT, true},
        {"[]", MANUAL, NULL, OUT, true},
        /* Allow. */
        {"[" AT22("allow", "") "]", AUTO, NULL, IN, true},
        {"[" AT22("allow", "") "]", AUTO, NULL, OUT, false},
        {"[" AT22("allow", "") "]", MANUAL, NULL, IN, true},
        {"[" AT22("allow", "") "]", MANUAL, NULL, OUT, false},
        {"[" AT22("allow", MANUAL_SYNC) "]", MANUAL, NULL, OUT, true},
        {"[" AT22("allow", MANUAL_SYNC) "]", AUTO, NULL, OUT, false},
        {"[" AT22("allow", MANUAL_SYNC) ", " AT22("allow", "") "]", MANUAL, NULL, OUT, false},
        /* Deny. */
        {"[" AT22("deny", "") "]", AUTO, NULL, IN, false},
        {"[" AT22("deny", "") "]", AUTO, NULL, OUT, true},
        {"[" AT22("deny", "") "]", MANUAL, NULL, IN, false},
        {"[" AT22("deny", "") "]", MANUAL, NULL, OUT, true},
        {"[" AT22("deny", MANUAL_SYNC) "]", MANUAL, NULL, IN, true},
        {"[" AT22("deny", MANUAL_SYNC) "]", AUTO, NULL, IN, false},
        {"[" AT22("deny", MANUAL_SYNC) ", " AT22("deny", "") "]", MANUAL, NULL, IN, false},
        /* Deny over allow. */
        {"[" AT22("allow", "") ", " AT22("deny", "") "]", AUTO, NULL, IN, false},
        {"[" AT22("deny", "") ", " AT22("allow", "") "]", AUTO, NULL, IN, false},
        {"[" AT22("deny", MANUAL_SYNC) ", " AT22("allow", "") "]", MANUAL, NULL, IN, true},
        {"[" AT22("deny", "") ", " AT22("allow", "") "]", AUTO, NULL, OUT, false},
        {"[" AT22("allow", "") ", {'kind': 'allow', 'schedule': '0 12 * * *', 'duration': '2h', "
                               "'applications': ['*']}]",
         AUTO, NULL, "2026-11-30T13:00:00Z", true},
        /* The edges: a start counts as soon as it has passed, the end as its last moment. */
        {"[" AT22("allow", "") "]", AUTO, NULL, "2026-11-30T22:00:00Z", false},
        {"[" AT22("allow", "") "]", AUTO, NULL, "2026-11-30T22:00:00.001Z", true},
        {"[" AT22("allow", "") "]", AUTO, NULL, "2026-11-30T22:00:01Z", true},
        {"[" AT22("allow", "") "]", AUTO, NULL, "2026-11-30T22:59:59Z", true},
        {"[" AT22("allow", "") "]", AUTO, NULL, "2026-11-30T23:00:00Z", false},
        {"[" AT22("allow", "") "]", AUTO, NULL, "2026-11-30T23:00:01Z", false},
        /* Over midnight, and longer than the interval. */
        {"[{'kind': 'allow', 'schedule': '0 23 * * *', 'duration': '3h', 'applications': ['*']}]",
         AUTO, NULL, "2026-12-01T01:30:00Z", true},
        {"[{'kind': 'allow', 'schedule': '0 23 * * *', 'duration': '3h', 'applications': ['*']}]",
         AUTO, NULL, "2026-12-01T02:30:00Z", false},
        {"[{'kind': 'deny', 'schedule': '*/10 * * * *', 'duration': '1h', 'applications': ['*']}]",
         AUTO, NULL, OUT, false},
        {"[{'kind': 'deny', 'schedule': '* * * * *', 'duration': '1h', 'applications': ['*']}]",
         AUTO, NULL, OUT, false},
        {"[{'kind': 'deny', 'schedule': '0 0 30 2 *', 'duration': '1h', 'applications': ['*']}]",
         AUTO, NULL, OUT, true},
        /* An operation that has started: syncOverrun. */
        {"[" AT22("deny", "") "]", AUTO, "2026-11-30T21:59:00Z", IN, false},
        {"[" AT22("deny", OVERRUN) "]", AUTO, "2026-11-30T21:59:00Z", IN, true},
        {"[" AT22("deny", OVERRUN) "]", AUTO, NULL, IN, false},
        {"[" AT22("deny", OVERRUN) "]", AUTO, "2026-11-30T22:10:00Z", IN, false},
        {"[" AT22("deny", OVERRUN) ", " AT22("deny", "") "]", AUTO, "2026-11-30T21:59:00Z", IN,
         false},
        {"[" AT22("allow", "") "]", AUTO, IN, "2026-11-30T23:30:00Z", false},
        {"[" AT22("allow", OVERRUN) "]", AUTO, IN, "2026-11-30T23:30:00Z", true},
        {"[" AT22("allow", OVERRUN) "]", AUTO, OUT, "2026-11-30T23:30:00Z", false},
        {"[" AT22("allow", OVERRUN) "]", MANUAL, IN, "2026-11-30T23:30:00Z", true},
        /* Whom it is meant for. */
        {"[" AT22_FOR("deny", "'applications': []") "]", AUTO, NULL, IN, true},
        {"[" AT22_FOR("deny", "'applications': ['we?']") "]", AUTO, NULL, IN, false},
        {"[" AT22_FOR("deny", "'applications': ['api']") "]", AUTO, NULL, IN, true},
        {"[" AT22_FOR("deny", "'namespaces': ['pro*']") "]", AUTO, NULL, IN, false},
        {"[" AT22_FOR("deny", "'namespaces': ['test']") "]", AUTO, NULL, IN, true},
        {"[" AT22_FOR("deny", "'clusters': ['in-cluster']") "]", AUTO, NULL, IN, false},
        {"[" AT22_FOR("deny", "'clusters': ['eu-*']") "]", AUTO, NULL, IN, false},
        {"[" AT22_FOR("deny", "'clusters': ['https://kubernetes.default.svc']") "]", AUTO, NULL, IN,
         false},
        {"[" AT22_FOR("deny", "'clusters': ['us-east']") "]", AUTO, NULL, IN, true},
        {"[" AT22_FOR("deny", "'applications': ['api'], 'namespaces': ['prod']") "]", AUTO, NULL,
         IN, false},
        {"[" AT22_FOR("deny", "'applications': ['api'], 'namespaces': ['prod'], "
                              "'andOperator': true") "]",
         AUTO, NULL, IN, true},
        {"[" AT22_FOR("deny", "'applications': ['web'], 'namespaces': ['prod'], "
                              "'andOperator': true") "]",
         AUTO, NULL, IN, false},
        {"[" AT22_FOR("deny", "'applications': ['web'], 'clusters': ['us-east'], "
                              "'namespaces': ['prod'], 'andOperator': true") "]",
         AUTO, NULL, IN, true},
        {"[" AT22_FOR("deny", "'namespaces': ['prod'], 'andOperator': true") "]", AUTO, NULL, IN,
         false},
        {"[" AT22_FOR("deny", "'andOperator': true") "]", AUTO, NULL, IN, true},
        {"[" AT22_FOR("allow", "'applications': ['api']") "]", AUTO, NULL, OUT, true},
        /* Time zones: 22 o'clock in Berlin is 21 in winter, 20 in summer. */
        {"[" AT22("allow", BERLIN) "]", AUTO, NULL, "2026-11-30T21:30:00Z", true},
        {"[" AT22("allow", BERLIN) "]", AUTO, NULL, "2026-11-30T22:30:00Z", false},
        {"[" AT22("allow", BERLIN) "]", AUTO, NULL, "2026-07-30T20:30:00Z", true},
        {"[" AT22("allow", BERLIN) "]", AUTO, NULL, "2026-07-30T21:30:00Z", false},
        {"[" AT22("allow", ", 'timeZone': 'America/New_York'") "]", AUTO, NULL,
         "2026-07-31T02:30:00Z", true},
        {"[" AT22("allow", ", 'timeZone': 'Asia/Kolkata'") "]", AUTO, NULL, "2026-07-31T16:45:00Z",
         true},
        {"[" AT22("allow", ", 'timeZone': 'Mars/Olympus'") "]", AUTO, NULL, IN, true},
        {"[" AT22("allow", ", 'timeZone': 'Mars/Olympus'") "]", AUTO, NULL, "2026-11-30T21:30:00Z",
         false},
        /* The clock is moved while a window is open (29 March, 02:00 to 03:00): two hours of it
         * by the clock on the wall are one. */
        {"[{'kind': 'allow', 'schedule': '30 1 * * *', 'duration': '2h', 'applications': "
         "['*']" BERLIN "}]",
         AUTO, NULL, "2026-03-29T00:45:00Z", true},
        {"[{'kind': 'allow', 'schedule': '30 1 * * *', 'duration': '2h', 'applications': "
         "['*']" BERLIN "}]",
         AUTO, NULL, "2026-03-29T01:15:00Z", true},
        {"[{'kind': 'allow', 'schedule': '30 1 * * *', 'duration': '2h', 'applications': "
         "['*']" BERLIN "}]",
         AUTO, NULL, "2026-03-29T01:45:00Z", false},
        /* A start that the clock jumps over (02:30) counts from the jump on. */
        {"[{'kind': 'allow', 'schedule': '30 2 * * *', 'duration': '1h', 'applications': "
         "['*']" BERLIN "}]",
         AUTO, NULL, "2026-03-29T01:15:00Z", true},
        /* An hour that comes twice (25 October, 02:00 to 03:00). */
        {"[{'kind': 'allow', 'schedule': '0 2 * * *', 'duration': '30m', 'applications': "
         "['*']" BERLIN "}]",
         AUTO, NULL, "2026-10-25T00:15:00Z", true},
        {"[{'kind': 'allow', 'schedule': '0 2 * * *', 'duration': '30m', 'applications': "
         "['*']" BERLIN "}]",
         AUTO, NULL, "2026-10-25T01:15:00Z", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *why = NULL;
        int64_t change;
        bool got =
            may(rows[i].windows, rows[i].manual, rows[i].started, rows[i].now, &why, &change);

        if (got != rows[i].may)
            fail_msg("row %zu: %s at %s", i, rows[i].windows, rows[i].now);
        if (!got)
            EXPECT_STR(why, "Sync operation blocked by sync window");
        EXPECT(change > at(rows[i].now));
    }
}

TEST(a_window_that_cannot_be_read_blocks_those_that_it_is_meant_for)
{
    static const struct {
        const char *windows;
        const char *part; /* NULL: it is meant for others */
    } rows[] = {
        {"[" AT22("maybe", "") "]",
         "spec.syncWindows[0]: kind \"maybe\" is neither allow nor deny"},
        {"[" AT22("deny", "") ", {'kind': 'allow', 'schedule': '0 25 * * *', 'duration': '1h', "
                              "'applications': ['*']}]",
         "spec.syncWindows[1]: schedule: the hour \"25\""},
        {"[{'kind': 'allow', 'schedule': '0 22 * * *', 'duration': 'long', 'applications': ['*']}]",
         "duration: \"long\" is not a duration"},
        {"[{'kind': 'allow', 'applications': ['*']}]", "expected 5 fields"},
        {"[{'kind': 'allow', 'applications': ['api']}]", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *why = NULL;
        int64_t change;

        EXPECT_INT(may(rows[i].windows, MANUAL, NULL, OUT, &why, &change), rows[i].part == NULL);
        if (rows[i].part) {
            EXPECT_CONTAINS(why, "Sync operation blocked by sync window: ");
            EXPECT_CONTAINS(why, rows[i].part);
        }
    }
}

/* Stepping from one change to the next finds every edge, and takes few steps. */
TEST(the_next_change_is_never_too_late)
{
    static const char *const lists[] = {
        "[" AT22("allow", "") "]",
        "[" AT22("allow", BERLIN) ", " AT22("deny", ", 'timeZone': 'America/New_York'") "]",
        "[{'kind': 'deny', 'schedule': '*/7 * * * *', 'duration': '3m', 'applications': ['*']}]",
    };

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        cleanup_json json_t *json = parse(lists[i]);
        struct windows *w = windows_parse(json);
        struct window_sync sync = {.app = "web", .namespace = "prod", .cluster = &own};
        int64_t start = at("2026-10-24T12:00:00Z");
        int64_t change = start;
        unsigned steps = 0;
        bool open = false;

        for (int64_t now = start; now < start + 36LL * 3600 * 1000; now += 1000) {
            cleanup_free char *why = NULL;
            int64_t next;
            bool may_now = window_may_sync(w, &sync, now, &why, &next);

            if (now >= change) {
                open = may_now;
                change = next;
                steps++;
            } else if (may_now != open) {
                fail_msg("list %zu: not told at %lld", i, (long long)now);
            }
        }
        EXPECT(steps < 36 * 60);
        windows_free(w);
    }
}
