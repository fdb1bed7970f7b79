/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/diff_print.h"

#include "cli/term.h"

#define MARKDOWN_MAX_BYTES 60000
#define END_BYTES 200 /* what is said behind the last object that fits */

void diff_print_counts(const struct diff_result *r, struct buf *out)
{
    buf_printf(out, "%zu added, %zu changed, %zu removed, %zu the same", r->counts[DIFF_ADDED],
               r->counts[DIFF_CHANGED], r->counts[DIFF_REMOVED], r->same);
    if (r->errors.len)
        buf_printf(out, ", %zu not compared", r->errors.len);
}

/* ---- for a terminal ---- */

static enum tint tint_of_line(const char *line)
{
    if (str_has_prefix(line, "diff ") || str_has_prefix(line, "--- ") ||
        str_has_prefix(line, "+++ "))
        return TINT_STRONG;
    return line[0] == '+'   ? TINT_GOOD
           : line[0] == '-' ? TINT_BAD
           : line[0] == '@' ? TINT_PLACE
                            : TINT_NONE;
}

void diff_print_unified(const struct diff_result *r, struct buf *out)
{
    for (size_t i = 0; i < r->items.len; i++) {
        const struct diff_item *item = r->items.items[i];

        for (const char *line = item->unified; *line;) {
            size_t len = strcspn(line, "\n");
            enum tint tint = tint_of_line(line);

            buf_puts(out, term_on(tint));
            buf_put(out, line, len);
            buf_puts(out, term_off(tint));
            buf_putc(out, '\n');
            line += len + (line[len] == '\n');
        }
    }
}

/* ---- Markdown ---- */

/* Longer than any run of backticks in the text, and three at least. */
static size_t fence_of(const char *text)
{
    size_t longest = 2;

    while (*text) {
        size_t run = strspn(text, "`");

        longest = run > longest ? run : longest;
        text += run ? run : 1;
    }
    return longest + 1;
}

static void put_fence(struct buf *out, size_t len)
{
    while (len--)
        buf_putc(out, '`');
}

static void put_escaped(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            buf_puts(out, "&lt;");
        else if (*text == '&')
            buf_puts(out, "&amp;");
        else
            buf_putc(out, *text);
    }
}

static void put_item(const struct diff_item *item, struct buf *out)
{
    static const char *const changes[] = {
        [DIFF_ADDED] = "added", [DIFF_CHANGED] = "changed", [DIFF_REMOVED] = "removed"};
    const char *hunks = strstr(item->unified, "@@"); /* the title names the object already */
    const char *text = hunks ? hunks : item->unified;
    size_t fence = fence_of(text);

    buf_printf(out, "\n<details><summary>%s <code>", changes[item->change]);
    put_escaped(out, item->title);
    buf_printf(out, "</code> +%zu −%zu</summary>\n\n", item->plus, item->minus);
    put_fence(out, fence);
    buf_printf(out, "diff\n%s", text);
    put_fence(out, fence);
    buf_puts(out, "\n\n</details>\n");
}

static void put_list(const struct strvec *list, const char *title, struct buf *out)
{
    if (list->len)
        buf_printf(out, "\n%s\n\n", title);
    for (size_t i = 0; i < list->len; i++) {
        buf_puts(out, "- ");
        put_escaped(out, list->items[i]);
        buf_putc(out, '\n');
    }
}

void diff_print_markdown(const struct diff_result *r, const char *what, struct buf *out)
{
    size_t left_out = 0;

    buf_printf(out, "**");
    diff_print_counts(r, out);
    buf_printf(out, "** in %s\n", what);
    put_list(&r->errors, "Not compared:", out);
    put_list(&r->notes, "Note:", out);
    for (size_t i = 0; i < r->items.len; i++) {
        cleanup_buf struct buf text = BUF_UNLIMITED;

        put_item(r->items.items[i], &text);
        if (out->len + text.len + END_BYTES > MARKDOWN_MAX_BYTES)
            left_out++;
        else
            buf_put(out, text.data, text.len);
    }
    if (left_out)
        buf_printf(out, "\n%zu more objects differ; their lines are too long for a comment.\n",
                   left_out);
}
