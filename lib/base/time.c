/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/time.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

int64_t time_wall_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint64_t time_monotonic_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t time_monotonic_ms(void)
{
    return time_monotonic_us() / 1000;
}

uint64_t time_boottime_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void format_seconds(int64_t wall_ms, char *out, size_t size, const char *fmt)
{
    int64_t ms = wall_ms % 1000;
    time_t seconds = (time_t)(wall_ms / 1000 - (ms < 0));
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) || strftime(out, size, fmt, &tm) == 0)
        snprintf(out, size, "1970-01-01T00:00:00");
}

void time_format_rfc3339(int64_t wall_ms, char out[TIME_RFC3339_BYTES])
{
    format_seconds(wall_ms, out, TIME_RFC3339_BYTES, "%Y-%m-%dT%H:%M:%SZ");
}

void time_format_rfc3339_ms(int64_t wall_ms, char out[TIME_RFC3339_BYTES])
{
    char seconds[24];

    format_seconds(wall_ms, seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S");
    snprintf(out, TIME_RFC3339_BYTES, "%s.%03dZ", seconds, (int)((wall_ms % 1000 + 1000) % 1000));
}

/* Exactly `digits` decimal digits at *s, which moves past them; -1 if they are not there. */
static int read_digits(const char **s, int digits)
{
    int value = 0;

    for (int i = 0; i < digits; i++, (*s)++) {
        if (!isdigit((unsigned char)**s))
            return -1;
        value = value * 10 + (**s - '0');
    }
    return value;
}

static bool skip_char(const char **s, const char *set)
{
    if (!**s || !strchr(set, **s))
        return false;
    (*s)++;
    return true;
}

/* Milliseconds of a fraction after the dot, rounded down; moves past it. */
static int read_fraction(const char **s)
{
    int ms = 0;
    int unit = 100;

    for (; isdigit((unsigned char)**s); (*s)++, unit /= 10)
        ms += (**s - '0') * unit;
    return ms;
}

/* timegm turns the 31st of February into a day of March: then it is no date. */
static bool is_date(const struct tm *tm)
{
    struct tm day = {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday};

    timegm(&day);
    return day.tm_mday == tm->tm_mday;
}

int time_parse_rfc3339(const char *text, int64_t *wall_ms, struct error **err)
{
    const char *s = text;
    struct tm tm = {0};
    int ms = 0;
    int sign;
    int hours;
    int minutes;
    int offset = 0;

    tm.tm_year = read_digits(&s, 4) - 1900;
    if (!skip_char(&s, "-"))
        goto invalid;
    tm.tm_mon = read_digits(&s, 2) - 1;
    if (!skip_char(&s, "-"))
        goto invalid;
    tm.tm_mday = read_digits(&s, 2);
    if (!skip_char(&s, "Tt "))
        goto invalid;
    tm.tm_hour = read_digits(&s, 2);
    if (!skip_char(&s, ":"))
        goto invalid;
    tm.tm_min = read_digits(&s, 2);
    if (!skip_char(&s, ":"))
        goto invalid;
    tm.tm_sec = read_digits(&s, 2);
    if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 ||
        tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60 ||
        !is_date(&tm))
        goto invalid;
    if (skip_char(&s, "."))
        ms = read_fraction(&s);
    if (!skip_char(&s, "Zz")) {
        sign = *s == '-' ? -1 : 1;
        if (!skip_char(&s, "+-"))
            goto invalid;
        hours = read_digits(&s, 2);
        if (hours < 0 || hours > 23 || !skip_char(&s, ":"))
            goto invalid;
        minutes = read_digits(&s, 2);
        if (minutes < 0 || minutes > 59)
            goto invalid;
        offset = sign * (hours * 3600 + minutes * 60);
    }
    if (*s)
        goto invalid;
    *wall_ms = ((int64_t)timegm(&tm) - offset) * 1000 + ms;
    return 0;

invalid:
    return error_set(err, ERROR_INVALID, "\"%s\" is not an RFC 3339 time", text);
}

static double unit_ms(const char **s)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {
        {"ms", 1}, {"us", 1e-3}, {"µs", 1e-3}, {"ns", 1e-6}, {"h", 3600e3}, {"m", 60e3}, {"s", 1e3},
    };

    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (str_has_prefix(*s, units[i].name)) {
            *s += strlen(units[i].name);
            return units[i].ms;
        }
    return NAN;
}

/* A decimal number without sign or exponent; moves past it. NAN if there is none. */
static double read_number(const char **s)
{
    const char *start = *s;
    double value = 0;
    double unit = 1;

    for (; isdigit((unsigned char)**s); (*s)++)
        value = value * 10 + (**s - '0');
    if (**s == '.')
        for ((*s)++; isdigit((unsigned char)**s); (*s)++)
            value += (**s - '0') * (unit /= 10);
    return *s == start || (*s == start + 1 && *start == '.') ? NAN : value;
}

int duration_parse(const char *text, uint64_t *ms, struct error **err)
{
    const char *s = text;
    double total = 0;

    if (!*s)
        goto invalid;
    if (strspn(s, "0123456789") == strlen(s)) {
        total = read_number(&s) * 1000;
    } else {
        while (*s) {
            double number = read_number(&s);

            total += number * unit_ms(&s);
            if (isnan(total))
                goto invalid;
        }
    }
    if (total > 9e15)
        goto invalid;
    *ms = (uint64_t)(total + 0.5);
    return 0;

invalid:
    return error_set(err, ERROR_INVALID, "\"%s\" is not a duration such as 90s, 5m or 1h30m", text);
}
