/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/progress.h"

#include "cli/term.h"
#include "lib/base/buf.h"
#include "lib/base/time.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define QUIET_MS 1000
#define REDRAW_MS 100
#define MAX_TEXT 200

static struct {
    char text[MAX_TEXT];
    size_t done, total;
    uint64_t started_ms;
    uint64_t drawn_ms;
    struct buf line; /* as it was drawn last */
    bool on_screen;
    enum { SCREEN_UNKNOWN, SCREEN_TERMINAL, SCREEN_NONE } screen;
} progress;

static bool has_terminal(void)
{
    const char *term = getenv("TERM");

    if (progress.screen == SCREEN_UNKNOWN)
        progress.screen =
            isatty(STDERR_FILENO) && !streq(term, "dumb") ? SCREEN_TERMINAL : SCREEN_NONE;
    return progress.screen == SCREEN_TERMINAL;
}

static size_t columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10 ? size.ws_col : 80;
}

/* The text is cut, not how far it is: a second line could not be taken back. */
static void put_line(uint64_t now, struct buf *line)
{
    cleanup_buf struct buf tail = BUF_UNLIMITED;
    size_t room;

    if (progress.total)
        buf_printf(&tail, " (%zu/%zu)", progress.done, progress.total);
    buf_printf(&tail, ", %llu s", (unsigned long long)((now - progress.started_ms) / 1000));
    room = columns() > tail.len + 1 ? columns() - tail.len - 1 : 0;
    buf_puts(line, progress.text);
    if (line->len > room) {
        while (room && ((unsigned char)line->data[room] & 0xc0) == 0x80) /* within a character */
            room--;
        buf_truncate(line, room);
    }
    buf_puts(line, tail.data);
}

/*
 * By one write(2): what somebody types meanwhile ("^C") is echoed before or after it, and no
 * terminal shows half of it.
 */
static void print_line(const struct buf *line)
{
    cleanup_free char *text = NULL;
    size_t len = 0;
    FILE *whole = open_memstream(&text, &len);

    if (!whole)
        return;
    fputc('\r', whole);
    term_write(whole, line->data, line->len);
    fputs("\033[K", whole);
    fclose(whole);
    fwrite(text, 1, len, stderr);
    fflush(stderr);
}

static void draw(uint64_t now)
{
    struct buf line = BUF_UNLIMITED;

    put_line(now, &line);
    progress.drawn_ms = now;
    if (!progress.on_screen || !streq(line.data, progress.line.data))
        print_line(&line);
    buf_clear(&progress.line);
    progress.line = line;
    progress.on_screen = true;
}

void progress_tick(void)
{
    uint64_t now;

    if (!has_terminal() || !progress.text[0])
        return;
    now = time_monotonic_ms();
    if (now - progress.started_ms >= QUIET_MS && now - progress.drawn_ms >= REDRAW_MS)
        draw(now);
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
    progress_tick();
}

void progress_watch(uv_timer_t *ticker, uv_loop_t *loop)
{
    uv_timer_init(loop, ticker);
    uv_timer_start(ticker, on_tick, REDRAW_MS, REDRAW_MS);
    uv_unref((uv_handle_t *)ticker);
}

void progress_say(const char *fmt, ...)
{
    va_list ap;

    if (!progress.started_ms)
        progress.started_ms = time_monotonic_ms();
    va_start(ap, fmt);
    vsnprintf(progress.text, sizeof(progress.text), fmt, ap);
    va_end(ap);
    progress.done = progress.total = 0;
    progress_tick();
}

void progress_count(size_t done, size_t total)
{
    progress.done = done;
    progress.total = total;
    progress_tick();
}

void progress_erase(void)
{
    if (!progress.on_screen)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    buf_clear(&progress.line);
    progress.on_screen = false;
    progress.drawn_ms = 0;
}
