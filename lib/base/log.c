/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/log.h"

#include "lib/base/buf.h"
#include "lib/base/time.h"

#include <unistd.h>

static _Atomic enum log_level minimum = LOG_INFO;
static _Atomic enum log_format format = LOG_LOGFMT;
static _Atomic int log_fd = STDERR_FILENO;

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *const format_names[] = {"logfmt", "json"};

void log_configure(enum log_level level, enum log_format new_format, int fd)
{
    minimum = level;
    format = new_format;
    log_fd = fd;
}

int log_level_parse(const char *name, enum log_level *out, struct error **err)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++)
        if (streq(name, level_names[i])) {
            *out = (enum log_level)i;
            return 0;
        }
    return error_set(err, ERROR_INVALID, "log level \"%s\": expected debug, info, warn or error",
                     name);
}

int log_format_parse(const char *name, enum log_format *out, struct error **err)
{
    for (size_t i = 0; i < ARRAY_LEN(format_names); i++)
        if (streq(name, format_names[i])) {
            *out = (enum log_format)i;
            return 0;
        }
    return error_set(err, ERROR_INVALID, "log format \"%s\": expected logfmt or json", name);
}

bool log_enabled(enum log_level level)
{
    return level >= minimum;
}

/* How many bytes the UTF-8 character at `s` has; 0 where there is none: what is not UTF-8 (a file
 * name out of Git) would make a line that readers of JSON refuse. */
static size_t character_bytes(const char *s)
{
    const unsigned char *c = (const unsigned char *)s;
    size_t len = c[0] < 0x80   ? 1
                 : c[0] < 0xc2 ? 0
                 : c[0] < 0xe0 ? 2
                 : c[0] < 0xf0 ? 3
                 : c[0] < 0xf5 ? 4
                               : 0;

    for (size_t i = 1; i < len; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    /* Spelled too long, half of a pair of UTF-16, above the last character. */
    if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] >= 0xa0) ||
        (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] >= 0x90))
        return 0;
    return len;
}

/* Does a terminal act on it? 0x80 to 0x9f are two bytes in UTF-8. */
static bool is_control(const char *s)
{
    unsigned char c = (unsigned char)*s;

    return c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)s[1] < 0xa0);
}

/* Both formats quote alike: JSON's escapes, which logfmt readers understand too. */
static void put_quoted(struct buf *line, const char *s)
{
    cleanup_error struct error *unlimited = NULL;
    size_t len;

    buf_putc(line, '"');
    for (; *s; s += len ? len : 1) {
        unsigned char c = (unsigned char)*s;

        len = character_bytes(s);
        if (c == '"' || c == '\\')
            buf_printf(line, "\\%c", c);
        else if (c == '\n')
            buf_puts(line, "\\n");
        else if (c == '\t')
            buf_puts(line, "\\t");
        else if (len && is_control(s))
            buf_printf(line, "\\u%04x", (unsigned char)s[len - 1]);
        else if (len)
            buf_append(line, s, len, &unlimited);
        else
            buf_puts(line, "\ufffd");
    }
    buf_putc(line, '"');
}

static bool needs_quotes(const char *s)
{
    if (!*s)
        return true;
    for (size_t len; *s; s += len) {
        len = character_bytes(s);
        if (!len || is_control(s) || strchr(" \"=\\", *s))
            return true;
    }
    return false;
}

/* The format may change while a line is made: how it began counts. */
static bool is_json(const struct buf *line)
{
    return line->len ? line->data[0] == '{' : format == LOG_JSON;
}

static void put_pair(struct buf *line, const char *key, const char *value)
{
    if (is_json(line)) {
        buf_putc(line, line->len == 0 ? '{' : ',');
        put_quoted(line, key);
        buf_putc(line, ':');
        put_quoted(line, value);
        return;
    }
    if (line->len)
        buf_putc(line, ' ');
    buf_puts(line, key);
    buf_putc(line, '=');
    if (needs_quotes(value))
        put_quoted(line, value);
    else
        buf_puts(line, value);
}

static void write_line(struct buf *line)
{
    size_t done = 0;

    buf_puts(line, is_json(line) ? "}\n" : "\n");
    while (done < line->len) {
        ssize_t n = write(log_fd, line->data + done, line->len - done);

        if (n <= 0)
            return; /* nowhere to tell that the log cannot be written */
        done += (size_t)n;
    }
}

static void start_line(struct buf *line, enum log_level level, const char *message)
{
    char now[TIME_RFC3339_BYTES];

    time_format_rfc3339_ms(time_wall_ms(), now);
    put_pair(line, "time", now);
    put_pair(line, "level", level_names[level]);
    put_pair(line, "msg", message);
}

void log_event(enum log_level level, const char *message, ...)
{
    cleanup_buf struct buf line = BUF_UNLIMITED;
    const char *key;
    va_list ap;

    if (!log_enabled(level))
        return;
    start_line(&line, level, message);
    va_start(ap, message);
    while ((key = va_arg(ap, const char *))) {
        const char *value = va_arg(ap, const char *);

        if (value)
            put_pair(&line, key, value);
    }
    va_end(ap);
    write_line(&line);
}

void log_debug(const char *fmt, ...)
{
    cleanup_buf struct buf line = BUF_UNLIMITED;
    cleanup_free char *message = NULL;
    va_list ap;

    if (!log_enabled(LOG_DEBUG))
        return;
    va_start(ap, fmt);
    message = xvasprintf(fmt, ap);
    va_end(ap);
    start_line(&line, LOG_DEBUG, message);
    write_line(&line);
}
