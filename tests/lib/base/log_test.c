/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/log.h"

#include "tests/test.h"

#include <unistd.h>

/* What is logged between capture() and captured() comes back, without the time. */
static int pipe_fds[2];

static void capture(enum log_level level, enum log_format format)
{
    EXPECT_INT(pipe(pipe_fds), 0);
    log_configure(level, format, pipe_fds[1]);
}

static const char *captured(void)
{
    static char text[4096];
    ssize_t n;
    char *level;

    close(pipe_fds[1]);
    n = read(pipe_fds[0], text, sizeof(text) - 1);
    close(pipe_fds[0]);
    log_configure(LOG_INFO, LOG_LOGFMT, STDERR_FILENO);
    text[n < 0 ? 0 : n] = '\0';
    level = strstr(text, "level");
    return level ? level : text;
}

TEST(logfmt_quotes_where_needed)
{
    capture(LOG_INFO, LOG_LOGFMT);
    log_event(LOG_WARN, "two words", "plain", "a-b/c", "empty", "", "left_out", NULL, "quoted",
              "say \"x\"\\\n\t\x01", "eq", "a=b", NULL);
    EXPECT_STR(captured(), "level=warn msg=\"two words\" plain=a-b/c empty=\"\" "
                           "quoted=\"say \\\"x\\\"\\\\\\n\\t\\u0001\" eq=\"a=b\"\n");
}

TEST(json_escapes)
{
    capture(LOG_DEBUG, LOG_JSON);
    log_event(LOG_ERROR, "m", "k\"", "say \"x\"\\\n\x7f\xc3\xa9", "none", NULL, "z", "1", NULL);
    EXPECT_STR(captured(), "level\":\"error\",\"msg\":\"m\",\"k\\\"\":\"say "
                           "\\\"x\\\"\\\\\\n\\u007f\xc3\xa9\",\"z\":\"1\"}\n");
}

TEST(what_is_no_utf8_does_not_spoil_the_line)
{
    capture(LOG_INFO, LOG_JSON);
    /* No character, cut short, spelled too long, half of a pair, above the last, the first one. */
    log_event(LOG_INFO, "m", "a", "x\xff\xe2\x82", "b", "\xc0\xaf\xed\xa0\x80", "c",
              "\xf4\x90\x80\x80", "d", "\xf0\x9f\x98\x80\xed\x9f\xbf", NULL);
    EXPECT_STR(captured(), "level\":\"info\",\"msg\":\"m\",\"a\":\"x\ufffd\ufffd\ufffd\","
                           "\"b\":\"\ufffd\ufffd\ufffd\ufffd\ufffd\",\"c\":"
                           "\"\ufffd\ufffd\ufffd\ufffd\","
                           "\"d\":\"\xf0\x9f\x98\x80\xed\x9f\xbf\"}\n");
    capture(LOG_INFO, LOG_LOGFMT);
    log_event(LOG_INFO, "m", "a", "\xff", "b", "\xc2\x9b[31m", "c", "\xc3\xa9", NULL);
    EXPECT_STR(captured(), "level=info msg=m a=\"\ufffd\" b=\"\\u009b[31m\" c=\xc3\xa9\n");
}

TEST(a_line_starts_with_the_time)
{
    char text[256];
    int fds[2];
    ssize_t n;

    EXPECT_INT(pipe(fds), 0);
    log_configure(LOG_INFO, LOG_JSON, fds[1]);
    log_event(LOG_INFO, "x", NULL);
    n = read(fds[0], text, sizeof(text) - 1);
    log_configure(LOG_INFO, LOG_LOGFMT, STDERR_FILENO);
    close(fds[0]);
    close(fds[1]);
    EXPECT(n > 40);
    text[n] = '\0';
    EXPECT_INT(strncmp(text, "{\"time\":\"20", 11), 0);
    EXPECT_INT(memcmp(text + 32, "Z\",", 3), 0);
}

TEST(levels_below_the_minimum_are_dropped)
{
    capture(LOG_WARN, LOG_LOGFMT);
    log_event(LOG_INFO, "no", NULL);
    log_debug("no %d", 1);
    EXPECT(!log_enabled(LOG_INFO) && log_enabled(LOG_WARN));
    EXPECT_STR(captured(), "");
    capture(LOG_DEBUG, LOG_LOGFMT);
    log_debug("yes %d", 1);
    EXPECT_STR(captured(), "level=debug msg=\"yes 1\"\n");
}

TEST(names_of_levels_and_formats)
{
    cleanup_error struct error *err = NULL;
    enum log_level level;
    enum log_format format;

    EXPECT_OK(log_level_parse("error", &level, &err));
    EXPECT_INT(level, LOG_ERROR);
    EXPECT_OK(log_format_parse("json", &format, &err));
    EXPECT_INT(format, LOG_JSON);
    EXPECT_INT(log_level_parse("loud", &level, &err), -1);
    EXPECT_CONTAINS(error_message(err), "loud");
    error_free(TAKE(err));
    EXPECT_INT(log_format_parse("", &format, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_INVALID);
}
