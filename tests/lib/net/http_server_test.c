/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/http_server.h"

#include "tests/lib/net/exchange.h"
#include "tests/test.h"

#include <sys/socket.h>

#define MAX_HEADER_BYTES 4096
#define MAX_BODY_BYTES 1000
#define HEAD_END " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"

/* One server, and what its handler got last. */
struct bench {
    uv_loop_t loop;
    struct http_server *server;
    struct http_call *late;     /* a request for /later */
    struct http_stream *stream; /* of a request for /stream */
    unsigned handled;
    unsigned streams_closed;
};

static void on_stream_closed(void *arg)
{
    struct bench *b = arg;

    b->streams_closed++;
    b->stream = NULL;
}

static void answer(struct http_call *call, int status, const char *text)
{
    http_call_answer(call, status, "text/plain", xstrdup(text), strlen(text));
}

static void on_call(void *arg, struct http_call *call)
{
    struct bench *b = arg;
    const char *path = http_call_path(call);
    const char *who = http_call_query(call, "who");
    const char *kind = http_call_header(call, "X-Kind");
    cleanup_free char *text =
        xasprintf("%s %s %s %s %s %s", http_call_method(call), path, http_call_uri(call),
                  who ? who : "-", kind ? kind : "-", http_call_body(call)->data);

    b->handled++;
    EXPECT_INT(http_call_status(call), 0);
    if (streq(path, "/later")) {
        b->late = call;
        http_call_later(call);
    } else if (streq(path, "/stream")) {
        b->stream = http_stream_start(call, "text/plain", on_stream_closed, b);
        http_stream_put(b->stream, "first ", 6);
    } else if (streq(path, "/drop")) {
        http_call_drop(call);
    } else {
        http_call_add_header(call, "X-Own", "mine");
        answer(call, 201, text);
        EXPECT_INT(http_call_status(call), 201);
    }
}

static void bench_open_with(struct bench *b, unsigned max_connections, unsigned idle_timeout_s)
{
    static const char *const headers[] = {"X-Common", "ours", "X-Other", "too", NULL};
    const struct http_server_options options = {
        .listen = "127.0.0.1:0",
        .headers = headers,
        .max_connections = max_connections,
        .idle_timeout_s = idle_timeout_s,
        .connection_bytes = (size_t)4 * MAX_HEADER_BYTES,
        .max_header_bytes = MAX_HEADER_BYTES,
        .max_body_bytes = MAX_BODY_BYTES,
        .handler = on_call,
        .arg = b,
    };
    cleanup_error struct error *err = NULL;

    memset(b, 0, sizeof(*b));
    uv_loop_init(&b->loop);
    EXPECT_OK(http_server_start(&b->loop, &options, &b->server, &err));
}

static void bench_open(struct bench *b)
{
    bench_open_with(b, 20, 0);
}

static void bench_close(struct bench *b)
{
    http_server_close(TAKE(b->server));
    EXPECT_NULL(b->stream);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&b->loop), 0);
}

static void start(struct bench *b, const char *request, struct exchange *x)
{
    exchange_start(&b->loop, http_server_port(b->server), request, x);
}

/* Run until it holds; the deadlines of the exchanges end what does not come. */
#define RUN_UNTIL(b, x, condition)                                                                 \
    do {                                                                                           \
        while (!(condition) && !(x)->is_late)                                                      \
            uv_run(&(b)->loop, UV_RUN_ONCE);                                                       \
        EXPECT(condition);                                                                         \
    } while (0)

/* What came until the server closed; free it. */
static char *wait_for_end(struct bench *b, struct exchange *x)
{
    RUN_UNTIL(b, x, x->closed);
    EXPECT(!x->is_late);
    uv_run(&b->loop, UV_RUN_NOWAIT); /* the close callbacks */
    return buf_take(&x->answer);
}

static char *ask(struct bench *b, const char *request)
{
    struct exchange x;

    start(b, request, &x);
    return wait_for_end(b, &x);
}

static void send_more(struct exchange *x, const char *text)
{
    uv_buf_t buf = uv_buf_init((char *)text, (unsigned)strlen(text));

    EXPECT_INT(uv_try_write((uv_stream_t *)&x->tcp, &buf, 1), (int)buf.len);
}

static void half_close(struct exchange *x)
{
    uv_os_fd_t fd;

    EXPECT_INT(uv_fileno((uv_handle_t *)&x->tcp, &fd), 0);
    EXPECT_INT(shutdown(fd, SHUT_WR), 0);
}

/* It goes on answering others. */
static void expect_serving(struct bench *b)
{
    cleanup_free char *text = ask(b, "GET /again" HEAD_END "\r\n");

    EXPECT_CONTAINS(text, "HTTP/1.1 201 ");
}

/* ---- answers ---- */

TEST(a_request_reaches_the_handler_and_its_answer_the_client)
{
    struct bench b;
    cleanup_free char *text = NULL;

    bench_open(&b);
    text =
        ask(&b, "POST /a%20b?who=joe%2Fx" HEAD_END "X-Kind: push\r\nContent-Length: 4\r\n\r\nbody");
    EXPECT_CONTAINS(text, "HTTP/1.1 201 Created\r\n");
    EXPECT_CONTAINS(text, "Content-Type: text/plain\r\n");
    EXPECT_CONTAINS(text, "X-Common: ours\r\n");
    EXPECT_CONTAINS(text, "X-Other: too\r\n");
    EXPECT_CONTAINS(text, "X-Own: mine\r\n");
    EXPECT_CONTAINS(text, "\r\n\r\nPOST /a b /a%20b?who=joe%2Fx joe/x push body");
    bench_close(&b);
}

TEST(a_dropped_request_gets_no_answer)
{
    struct bench b;
    struct exchange x;
    cleanup_free char *text = NULL;
    cleanup_free char *late = NULL;

    bench_open(&b);
    text = ask(&b, "GET /drop" HEAD_END "\r\n");
    EXPECT_STR(text, "");
    start(&b, "GET /later" HEAD_END "\r\n", &x);
    RUN_UNTIL(&b, &x, b.late);
    http_call_drop(TAKE(b.late));
    late = wait_for_end(&b, &x);
    EXPECT_STR(late, "");
    expect_serving(&b);
    bench_close(&b);
}

TEST(an_answer_comes_later_and_others_meanwhile)
{
    struct bench b;
    struct exchange x;
    cleanup_free char *text = NULL;

    bench_open(&b);
    start(&b, "GET /later" HEAD_END "\r\n", &x);
    RUN_UNTIL(&b, &x, b.late);
    expect_serving(&b);
    EXPECT(!x.closed);
    http_call_add_header(b.late, "X-Own", "late");
    answer(TAKE(b.late), 202, "at last");
    text = wait_for_end(&b, &x);
    EXPECT_CONTAINS(text, "HTTP/1.1 202 ");
    EXPECT_CONTAINS(text, "X-Common: ours\r\n");
    EXPECT_CONTAINS(text, "X-Own: late\r\n");
    EXPECT(str_has_suffix(text, "\r\n\r\nat last"));
    bench_close(&b);
}

TEST(one_connection_serves_one_request_after_the_other)
{
    struct bench b;
    struct exchange x;
    cleanup_free char *text = NULL;

    bench_open(&b);
    start(&b, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2" HEAD_END "\r\n", &x);
    text = wait_for_end(&b, &x);
    EXPECT_CONTAINS(text, "GET /1 /1 ");
    EXPECT_CONTAINS(text, "GET /2 /2 ");
    bench_close(&b);
}

/* ---- streams ---- */

TEST(a_stream_goes_on_until_it_is_ended)
{
    struct bench b;
    struct exchange x;
    cleanup_free char *text = NULL;

    bench_open(&b);
    start(&b, "GET /stream" HEAD_END "\r\n", &x);
    RUN_UNTIL(&b, &x, strstr(x.answer.data, "first "));
    expect_serving(&b);
    http_stream_put(b.stream, "second ", 7);
    RUN_UNTIL(&b, &x, strstr(x.answer.data, "second "));
    http_stream_put(b.stream, "third", 5);
    http_stream_end(b.stream, false);
    EXPECT_INT(b.streams_closed, 0);
    text = wait_for_end(&b, &x);
    EXPECT_CONTAINS(text, "HTTP/1.1 200 OK\r\n");
    EXPECT_CONTAINS(text, "third");
    EXPECT(str_has_suffix(text, "\r\n0\r\n\r\n")); /* the end of a whole answer */
    EXPECT_INT(b.streams_closed, 1);
    bench_close(&b);
}

TEST(a_broken_stream_has_no_end)
{
    struct bench b;
    struct exchange x;
    cleanup_free char *text = NULL;

    bench_open(&b);
    start(&b, "GET /stream" HEAD_END "\r\n", &x);
    RUN_UNTIL(&b, &x, strstr(x.answer.data, "first "));
    http_stream_end(b.stream, true);
    text = wait_for_end(&b, &x);
    EXPECT_NULL(strstr(text, "\r\n0\r\n"));
    EXPECT_INT(b.streams_closed, 1);
    bench_close(&b);
}

TEST(a_client_that_leaves_ends_its_stream)
{
    struct bench b;
    struct exchange x;

    bench_open(&b);
    start(&b, "GET /stream" HEAD_END "\r\n", &x);
    RUN_UNTIL(&b, &x, strstr(x.answer.data, "first "));
    exchange_end(&x);
    for (int i = 0; i < 1000 && !b.streams_closed; i++) { /* noticed when more is sent */
        http_stream_put(b.stream, "more", 4);
        expect_serving(&b);
    }
    EXPECT_INT(b.streams_closed, 1);
    buf_clear(&x.answer);
    bench_close(&b);
}

/* ---- slow clients ---- */

TEST(a_request_that_comes_byte_by_byte_is_served)
{
    const char *request = "POST /slow" HEAD_END "Content-Length: 3\r\n\r\nabc";
    struct bench b;
    struct exchange x;
    cleanup_free char *text = NULL;

    bench_open(&b);
    start(&b, "", &x);
    RUN_UNTIL(&b, &x, x.is_connected);
    for (const char *c = request; *c; c++) {
        send_more(&x, (char[]){*c, '\0'});
        uv_run(&b.loop, UV_RUN_NOWAIT);
        if (*c == '\n')
            expect_serving(&b);
    }
    text = wait_for_end(&b, &x);
    EXPECT_CONTAINS(text, "POST /slow /slow - - abc");
    bench_close(&b);
}

TEST(who_reads_slowly_gets_everything_and_holds_up_nobody)
{
    enum { BYTES = 32 << 20 }; /* more than sockets hold */
    struct bench b;
    struct exchange x;
    char *block = xmalloc(BYTES);
    cleanup_free char *text = NULL;
    size_t found = 0;

    memset(block, 'z', BYTES);
    bench_open(&b);
    start(&b, "GET /stream" HEAD_END "\r\n", &x);
    RUN_UNTIL(&b, &x, strstr(x.answer.data, "first "));
    uv_read_stop((uv_stream_t *)&x.tcp);
    http_stream_put(b.stream, block, BYTES);
    http_stream_end(b.stream, false);
    for (int i = 0; i < 20; i++)
        expect_serving(&b);
    EXPECT_INT(b.streams_closed, 0);
    uv_read_start((uv_stream_t *)&x.tcp, exchange_on_chunk_wanted, exchange_on_answer);
    text = wait_for_end(&b, &x);
    for (const char *c = text; *c; c++)
        found += *c == 'z';
    EXPECT_INT(found, BYTES);
    EXPECT_INT(b.streams_closed, 1);
    free(block);
    bench_close(&b);
}

TEST(a_connection_without_progress_is_closed)
{
    struct bench b;
    cleanup_free char *half = NULL;
    cleanup_free char *idle = NULL;

    bench_open_with(&b, 20, 1);
    half = ask(&b, "GET /half HTTP/1.1\r\nHost: ");
    EXPECT_NULL(strstr(half, " 201 "));
    idle = ask(&b, "GET /idle HTTP/1.1\r\nHost: x\r\n\r\n"); /* kept alive, but not for ever */
    EXPECT_CONTAINS(idle, "HTTP/1.1 201 ");
    EXPECT_INT(b.handled, 1);
    bench_close(&b);
}

/* ---- half-closed connections ---- */

TEST(who_only_stops_sending_gets_the_answer)
{
    struct bench b;
    struct exchange x;
    cleanup_free char *text = NULL;

    bench_open(&b);
    start(&b, "GET /later" HEAD_END "\r\n", &x);
    RUN_UNTIL(&b, &x, b.late);
    half_close(&x);
    expect_serving(&b);
    answer(TAKE(b.late), 200, "still there");
    text = wait_for_end(&b, &x);
    EXPECT(str_has_suffix(text, "\r\n\r\nstill there"));
    bench_close(&b);
}

/* Where it came together with its end libmicrohttpd does not see that: the time-out does. */
TEST(half_a_request_that_is_all_is_not_handled)
{
    static const char *const requests[] = {
        "GET /half",
        "GET /half HTTP/1.1\r\nHost: x\r\n",
        "POST /half" HEAD_END "Content-Length: 10\r\n\r\nfive!",
    };
    struct bench b;

    bench_open_with(&b, 20, 1);
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        struct exchange x;
        cleanup_free char *text = NULL;

        start(&b, requests[i], &x);
        RUN_UNTIL(&b, &x, x.is_connected);
        half_close(&x);
        text = wait_for_end(&b, &x);
        EXPECT_NULL(strstr(text, " 201 "));
    }
    EXPECT_INT(b.handled, 0);
    expect_serving(&b);
    bench_close(&b);
}

/* ---- limits ---- */

static void expect_answer(struct bench *b, char *request, const char *part)
{
    cleanup_free char *text = ask(b, request);

    EXPECT_CONTAINS(text, part);
    free(request);
}

TEST(headers_over_the_limit_are_refused)
{
    struct bench b;

    bench_open(&b);
    expect_answer(&b, exchange_long_request("GET /a" HEAD_END "A: ", 3900, "\r\n\r\n"),
                  "HTTP/1.1 201 ");
    EXPECT_INT(b.handled, 1);
    expect_answer(&b, exchange_long_request("GET /a" HEAD_END "A: ", 4100, "\r\n\r\n"),
                  "HTTP/1.1 431 ");
    expect_answer(&b, exchange_long_request("GET /a" HEAD_END "A: ", 100000, "\r\n\r\n"),
                  "HTTP/1.1 431 ");
    EXPECT_INT(b.handled, 1);
    expect_serving(&b);
    bench_close(&b);
}

TEST(a_body_over_the_limit_is_refused)
{
#define CHUNKED "POST /a" HEAD_END "Transfer-Encoding: chunked\r\n\r\n"
    struct bench b;

    bench_open(&b);
    expect_answer(
        &b, exchange_long_request("POST /a" HEAD_END "Content-Length: 1000\r\n\r\n", 1000, ""),
        "HTTP/1.1 201 ");
    expect_answer(&b, exchange_long_request(CHUNKED "3e8\r\n", 1000, "\r\n0\r\n\r\n"),
                  "HTTP/1.1 201 ");
    EXPECT_INT(b.handled, 2);
    expect_answer(&b, xstrdup("POST /a" HEAD_END "Content-Length: 1001\r\n\r\n"), "HTTP/1.1 413 ");
    expect_answer(&b, exchange_long_request(CHUNKED "3e9\r\n", 1001, "\r\n0\r\n\r\n"),
                  "HTTP/1.1 413 ");
    EXPECT_INT(b.handled, 2);
    expect_serving(&b);
    bench_close(&b);
}

TEST(a_body_without_an_end_is_hung_up_on)
{
    struct bench b;
    struct exchange x;
    cleanup_free char *request = exchange_long_request(CHUNKED "fffff\r\n", 64 << 10, "");
    cleanup_free char *text = NULL;

    bench_open(&b);
    start(&b, request, &x);
    text = wait_for_end(&b, &x);
    EXPECT_NULL(strstr(text, " 201 "));
    EXPECT_INT(b.handled, 0);
    bench_close(&b);
}

TEST(a_connection_over_the_limit_waits_until_another_one_ends)
{
    enum { LIMIT = 4 };
    struct bench b;
    struct exchange open[LIMIT];
    struct exchange next;
    cleanup_free char *text = NULL;

    bench_open_with(&b, LIMIT, 0);
    for (size_t i = 0; i < LIMIT; i++)
        start(&b, "GET /half HTTP/1.1\r\nHost: x\r\n", &open[i]);
    start(&b, "GET /next" HEAD_END "\r\n", &next);
    RUN_UNTIL(&b, &next, next.is_connected);
    for (int i = 0; i < 100; i++)
        uv_run(&b.loop, UV_RUN_NOWAIT);
    EXPECT_INT(b.handled, 0);
    EXPECT(!next.closed);
    exchange_end(&open[0]);
    text = wait_for_end(&b, &next);
    EXPECT_CONTAINS(text, "HTTP/1.1 201 ");
    for (size_t i = 1; i < LIMIT; i++) {
        EXPECT(!open[i].closed);
        exchange_end(&open[i]);
    }
    bench_close(&b);
}

/* ---- the end of the server ---- */

TEST(the_server_closes_whatever_it_is_doing)
{
    static const char *const requests[] = {
        "",
        "GET /half",
        "POST /half" HEAD_END "Content-Length: 10\r\n\r\nfive!",
        "GET /idle HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /later" HEAD_END "\r\n",
        "GET /stream" HEAD_END "\r\n",
    };
    struct bench b;
    struct exchange all[ARRAY_LEN(requests)];
    char *block = xcalloc(1, 8 << 20);

    bench_open(&b);
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        start(&b, requests[i], &all[i]);
        RUN_UNTIL(&b, &all[i], all[i].is_connected);
    }
    RUN_UNTIL(&b, &all[0], b.handled == 3 && b.late && b.stream);
    http_stream_put(b.stream, block, 8 << 20);
    uv_run(&b.loop, UV_RUN_NOWAIT);
    http_server_close(TAKE(b.server));
    EXPECT_INT(b.streams_closed, 1);
    for (size_t i = 0; i < ARRAY_LEN(requests); i++)
        free(wait_for_end(&b, &all[i]));
    answer(TAKE(b.late), 200, "nobody waits for it");
    free(block);
    bench_close(&b);
}

TEST(an_answer_that_was_given_when_the_server_closes_is_dropped)
{
    struct bench b;
    struct exchange x;
    struct exchange s;
    cleanup_free char *text = NULL;

    bench_open(&b);
    start(&b, "GET /later" HEAD_END "\r\n", &x);
    RUN_UNTIL(&b, &x, b.late);
    answer(TAKE(b.late), 200, "just now");
    start(&b, "GET /later" HEAD_END "\r\n", &s);
    RUN_UNTIL(&b, &s, b.late);
    b.stream = http_stream_start(TAKE(b.late), "text/plain", on_stream_closed, &b);
    http_server_close(TAKE(b.server));
    EXPECT_INT(b.streams_closed, 1);
    free(wait_for_end(&b, &x));
    text = wait_for_end(&b, &s);
    EXPECT_STR(text, "");
    bench_close(&b);
}
