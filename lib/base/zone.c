/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/zone.h"

#include "lib/base/buf.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

#define ZONEINFO "/usr/share/zoneinfo"
#define MAX_FILE_BYTES (256 << 10)
#define HEADER_BYTES 44
#define TYPE_BYTES 6
#define DAY_S INT64_C(86400)
#define SWITCH_DEFAULT_S 7200 /* two o'clock */

/* When a rule switches, in the local time before it. */
struct rule {
    enum { RULE_MONTH, RULE_JULIAN, RULE_DAY } kind;
    int month, week, day; /* Mm.w.d; or the day alone */
    int time_s;
};

/* What holds behind the last transition of the file: a POSIX TZ string. */
struct tail {
    bool has_summer;
    int standard_s, summer_s;
    struct rule to_summer, to_standard;
};

struct zone {
    int64_t *times; /* transitions, in order */
    int *offsets;   /* from then on */
    size_t count;
    int first_offset; /* before the first */
    struct tail tail;
    bool has_tail;
};

/* ---- the tail ---- */

static bool read_int(const char **s, int max, int *out)
{
    int value = 0;
    const char *start = *s;

    while (isdigit((unsigned char)**s) && value <= max)
        value = value * 10 + *(*s)++ - '0';
    *out = value;
    return *s > start && value <= max;
}

/* [+-]hh[:mm[:ss]] */
static bool read_hours(const char **s, int *out_s)
{
    int sign = **s == '-' ? -1 : 1;
    int part;
    int total;

    if (**s == '-' || **s == '+')
        (*s)++;
    if (!read_int(s, 167, &part))
        return false;
    total = part * 3600;
    for (int unit = 60; **s == ':' && unit; unit /= 60) {
        (*s)++;
        if (!read_int(s, 59, &part))
            return false;
        total += part * unit;
    }
    *out_s = sign * total;
    return true;
}

static bool skip_name(const char **s)
{
    const char *start = *s;

    if (**s == '<') {
        *s += strcspn(*s, ">");
        return *(*s)++ == '>';
    }
    while (isalpha((unsigned char)**s))
        (*s)++;
    return *s - start >= 3;
}

static bool read_rule(const char **s, struct rule *r)
{
    *r = (struct rule){.kind = RULE_DAY, .time_s = SWITCH_DEFAULT_S};
    if (**s == 'M') {
        (*s)++;
        r->kind = RULE_MONTH;
        if (!read_int(s, 12, &r->month) || *(*s)++ != '.' || !read_int(s, 5, &r->week) ||
            *(*s)++ != '.' || !read_int(s, 6, &r->day) || r->month < 1 || r->week < 1)
            return false;
    } else {
        if (**s == 'J') {
            (*s)++;
            r->kind = RULE_JULIAN;
        }
        if (!read_int(s, 365, &r->day))
            return false;
    }
    if (**s != '/')
        return true;
    (*s)++;
    return read_hours(s, &r->time_s);
}

/* "EST5EDT,M3.2.0,M11.1.0": offsets count west. */
static bool read_tail(const char *s, struct tail *t)
{
    *t = (struct tail){0};
    if (!skip_name(&s) || !read_hours(&s, &t->standard_s))
        return false;
    t->standard_s = -t->standard_s;
    if (!*s)
        return true;
    t->has_summer = true;
    if (!skip_name(&s))
        return false;
    t->summer_s = t->standard_s + 3600;
    if (*s != ',') {
        if (!read_hours(&s, &t->summer_s))
            return false;
        t->summer_s = -t->summer_s;
    }
    return *s++ == ',' && read_rule(&s, &t->to_summer) && *s++ == ',' &&
           read_rule(&s, &t->to_standard) && !*s;
}

static int64_t day_start(int year, int month, int day)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};

    return timegm(&tm);
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Of the m-th month: the w-th (5: last) such day of the week. */
static int64_t month_day(int year, const struct rule *r)
{
    int64_t first = day_start(year, r->month, 1);
    int64_t next_month = day_start(year + r->month / 12, r->month % 12 + 1, 1);
    int weekday = (int)((first / DAY_S % 7 + 7 + 4) % 7); /* 1970 began on a Thursday */
    int64_t at = first + ((r->day - weekday + 7) % 7 + (r->week - 1) * 7) * DAY_S;

    return at >= next_month ? at - 7 * DAY_S : at;
}

/* When the rule switches in that year, given the offset before. */
static int64_t rule_time(int year, const struct rule *r, int before_s)
{
    int64_t day;

    if (r->kind == RULE_MONTH)
        day = month_day(year, r);
    else if (r->kind == RULE_JULIAN) /* counts from 1, never the 29th of February */
        day = day_start(year, 1, r->day + (is_leap(year) && r->day > 59));
    else
        day = day_start(year, 1, r->day + 1);
    return day + r->time_s - before_s;
}

static int year_of(int64_t at_s)
{
    time_t t = at_s;
    struct tm tm;

    gmtime_r(&t, &tm);
    return tm.tm_year + 1900;
}

static int tail_offset(const struct tail *t, int64_t at_s, int64_t *until_s)
{
    int year = year_of(at_s);
    int64_t last = INT64_MIN;
    int offset = t->standard_s;

    *until_s = ZONE_NEVER;
    if (!t->has_summer)
        return offset;
    for (int y = year - 1; y <= year + 1; y++) {
        const int64_t times[] = {rule_time(y, &t->to_summer, t->standard_s),
                                 rule_time(y, &t->to_standard, t->summer_s)};

        for (size_t i = 0; i < ARRAY_LEN(times); i++) {
            if (times[i] <= at_s && times[i] > last) {
                last = times[i];
                offset = i == 0 ? t->summer_s : t->standard_s;
            }
            if (times[i] > at_s && times[i] < *until_s)
                *until_s = times[i];
        }
    }
    return offset;
}

/* ---- the file ---- */

struct counts {
    uint32_t utc, standard, leap, times, types, chars;
};

static uint32_t read_u32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool read_header(const char *p, size_t left, struct counts *c)
{
    if (left < HEADER_BYTES || memcmp(p, "TZif", 4) != 0)
        return false;
    *c = (struct counts){read_u32(p + 20), read_u32(p + 24), read_u32(p + 28),
                         read_u32(p + 32), read_u32(p + 36), read_u32(p + 40)};
    return true;
}

static uint64_t body_bytes(const struct counts *c, unsigned time_bytes)
{
    return (uint64_t)c->times * (time_bytes + 1) + (uint64_t)c->types * TYPE_BYTES + c->chars +
           (uint64_t)c->leap * (time_bytes + 4) + c->standard + c->utc;
}

static bool read_body(struct zone *z, const char *p, const struct counts *c)
{
    const char *indexes = p + (size_t)c->times * 8;
    const char *types = indexes + c->times;

    if (!c->types)
        return false;
    z->times = xcalloc(c->times + 1, sizeof(*z->times));
    z->offsets = xcalloc(c->times + 1, sizeof(*z->offsets));
    z->count = c->times;
    z->first_offset = (int)(int32_t)read_u32(types);
    for (size_t i = 0; i < c->times; i++) {
        unsigned char type = (unsigned char)indexes[i];

        if (type >= c->types)
            return false;
        z->times[i] = (int64_t)((uint64_t)read_u32(p + i * 8) << 32 | read_u32(p + i * 8 + 4));
        z->offsets[i] = (int)(int32_t)read_u32(types + (size_t)type * TYPE_BYTES);
    }
    return true;
}

/* Version 2 and later: the old block is skipped, a footer holds the tail. */
static bool parse(struct zone *z, const char *data, size_t len)
{
    struct counts c;
    cleanup_free char *footer = NULL;
    const char *p = data;
    const char *end = data + len;
    uint64_t bytes;

    if (!read_header(p, len, &c) || p[4] < '2')
        return false;
    bytes = HEADER_BYTES + body_bytes(&c, 4);
    if (bytes > len)
        return false;
    p += bytes;
    if (!read_header(p, (size_t)(end - p), &c))
        return false;
    p += HEADER_BYTES;
    bytes = body_bytes(&c, 8);
    if (bytes > (size_t)(end - p) || !read_body(z, p, &c))
        return false;
    p += bytes;
    if (p == end || *p != '\n')
        return false;
    footer = xstrndup(p + 1, strcspn(p + 1, "\n"));
    z->has_tail = *footer && read_tail(footer, &z->tail);
    return z->has_tail || !*footer;
}

static bool is_zone_name(const char *name)
{
    return *name && *name != '/' && !strstr(name, "..") &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") ==
               strlen(name);
}

static int read_file(const char *path, struct buf *out, struct error **err)
{
    FILE *f = fopen(path, "re");
    char chunk[8192];
    size_t got;
    int result = 0;

    if (!f)
        return error_set(err, ERROR_NOT_FOUND, "no file %s", path);
    while (result == 0 && (got = fread(chunk, 1, sizeof(chunk), f)) > 0)
        result = buf_append(out, chunk, got, err);
    fclose(f);
    return result;
}

int zone_load(const char *name, struct zone **out, struct error **err)
{
    cleanup_free char *path = xasprintf(ZONEINFO "/%s", name);
    cleanup_buf struct buf data = BUF_INIT(MAX_FILE_BYTES);
    cleanup_zone struct zone *z = NULL;

    if (!is_zone_name(name))
        return error_set(err, ERROR_NOT_FOUND, "\"%s\" is not the name of a time zone", name);
    if (read_file(path, &data, err) < 0)
        return error_wrap(err, "time zone \"%s\"", name);
    z = xcalloc(1, sizeof(*z));
    if (!parse(z, data.data, data.len))
        return error_set(err, ERROR_NOT_FOUND, "time zone \"%s\": %s is not a zoneinfo file", name,
                         path);
    *out = TAKE(z);
    return 0;
}

void zone_free(struct zone *z)
{
    if (!z)
        return;
    free(z->times);
    free(z->offsets);
    free(z);
}

int zone_offset(const struct zone *z, int64_t at_s, int64_t *until_s)
{
    size_t low = 0;
    size_t high = z->count;
    int64_t unused;
    int offset;

    if (!until_s)
        until_s = &unused;
    while (low < high) { /* the first transition after at_s */
        size_t middle = low + (high - low) / 2;

        if (z->times[middle] <= at_s)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == z->count && z->has_tail)
        return tail_offset(&z->tail, at_s, until_s);
    offset = low ? z->offsets[low - 1] : z->first_offset;
    while (low < z->count && z->offsets[low] == offset) /* only the name changes */
        low++;
    *until_s = low < z->count ? z->times[low] : ZONE_NEVER;
    if (low == z->count && z->has_tail && low)
        tail_offset(&z->tail, z->times[low - 1], until_s);
    return offset;
}
