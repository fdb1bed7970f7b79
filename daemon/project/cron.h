/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cron: schedules of five fields (minute, hour, day of the month, month, day of the week).
 * Source: github.com/robfig/cron, which Argo CD uses: lists, ranges, steps ("9/2" counts on from
 * 9), names of months and days, '?' for '*', and @yearly, @annually, @monthly, @weekly, @daily,
 * @midnight, @hourly. Where both days are restricted, either is enough; "*" followed by a step is a
 * restriction.
 */
#ifndef GITOPSD_DAEMON_PROJECT_CRON_H
#define GITOPSD_DAEMON_PROJECT_CRON_H

#include "lib/base/error.h"

#define CRON_NEVER INT64_MAX

struct cron {
    uint64_t minutes, hours, days, months, weekdays; /* sets of bits */
    bool any_day, any_weekday;
};

/* ERROR_INVALID names the field and what may be there. */
int cron_parse(const char *text, struct cron *out, struct error **err);

/* The first start after `at_s`: seconds since 1970 by the clock that the schedule is meant for, and
 * so is the result. CRON_NEVER: none in the next five years. */
int64_t cron_next(const struct cron *c, int64_t at_s);

#endif
