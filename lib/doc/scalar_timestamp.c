/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/scalar_timestamp.h"

#include <ctype.h>
#include <stdio.h>

/* One or two digits at *s, which moves past them; -1 if there is none. */
static int read_short(const char **s)
{
    int value;

    if (!isdigit((unsigned char)**s))
        return -1;
    value = *(*s)++ - '0';
    if (isdigit((unsigned char)**s))
        value = value * 10 + (*(*s)++ - '0');
    return value;
}

static int days_in(int month, int year)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

/* The date at *s, which moves past it. */
static bool read_date(const char **s, int date[3])
{
    for (int i = 0; i < 4; i++) {
        if (!isdigit((unsigned char)**s))
            return false;
        date[0] = date[0] * 10 + (*(*s)++ - '0');
    }
    if (*(*s)++ != '-')
        return false;
    date[1] = read_short(s);
    if (date[1] < 1 || date[1] > 12 || *(*s)++ != '-')
        return false;
    date[2] = read_short(s);
    return date[2] >= 1 && date[2] <= days_in(date[1], date[0]);
}

/* Nanoseconds behind a dot or comma, if there are any: digits past the ninth are dropped. */
static long read_fraction(const char **s)
{
    long nanoseconds = 0;
    long unit = 100000000;

    if ((**s != '.' && **s != ',') || !isdigit((unsigned char)(*s)[1]))
        return 0;
    for ((*s)++; isdigit((unsigned char)**s); (*s)++, unit /= 10)
        nanoseconds += (**s - '0') * unit;
    return nanoseconds;
}

/* "Z" or "+hh:mm" to minutes. */
static bool read_zone(const char **s, int *minutes)
{
    const char *p = *s;
    int sign = *p == '-' ? -1 : 1;
    int hour;
    int minute;

    *minutes = 0;
    if (*p == 'Z') {
        (*s)++;
        return true;
    }
    if ((*p != '+' && *p != '-') || !isdigit((unsigned char)p[1]) ||
        !isdigit((unsigned char)p[2]) || p[3] != ':' || !isdigit((unsigned char)p[4]) ||
        !isdigit((unsigned char)p[5]))
        return false;
    hour = (p[1] - '0') * 10 + p[2] - '0';
    minute = (p[4] - '0') * 10 + p[5] - '0';
    if (hour > 24 || minute > 60)
        return false;
    *minutes = sign * (hour * 60 + minute);
    *s += 6;
    return true;
}

/* The time at *s, which moves past it: behind T or t with a zone, behind spaces without one. */
static bool read_clock(const char **s, int time[3], long *nanoseconds, int *zone)
{
    bool zoned = **s == 'T' || **s == 't';

    if (!zoned && **s != ' ')
        return false;
    *s += zoned ? 1 : strspn(*s, " ");
    time[0] = read_short(s);
    if (time[0] < 0 || time[0] > 23 || *(*s)++ != ':')
        return false;
    time[1] = read_short(s);
    if (time[1] < 0 || time[1] > 59 || *(*s)++ != ':')
        return false;
    time[2] = read_short(s);
    if (time[2] < 0 || time[2] > 59)
        return false;
    *nanoseconds = read_fraction(s);
    return !zoned || read_zone(s, zone);
}

static void format_timestamp(const int date[3], const int time[3], long nanoseconds, int zone,
                             char out[SCALAR_TIMESTAMP_BYTES])
{
    int n = snprintf(out, SCALAR_TIMESTAMP_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d", date[0] % 10000,
                     date[1] % 100, date[2] % 100, time[0] % 100, time[1] % 100, time[2] % 100);

    if (nanoseconds) {
        n += snprintf(out + n, SCALAR_TIMESTAMP_BYTES - (size_t)n, ".%09ld", nanoseconds);
        while (out[n - 1] == '0')
            n--;
    }
    if (zone == 0)
        snprintf(out + n, SCALAR_TIMESTAMP_BYTES - (size_t)n, "Z");
    else
        snprintf(out + n, SCALAR_TIMESTAMP_BYTES - (size_t)n, "%c%02d:%02d", zone < 0 ? '-' : '+',
                 abs(zone) / 60 % 100, abs(zone) % 60);
}

bool scalar_read_timestamp(const char *text, char out[SCALAR_TIMESTAMP_BYTES])
{
    const char *s = text;
    int date[3] = {0, 0, 0};
    int time[3] = {0, 0, 0};
    long nanoseconds = 0;
    int zone = 0;

    if (!read_date(&s, date))
        return false;
    if (*s && (!read_clock(&s, time, &nanoseconds, &zone) || *s))
        return false;
    format_timestamp(date, time, nanoseconds, zone, out);
    return true;
}
