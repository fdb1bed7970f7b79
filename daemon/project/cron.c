/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/project/cron.h"

#include <ctype.h>
#include <strings.h>
#include <time.h>

#define DAY_S 86400
#define YEARS_AHEAD 5

struct field {
    const char *name;
    int min, max;
    const char *const *words; /* of min, min + 1, ...; NULL: none */
    size_t word_count;
};

static const char *const month_words[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                          "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const day_words[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELD_COUNT };
static const struct field fields[FIELD_COUNT] = {
    [MINUTE] = {"minute", 0, 59, NULL, 0},
    [HOUR] = {"hour", 0, 23, NULL, 0},
    [DAY] = {"day of the month", 1, 31, NULL, 0},
    [MONTH] = {"month", 1, 12, month_words, ARRAY_LEN(month_words)},
    [WEEKDAY] = {"day of the week", 0, 6, day_words, ARRAY_LEN(day_words)},
};

static int field_error(const struct field *f, const char *text, struct error **err)
{
    return error_set(err, ERROR_INVALID,
                     "schedule: the %s \"%s\" is not made of numbers from %d to %d, ranges, steps "
                     "and commas",
                     f->name, text, f->min, f->max);
}

static bool read_number(const char *text, int *out)
{
    size_t len = strlen(text);

    if (!len || len > 4 || strspn(text, "0123456789") != len)
        return false;
    *out = atoi(text);
    return true;
}

static bool read_value(const struct field *f, const char *text, int *out)
{
    for (size_t i = 0; i < f->word_count; i++)
        if (strcasecmp(text, f->words[i]) == 0) {
            *out = f->min + (int)i;
            return true;
        }
    return read_number(text, out);
}

/* One item of a list: "*", "5", "1-5", each with "/STEP". `text` is taken apart. */
static bool read_item(const struct field *f, char *text, uint64_t *bits, bool *any)
{
    char *slash = strchr(text, '/');
    char *dash;
    int start = f->min;
    int end = f->max;
    int step = 1;

    if (slash)
        *slash++ = '\0';
    dash = strchr(text, '-');
    if (dash)
        *dash++ = '\0';
    if (slash && (!read_number(slash, &step) || step == 0))
        return false;
    if (streq(text, "*") || streq(text, "?")) {
        if (dash)
            return false;
        *any |= step == 1;
    } else {
        if (!read_value(f, text, &start) || (dash && !read_value(f, dash, &end)))
            return false;
        if (!dash && !slash)
            end = start;
    }
    if (start < f->min || end > f->max || start > end)
        return false;
    for (int i = start; i <= end; i += step)
        *bits |= UINT64_C(1) << i;
    return true;
}

static int read_field(const struct field *f, const char *text, uint64_t *bits, bool *any,
                      struct error **err)
{
    cleanup_free char *copy = xstrdup(text);
    char *rest = NULL;

    *bits = 0;
    *any = false;
    for (char *item = strtok_r(copy, ",", &rest); item; item = strtok_r(NULL, ",", &rest))
        if (!read_item(f, item, bits, any))
            return field_error(f, text, err);
    return *bits ? 0 : field_error(f, text, err);
}

static const char *expand(const char *text)
{
    static const struct {
        const char *name;
        const char *fields;
    } names[] = {
        {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
        {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
        {"@hourly", "0 * * * *"},
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (streq(text, names[i].name))
            return names[i].fields;
    return text;
}

int cron_parse(const char *text, struct cron *out, struct error **err)
{
    cleanup_free char *copy = xstrdup(expand(text));
    uint64_t bits[FIELD_COUNT];
    bool any[FIELD_COUNT];
    char *rest = NULL;
    size_t count = 0;

    for (char *item = strtok_r(copy, " \t\n", &rest); item;
         item = strtok_r(NULL, " \t\n", &rest), count++)
        if (count < FIELD_COUNT &&
            read_field(&fields[count], item, &bits[count], &any[count], err) < 0)
            return -1;
    if (count != FIELD_COUNT)
        return error_set(err, ERROR_INVALID,
                         "schedule \"%s\": expected 5 fields (minute, hour, day of the month, "
                         "month, day of the week), found %zu",
                         text, count);
    *out = (struct cron){
        .minutes = bits[MINUTE],
        .hours = bits[HOUR],
        .days = bits[DAY],
        .months = bits[MONTH],
        .weekdays = bits[WEEKDAY],
        .any_day = any[DAY],
        .any_weekday = any[WEEKDAY],
    };
    return 0;
}

static bool has(uint64_t bits, int i)
{
    return bits >> i & 1;
}

static bool is_on_day(const struct cron *c, const struct tm *day)
{
    bool in_month = has(c->days, day->tm_mday);
    bool in_week = has(c->weekdays, day->tm_wday);

    if (!has(c->months, day->tm_mon + 1))
        return false;
    return c->any_day || c->any_weekday ? in_month && in_week : in_month || in_week;
}

/* The first minute of a day at or behind this one; 24 * 60: none. */
static int first_minute(const struct cron *c, int from)
{
    int minute = from;

    while (minute < 24 * 60) {
        if (!has(c->hours, minute / 60))
            minute = (minute / 60 + 1) * 60;
        else if (!has(c->minutes, minute % 60))
            minute++;
        else
            break;
    }
    return minute;
}

int64_t cron_next(const struct cron *c, int64_t at_s)
{
    int64_t minute = (at_s >= 0 ? at_s / 60 : (at_s - 59) / 60) + 1; /* the next whole one */
    time_t day = (minute * 60 - ((minute * 60 % DAY_S) + DAY_S) % DAY_S);
    int from = (int)(minute - day / 60);

    for (int i = 0; i <= YEARS_AHEAD * 366; i++, day += DAY_S, from = 0) {
        struct tm tm;
        int found;

        gmtime_r(&day, &tm);
        if (!is_on_day(c, &tm))
            continue;
        found = first_minute(c, from);
        if (found < 24 * 60)
            return day + (int64_t)found * 60;
    }
    return CRON_NEVER;
}
