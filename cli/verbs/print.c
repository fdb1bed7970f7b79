/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/print.h"

#include "cli/verbs/progress.h"
#include "daemon/object/identity.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>

#define COLUMN_GAP 3

/* ---- tables ---- */

void print_row(struct print_table *t)
{
    ptrvec_push(&t->rows, xcalloc(PRINT_MAX_COLUMNS, sizeof(struct print_cell)));
}

void print_tinted(struct print_table *t, enum tint tint, const char *text)
{
    struct print_cell *cells = t->rows.items[t->rows.len - 1];
    size_t i = 0;

    while (i < PRINT_MAX_COLUMNS && cells[i].text)
        i++;
    assert(i < PRINT_MAX_COLUMNS && t->headings[i]);
    cells[i] = (struct print_cell){.text = xstrdup(text && *text ? text : "-"), .tint = tint};
    for (char *c = cells[i].text; *c; c++)
        if (*c == '\n' || *c == '\t') /* a row is one line */
            *c = ' ';
}

void print_cell(struct print_table *t, const char *text)
{
    print_tinted(t, TINT_NONE, text);
}

void print_state(struct print_table *t, const char *state)
{
    print_tinted(t, tint_of_state(state), state);
}

size_t print_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80; /* no continuation byte */
    return width;
}

static void put_cell(struct buf *out, const char *text, enum tint tint, size_t width, bool is_last)
{
    buf_puts(out, term_on(tint));
    buf_puts(out, text);
    buf_puts(out, term_off(tint));
    for (size_t n = print_width(text); !is_last && n < width + COLUMN_GAP; n++)
        buf_putc(out, ' ');
}

static size_t column_width(const struct print_table *t, size_t column)
{
    size_t width = print_width(t->headings[column]);

    for (size_t i = 0; i < t->rows.len; i++) {
        const struct print_cell *cells = t->rows.items[i];
        size_t n = cells[column].text ? print_width(cells[column].text) : 0;

        width = n > width ? n : width;
    }
    return width;
}

void print_table_put(const struct print_table *t, struct buf *out)
{
    size_t widths[PRINT_MAX_COLUMNS];
    size_t count = 0;

    for (; t->headings[count]; count++)
        widths[count] = column_width(t, count);
    for (size_t i = 0; i < count; i++)
        put_cell(out, t->headings[i], TINT_STRONG, widths[i], i + 1 == count);
    buf_putc(out, '\n');
    for (size_t row = 0; row < t->rows.len; row++) {
        const struct print_cell *cells = t->rows.items[row];

        for (size_t i = 0; i < count && cells[i].text; i++)
            put_cell(out, cells[i].text, cells[i].tint, widths[i],
                     i + 1 == count || !cells[i + 1].text);
        buf_putc(out, '\n');
    }
}

void print_table_clear(struct print_table *t)
{
    for (size_t i = 0; i < t->rows.len; i++) {
        struct print_cell *cells = t->rows.items[i];

        for (size_t j = 0; j < PRINT_MAX_COLUMNS; j++)
            free(cells[j].text);
        free(cells);
    }
    ptrvec_clear(&t->rows);
}

/* ---- cells ---- */

/* Source: kubectl's duration.HumanDuration, in its coarse form. */
char *print_age_between(int64_t from_ms, int64_t to_ms)
{
    long long s = to_ms > from_ms ? (to_ms - from_ms) / 1000 : 0;

    if (s < 120)
        return xasprintf("%llds", s);
    if (s < 2 * 3600LL)
        return xasprintf("%lldm", s / 60);
    if (s < 48 * 3600LL)
        return xasprintf("%lldh", s / 3600);
    if (s < 2LL * 365 * 86400)
        return xasprintf("%lldd", s / 86400);
    return xasprintf("%lldy", s / (365LL * 86400));
}

char *print_age(const char *rfc3339)
{
    cleanup_error struct error *ignored = NULL;
    int64_t at;

    if (!rfc3339 || !*rfc3339 || time_parse_rfc3339(rfc3339, &at, &ignored) < 0)
        return xstrdup("");
    return print_age_between(at, time_wall_ms());
}

#define COMMIT_DIGITS 40
#define SHOWN_DIGITS 8

char *print_revision(const char *revision)
{
    struct buf out = BUF_UNLIMITED;

    while (*revision) {
        size_t n = 0;

        while (isxdigit((unsigned char)revision[n]))
            n++;
        if (n == 0) {
            buf_putc(&out, *revision++);
            continue;
        }
        buf_put(&out, revision, n == COMMIT_DIGITS ? SHOWN_DIGITS : n);
        revision += n;
    }
    return buf_take(&out);
}

/* ---- whole outputs ---- */

bool print_wants_objects(const struct options *o)
{
    const char *format = options_text(o, "output");

    return streq(format, "json") || streq(format, "yaml") || streq(format, "name");
}

void print_text(const struct buf *text)
{
    progress_erase();
    term_write(stdout, text->data, text->len);
}

void print_note(const char *fmt, ...)
{
    cleanup_free char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = xvasprintf(fmt, ap);
    va_end(ap);
    progress_erase();
    term_write(stderr, text, strlen(text));
    fputc('\n', stderr);
}

void print_name(struct buf *out, const char *kind, const char *group, const char *name)
{
    for (; *kind; kind++)
        buf_putc(out, (char)tolower((unsigned char)*kind));
    buf_printf(out, "%s%s/%s\n", *group ? "." : "", group, name);
}

static void put_name(struct buf *out, const json_t *object)
{
    cleanup_free char *group = NULL;
    cleanup_free char *version = NULL;

    api_version_parts(object_string(object, "apiVersion"), &group, &version);
    print_name(out, object_string(object, "kind"), group, object_meta_string(object, "name"));
}

int print_document(const json_t *document, bool as_yaml, struct error **err)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (as_yaml) {
        if (yaml_print(document, &text, err) < 0)
            return -1;
    } else {
        cleanup_free char *json = json_dumps(document, JSON_INDENT(4));

        buf_printf(&text, "%s\n", json);
    }
    print_text(&text);
    return 0;
}

int print_objects(const struct options *o, json_t *items, bool is_one, struct error **err)
{
    const char *format = options_text(o, "output");
    cleanup_json json_t *list = json_pack("{s:s, s:s, s:O, s:{}}", "apiVersion", "v1", "kind",
                                          "List", "items", items, "metadata");
    cleanup_buf struct buf names = BUF_UNLIMITED;
    const json_t *object;
    size_t i;

    if (!streq(format, "name"))
        return print_document(is_one && json_array_size(items) == 1 ? json_array_get(items, 0)
                                                                    : list,
                              streq(format, "yaml"), err);
    json_array_foreach (items, i, object)
        put_name(&names, object);
    print_text(&names);
    return 0;
}
