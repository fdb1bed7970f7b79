/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/serve/server.h"

#include "tests/lib/net/exchange.h"
#include "tests/test.h"

struct bench {
    uv_loop_t loop;
    struct serve_server *server;
    struct exchange x;
};

static void on_hello(void *arg, const struct serve_request *request,
                     struct serve_response *response)
{
    const char *who = serve_request_query(request, "who");

    buf_printf(&response->body, "%s %s", (const char *)arg, who ? who : "nobody");
}

static void on_post(void *arg, const struct serve_request *request, struct serve_response *response)
{
    const char *event = serve_request_header(request, "X-Event");

    (void)arg;
    response->status = 202;
    response->content_type = "application/json";
    buf_printf(&response->body, "%s %s %zu", event, serve_request_path(request),
               serve_request_body(request)->len);
}

static void bench_open(struct bench *b)
{
    cleanup_error struct error *err = NULL;

    uv_loop_init(&b->loop);
    EXPECT_OK(serve_start(&b->loop, "127.0.0.1:0", &b->server, &err));
    EXPECT(serve_port(b->server) > 0);
    serve_route(b->server, "GET", "/hello", on_hello, "hello");
    serve_route(b->server, "POST", "/hook/*", on_post, NULL);
}

static void bench_close(struct bench *b)
{
    serve_close(b->server);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&b->loop), 0);
    buf_clear(&b->x.answer);
}

/* The answer to one request; borrowed until the next. */
static const char *ask(struct bench *b, const char *request)
{
    buf_clear(&b->x.answer);
    exchange_start(&b->loop, serve_port(b->server), request, &b->x);
    while (!b->x.closed)
        uv_run(&b->loop, UV_RUN_ONCE);
    uv_run(&b->loop, UV_RUN_NOWAIT);
    return b->x.answer.data;
}

#define HEAD_END " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"

TEST(a_route_answers)
{
    struct bench b = {0};
    const char *answer;

    bench_open(&b);
    answer = ask(&b, "GET /hello?who=joe%20x" HEAD_END "\r\n");
    EXPECT_CONTAINS(answer, "HTTP/1.1 200 OK\r\n");
    EXPECT_CONTAINS(answer, "Content-Type: text/plain; charset=utf-8\r\n");
    EXPECT_CONTAINS(answer, "\r\n\r\nhello joe x");
    bench_close(&b);
}

TEST(head_is_get_without_a_body)
{
    struct bench b = {0};
    const char *answer;

    bench_open(&b);
    answer = ask(&b, "HEAD /hello" HEAD_END "\r\n");
    EXPECT_CONTAINS(answer, "HTTP/1.1 200 OK\r\n");
    EXPECT_CONTAINS(answer, "Content-Length: 12\r\n");
    EXPECT_NULL(strstr(answer, "hello nobody"));
    bench_close(&b);
}

TEST(other_paths_and_methods_are_refused)
{
    struct bench b = {0};
    const char *answer;

    bench_open(&b);
    EXPECT_CONTAINS(ask(&b, "GET /hell" HEAD_END "\r\n"), "HTTP/1.1 404 ");
    EXPECT_CONTAINS(ask(&b, "GET /hello/" HEAD_END "\r\n"), "HTTP/1.1 404 ");
    answer = ask(&b, "DELETE /hello" HEAD_END "\r\n");
    EXPECT_CONTAINS(answer, "HTTP/1.1 405 ");
    EXPECT_CONTAINS(answer, "Allow: GET, HEAD\r\n");
    answer = ask(&b, "GET /hook/a" HEAD_END "\r\n");
    EXPECT_CONTAINS(answer, "Allow: POST\r\n");
    bench_close(&b);
}

TEST(a_body_reaches_its_handler)
{
    struct bench b = {0};
    const char *answer;

    bench_open(&b);
    answer = ask(&b, "POST /hook/a/b" HEAD_END "X-Event: push\r\nContent-Length: 5\r\n\r\n12345");
    EXPECT_CONTAINS(answer, "HTTP/1.1 202 Accepted\r\n");
    EXPECT_CONTAINS(answer, "Content-Type: application/json\r\n");
    EXPECT_CONTAINS(answer, "push /hook/a/b 5");
    answer = ask(&b, "POST /hook/" HEAD_END "X-Event: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n");
    EXPECT_CONTAINS(answer, "x /hook/ 4");
    bench_close(&b);
}

TEST(a_body_over_the_limit_is_refused)
{
    struct bench b = {0};
    cleanup_free char *chunked =
        exchange_long_request("POST /hook/" HEAD_END "Transfer-Encoding: chunked\r\n\r\n100001\r\n",
                              0x100001, "\r\n0\r\n\r\n");
    cleanup_free char *fitting = exchange_long_request(
        "POST /hook/" HEAD_END "Content-Length: 1048576\r\n\r\n", 1048576, "");

    bench_open(&b);
    EXPECT_CONTAINS(ask(&b, "POST /hook/" HEAD_END "Content-Length: 1048577\r\n\r\n"),
                    "HTTP/1.1 413 ");
    EXPECT_CONTAINS(
        ask(&b, "POST /hook/" HEAD_END "Content-Length: 99999999999999999999999999\r\n\r\n"),
        "HTTP/1.1 4");
    EXPECT_CONTAINS(ask(&b, chunked), "HTTP/1.1 413 ");
    EXPECT_CONTAINS(ask(&b, fitting), "/hook/ 1048576");
    bench_close(&b);
}

TEST(headers_over_the_limit_are_refused)
{
    struct bench b = {0};
    cleanup_free char *fitting =
        exchange_long_request("GET /hello" HEAD_END "A: ", 7900, "\r\n\r\n");
    cleanup_free char *over = exchange_long_request("GET /hello" HEAD_END "A: ", 8300, "\r\n\r\n");
    cleanup_free char *far_over =
        exchange_long_request("GET /hello" HEAD_END "A: ", 100000, "\r\n\r\n");

    bench_open(&b);
    EXPECT_CONTAINS(ask(&b, fitting), "HTTP/1.1 200 ");
    EXPECT_CONTAINS(ask(&b, over), "HTTP/1.1 431 ");
    EXPECT_CONTAINS(ask(&b, far_over), "HTTP/1.1 431 ");
    bench_close(&b);
}

TEST(what_is_no_http_is_refused)
{
    struct bench b = {0};

    bench_open(&b);
    EXPECT_NULL(strstr(ask(&b, "nonsense\r\n\r\n"), "200")); /* hung up on */
    EXPECT_CONTAINS(ask(&b, "POST /hook/" HEAD_END "Content-Length: x\r\n\r\n"), "HTTP/1.1 400 ");
    EXPECT_CONTAINS(ask(&b, "GET /hello" HEAD_END "\r\n"), "HTTP/1.1 200 "); /* still serving */
    bench_close(&b);
}

TEST(many_clients_are_served_and_those_over_the_limit_are_not)
{
    enum { CLIENTS = 100, LIMIT = 64 };
    struct bench b = {0};
    struct exchange *all = xcalloc(CLIENTS, sizeof(*all));
    size_t answered = 0, open = CLIENTS;

    bench_open(&b);
    for (size_t i = 0; i < CLIENTS; i++) /* half a request each: all are open at once */
        exchange_start(&b.loop, serve_port(b.server), "GET /hello HTTP/1.1\r\nHost: x\r\n",
                       &all[i]);
    for (int rounds = 0; rounds < 2000 && open > LIMIT; rounds++) {
        uv_run(&b.loop, UV_RUN_ONCE);
        open = 0;
        for (size_t i = 0; i < CLIENTS; i++)
            open += !all[i].closed;
    }
    EXPECT_INT(open, LIMIT);
    for (size_t i = 0; i < CLIENTS; i++) {
        uv_buf_t rest = uv_buf_init("Connection: close\r\n\r\n", 21);

        if (!all[i].closed)
            uv_try_write((uv_stream_t *)&all[i].tcp, &rest, 1);
    }
    while (open > 0) {
        uv_run(&b.loop, UV_RUN_ONCE);
        open = 0;
        for (size_t i = 0; i < CLIENTS; i++)
            open += !all[i].closed;
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        answered += strstr(all[i].answer.data, "hello nobody") != NULL;
        buf_clear(&all[i].answer);
    }
    EXPECT_INT(answered, LIMIT);
    bench_close(&b);
    free(all);
}

TEST(closing_ends_open_connections)
{
    struct bench b = {0};

    bench_open(&b);
    exchange_start(&b.loop, serve_port(b.server), "GET /hello HTTP/1.1\r\n", &b.x);
    for (int i = 0; i < 10; i++)
        uv_run(&b.loop, UV_RUN_NOWAIT);
    EXPECT(!b.x.closed);
    bench_close(&b);
    EXPECT(b.x.closed);
}

TEST(addresses_are_checked)
{
    static const char *const bad[] = {"",        "8080",        "host:1",     "127.0.0.1:",
                                      "::1:80",  "127.0.0.1:x", "1.2.3.4:-1", "127.0.0.1:65536",
                                      "[::1]80", "127.0.0.1:8 "};
    struct bench b = {0};
    struct serve_server *second = NULL;
    cleanup_error struct error *in_use = NULL;
    cleanup_free char *taken = NULL;

    bench_open(&b);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        cleanup_error struct error *err = NULL;

        EXPECT_INT(serve_start(&b.loop, bad[i], &second, &err), -1);
        EXPECT_INT(error_kind(err), ERROR_INVALID);
        EXPECT_CONTAINS(error_message(err), "listen");
    }
    taken = xasprintf("127.0.0.1:%u", serve_port(b.server));
    EXPECT_INT(serve_start(&b.loop, taken, &second, &in_use), -1);
    EXPECT_INT(error_kind(in_use), ERROR_CONFLICT);
    bench_close(&b);
}

TEST(all_addresses_and_ipv6_are_served)
{
    static const char *const addresses[] = {":0", "0.0.0.0:0", "[::]:0"};

    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        struct bench b = {0};
        cleanup_error struct error *err = NULL;

        uv_loop_init(&b.loop);
        if (serve_start(&b.loop, addresses[i], &b.server, &err) < 0) {
            uv_loop_close(&b.loop);
            EXPECT(addresses[i][0] == '['); /* a machine without IPv6 */
            continue;
        }
        serve_route(b.server, "GET", "/hello", on_hello, "hi");
        EXPECT_CONTAINS(ask(&b, "GET /hello" HEAD_END "\r\n"), "hi nobody");
        bench_close(&b);
    }
}

/* ---- answers that come later ---- */

static struct serve_later *asked; /* by the request in hand */

static void on_later(void *arg, const struct serve_request *request,
                     struct serve_response *response)
{
    (void)arg;
    buf_puts(&response->body, "dropped");
    asked = serve_later(request);
}

static void on_answer_time(uv_timer_t *timer)
{
    struct serve_response *response = serve_later_response(asked);

    response->status = 203;
    buf_puts(&response->body, "at last");
    serve_answer(TAKE(asked));
    uv_close((uv_handle_t *)timer, NULL);
}

static void wait_until_asked(struct bench *b)
{
    while (!asked)
        uv_run(&b->loop, UV_RUN_ONCE);
}

TEST(an_answer_may_come_later)
{
    struct bench b;
    uv_timer_t timer;
    struct exchange meanwhile;

    bench_open(&b);
    serve_route(b.server, "GET", "/later", on_later, NULL);
    exchange_start(&b.loop, serve_port(b.server), "GET /later" HEAD_END "\r\n", &b.x);
    wait_until_asked(&b);
    exchange_start(&b.loop, serve_port(b.server), "GET /hello" HEAD_END "\r\n", &meanwhile);
    while (!meanwhile.closed)
        uv_run(&b.loop, UV_RUN_ONCE);
    EXPECT(strstr(meanwhile.answer.data, "hello nobody"));
    EXPECT(!b.x.closed);
    uv_timer_init(&b.loop, &timer);
    uv_timer_start(&timer, on_answer_time, 20, 0);
    while (!b.x.closed)
        uv_run(&b.loop, UV_RUN_ONCE);
    EXPECT(str_has_prefix(b.x.answer.data, "HTTP/1.1 203 "));
    EXPECT(str_has_suffix(b.x.answer.data, "\r\n\r\nat last"));
    buf_clear(&meanwhile.answer);
    bench_close(&b);
}

TEST(a_client_may_leave_before_its_answer_comes)
{
    struct bench b;

    bench_open(&b);
    serve_route(b.server, "GET", "/later", on_later, NULL);
    exchange_start(&b.loop, serve_port(b.server), "GET /later" HEAD_END "\r\n", &b.x);
    wait_until_asked(&b);
    exchange_end(&b.x);
    for (int i = 0; i < 5; i++)
        uv_run(&b.loop, UV_RUN_NOWAIT);
    serve_answer(TAKE(asked));
    EXPECT(strstr(ask(&b, "GET /hello" HEAD_END "\r\n"), "hello"));
    bench_close(&b);
}

TEST(the_server_may_close_before_an_answer_comes)
{
    struct bench b;

    bench_open(&b);
    serve_route(b.server, "GET", "/later", on_later, NULL);
    exchange_start(&b.loop, serve_port(b.server), "GET /later" HEAD_END "\r\n", &b.x);
    wait_until_asked(&b);
    bench_close(&b);
    EXPECT_INT((int)b.x.answer.len, 0);
    serve_answer(TAKE(asked));
}
