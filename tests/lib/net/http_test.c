/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/http.h"

#include "lib/base/time.h"
#include "tests/lib/net/server.c" /* test support is compiled into the program */
#include "tests/test.h"

/* One loop, one server, one client, and what the last requests ended with. */
struct fixture {
    uv_loop_t loop;
    struct server *server;
    struct http_client *client;
    struct server_conn *stalled;
    unsigned pending;
    unsigned ok;
    unsigned failed;
    unsigned canceled;
    int status;
    int version;
    uint64_t retry_after_ms;
    char type[64];
    char etag[64];
    char redirect[256];
    struct buf body;
    struct buf streamed;
    unsigned data_calls;
    struct error *err;
    struct buf seen;             /* what the server got */
    struct http_request *victim; /* canceled by the next data callback */
    bool free_in_data;
    bool free_in_done;
    bool start_in_data;
};

static void on_done(void *arg, const struct http_response *response, const struct error *err)
{
    struct fixture *f = arg;

    f->pending--;
    error_free(TAKE(f->err));
    f->err = error_copy(err);
    assert_true((response == NULL) == (err != NULL));
    f->failed += err != NULL;
    f->canceled += err && error_kind(err) == ERROR_CANCELED;
    if (response) {
        f->ok++;
        f->status = response->status;
        f->version = response->version;
        f->retry_after_ms = response->retry_after_ms;
        snprintf(f->etag, sizeof(f->etag), "%s", response->etag);
        snprintf(f->redirect, sizeof(f->redirect), "%s", response->redirect_url);
        snprintf(f->type, sizeof(f->type), "%s", response->content_type);
        buf_truncate(&f->body, 0);
        buf_put(&f->body, response->body.data, response->body.len);
    }
    if (f->free_in_done)
        http_client_free(TAKE(f->client));
    f->free_in_done = false;
}

static void setup(struct fixture *f, server_handler *handler)
{
    struct http_options options = {0};

    memset(f, 0, sizeof(*f));
    f->body = f->streamed = f->seen = BUF_UNLIMITED;
    uv_loop_init(&f->loop);
    f->server = server_start(&f->loop, handler, f);
    f->client = http_client_new(&f->loop, &options);
}

static void teardown(struct fixture *f)
{
    if (f->server)
        server_stop(f->server);
    http_client_free(f->client);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    EXPECT_INT(f->pending, 0);
    buf_clear(&f->body);
    buf_clear(&f->streamed);
    buf_clear(&f->seen);
    error_free(f->err);
}

static void run(struct fixture *f)
{
    while (f->pending > 0)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static struct http_request *start(struct fixture *f, struct http_request_spec spec,
                                  http_data_fn *data)
{
    char *url = xasprintf("%s%s", server_url(f->server), spec.url);
    struct http_request *r;

    spec.url = url;
    if (!spec.method)
        spec.method = "GET";
    f->pending++;
    r = http_start(f->client, &spec, data, on_done, f);
    free(url);
    return r;
}

static void on_data(void *arg, const char *data, size_t len)
{
    struct fixture *f = arg;

    f->data_calls++;
    buf_put(&f->streamed, data, len);
    if (len == 0)
        return;
    if (f->start_in_data) {
        f->start_in_data = false;
        start(f, (struct http_request_spec){.url = "/second"}, NULL);
    }
    if (f->victim)
        http_cancel(TAKE(f->victim));
    if (f->free_in_data)
        http_client_free(TAKE(f->client));
    f->free_in_data = false;
}

static void echo(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    buf_truncate(&f->seen, 0);
    buf_printf(&f->seen, "%s %s\n%s", rq->method, rq->path, rq->head);
    server_reply(conn, 200, "", rq->body);
}

TEST(method_headers_and_body_arrive_and_the_answer_comes_back)
{
    const char *headers[] = {"Content-Type: application/apply-patch+yaml", "X-Test: yes", NULL};
    struct fixture f;

    setup(&f, echo);
    start(&f,
          (struct http_request_spec){
              .method = "PATCH", .url = "/a?b=c", .headers = headers, .body = "{}", .body_len = 2},
          NULL);
    EXPECT_INT(f.pending, 1);
    run(&f);
    EXPECT_INT(f.status, 200);
    EXPECT_INT(f.version, 11);
    EXPECT_STR(f.body.data, "{}");
    EXPECT_STR(f.type, "application/json");
    EXPECT_CONTAINS(f.seen.data, "PATCH /a?b=c\n");
    EXPECT_CONTAINS(f.seen.data, "Content-Type: application/apply-patch+yaml\r\n");
    EXPECT_CONTAINS(f.seen.data, "X-Test: yes\r\n");
    teardown(&f);
}

TEST(a_handle_used_again_keeps_nothing_of_the_request_before)
{
    const char *headers[] = {"Authorization: Bearer secret", NULL};
    struct fixture f;

    setup(&f, echo);
    start(&f,
          (struct http_request_spec){
              .method = "POST", .url = "/one", .headers = headers, .body = "x", .body_len = 1},
          NULL);
    run(&f);
    EXPECT_NULL(strstr(f.seen.data, "urlencoded"));
    start(&f, (struct http_request_spec){.url = "/two"}, NULL);
    run(&f);
    EXPECT_CONTAINS(f.seen.data, "GET /two\n");
    EXPECT_NULL(strstr(f.seen.data, "Authorization"));
    EXPECT_NULL(strcasestr(f.seen.data, "Content-Length"));
    EXPECT_STR(f.body.data, "");
    start(&f, (struct http_request_spec){.method = "DELETE", .url = "/three"}, NULL);
    run(&f);
    EXPECT_CONTAINS(f.seen.data, "DELETE /three\n");
    start(&f, (struct http_request_spec){.method = "PUT", .url = "/four"}, NULL);
    run(&f);
    EXPECT_CONTAINS(f.seen.data, "PUT /four\n");
    EXPECT_CONTAINS(f.seen.data, "Content-Length: 0");
    EXPECT_INT(server_connections(f.server), 1);
    EXPECT_INT(http_client_stats(f.client).connections, 1);
    EXPECT_INT(http_client_stats(f.client).requests, 4);
    teardown(&f);
}

TEST(many_requests_over_two_connections)
{
    struct fixture f;

    setup(&f, echo);
    for (int i = 0; i < 300; i++)
        start(&f, (struct http_request_spec){.url = "/"}, NULL);
    run(&f);
    EXPECT_INT(f.ok, 300);
    EXPECT_INT(server_connections(f.server), 2);
    teardown(&f);
}

static void refuse(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    (void)arg;
    if (rq->number == 1)
        server_reply(conn, 429, "Retry-After: 7\r\nETag: W/\"x\"\r\n", "slow down");
    else if (rq->number == 2)
        server_reply(conn, 503, "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n", "");
    else
        server_reply(conn, 302, "Location: /elsewhere\r\nRetry-After: soon\r\n", "");
}

TEST(a_refusal_is_an_answer_with_its_retry_after_in_seconds_or_as_a_date)
{
    struct fixture f;

    setup(&f, refuse);
    start(&f, (struct http_request_spec){.url = "/"}, on_data);
    run(&f);
    EXPECT_INT(f.status, 429);
    EXPECT_INT(f.retry_after_ms, 7000);
    EXPECT_STR(f.etag, "W/\"x\"");
    EXPECT_STR(f.redirect, "");
    EXPECT_STR(f.body.data, "slow down"); /* not streamed */
    EXPECT_INT(f.data_calls, 0);
    start(&f, (struct http_request_spec){.url = "/"}, NULL);
    run(&f);
    EXPECT_INT(f.status, 503);
    EXPECT(f.retry_after_ms >= 6UL * 3600 * 1000); /* where newer releases of libcurl end */
    start(&f, (struct http_request_spec){.url = "/"}, NULL);
    run(&f);
    EXPECT_INT(f.status, 302); /* not followed */
    EXPECT_STR(f.etag, "");
    EXPECT(str_has_prefix(f.redirect, "http://127.0.0.1:"));
    EXPECT(str_has_suffix(f.redirect, "/elsewhere"));
    EXPECT_INT(f.retry_after_ms, 0);
    teardown(&f);
}

static void stall(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (streq(rq->path, "/second")) {
        server_reply(conn, 200, "", "second");
        return;
    }
    f->stalled = conn;
    if (streq(rq->path, "/headers"))
        server_chunked(conn);
    if (streq(rq->path, "/some")) {
        server_chunked(conn);
        server_chunk(conn, "some");
    }
}

TEST(deadline_and_idle_timeout_end_a_stalled_request)
{
    struct fixture f;
    uint64_t begin = time_monotonic_ms();

    setup(&f, stall);
    start(&f, (struct http_request_spec){.url = "/", .timeout_ms = 500}, NULL);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_TIMEOUT);
    EXPECT_CONTAINS(error_message(f.err), "http://127.0.0.1:");
    EXPECT(str_has_suffix(error_message(f.err), ": Operation timed out")); /* no numbers */
    start(&f, (struct http_request_spec){.url = "/some", .idle_timeout_ms = 1000}, on_data);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_TIMEOUT);
    EXPECT_CONTAINS(error_message(f.err), "no data for 1000 ms");
    EXPECT_STR(f.streamed.data, "some");
    EXPECT(time_monotonic_ms() - begin >= 1500);
    EXPECT(time_monotonic_ms() - begin < 60000);
    teardown(&f);
}

static void on_tick(uv_timer_t *timer)
{
    struct fixture *f = timer->data;

    if (f->stalled)
        server_chunk(f->stalled, ".");
}

TEST(a_trickle_is_not_idle)
{
    struct fixture f;
    uv_timer_t tick;

    setup(&f, stall);
    uv_timer_init(&f.loop, &tick);
    tick.data = &f;
    start(&f,
          (struct http_request_spec){.url = "/some", .idle_timeout_ms = 1500, .timeout_ms = 2500},
          on_data);
    uv_timer_start(&tick, on_tick, 50, 50);
    run(&f);
    EXPECT_CONTAINS(error_message(f.err), "timed out"); /* the deadline, not the idle timeout */
    EXPECT(f.streamed.len > 8);
    uv_close((uv_handle_t *)&tick, NULL);
    teardown(&f);
}

TEST(data_begins_with_the_headers)
{
    struct fixture f;

    setup(&f, stall);
    start(&f, (struct http_request_spec){.url = "/headers", .timeout_ms = 1000}, on_data);
    run(&f);
    EXPECT_INT(f.data_calls, 1);
    EXPECT_INT(f.streamed.len, 0);
    teardown(&f);
}

static void break_off(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    (void)arg;
    if (streq(rq->path, "/half"))
        server_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 44);
    else if (streq(rq->path, "/chunk"))
        server_send(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf", 56);
    else if (streq(rq->path, "/garbage"))
        server_send(conn, "\x16\x03\x01 not HTTP at all\r\n\r\n", 22);
    server_close(conn);
}

TEST(a_connection_that_breaks_off_is_unavailable)
{
    const char *paths[] = {"/half", "/chunk", "/garbage", "/nothing"};
    struct fixture f;

    setup(&f, break_off);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        start(&f, (struct http_request_spec){.url = paths[i], .timeout_ms = 60000}, NULL);
        run(&f);
        EXPECT(f.err != NULL);
        EXPECT_INT(error_kind(f.err), ERROR_UNAVAILABLE);
    }
    EXPECT_INT(http_client_stats(f.client).errors, 4);
    teardown(&f);
}

TEST(nobody_listens_and_wrong_urls)
{
    struct fixture f;

    setup(&f, echo);
    server_stop(TAKE(f.server));
    f.pending = 3;
    http_start(f.client, &(struct http_request_spec){.method = "GET", .url = "http://127.0.0.1:1/"},
               NULL, on_done, &f);
    uv_run(&f.loop, UV_RUN_NOWAIT);
    while (f.pending > 2)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT_INT(error_kind(f.err), ERROR_UNAVAILABLE);
    EXPECT_CONTAINS(error_message(f.err), "Failed to connect to 127.0.0.1 port 1:");
    http_start(f.client, &(struct http_request_spec){.method = "GET", .url = "file:///etc/passwd"},
               NULL, on_done, &f);
    EXPECT_INT(f.pending, 2); /* never before http_start returned */
    while (f.pending > 1)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT_INT(error_kind(f.err), ERROR_INVALID);
    http_start(f.client,
               &(struct http_request_spec){.method = "GET", .url = "http://u:hush@ /x?token=hush"},
               NULL, on_done, &f);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_INVALID);
    EXPECT_NULL(strstr(error_message(f.err), "hush"));
    teardown(&f);
}

TEST(a_body_over_the_limit_is_too_large)
{
    struct fixture f;
    char body[1000];

    memset(body, 'x', sizeof(body));
    setup(&f, echo);
    start(&f,
          (struct http_request_spec){.method = "POST",
                                     .url = "/",
                                     .body = body,
                                     .body_len = sizeof(body),
                                     .max_body_bytes = sizeof(body)},
          NULL);
    run(&f);
    EXPECT_INT(f.body.len, 1000);
    start(&f,
          (struct http_request_spec){.method = "POST",
                                     .url = "/",
                                     .body = body,
                                     .body_len = sizeof(body),
                                     .max_body_bytes = sizeof(body) - 1},
          NULL);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_TOO_LARGE);
    teardown(&f);
}

TEST(cancel_from_outside_at_once_and_while_it_runs)
{
    struct fixture f;
    struct http_request *r;

    setup(&f, stall);
    r = start(&f, (struct http_request_spec){.url = "/"}, NULL);
    http_cancel(r);
    http_cancel(r);
    EXPECT_INT(f.pending, 1);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_CANCELED);
    r = start(&f, (struct http_request_spec){.url = "/"}, NULL);
    while (!f.stalled)
        uv_run(&f.loop, UV_RUN_ONCE);
    http_cancel(r);
    run(&f);
    EXPECT_INT(f.canceled, 2);
    teardown(&f);
}

TEST(cancel_and_start_inside_a_data_callback)
{
    struct fixture f;

    setup(&f, stall);
    f.start_in_data = true;
    f.victim = start(&f, (struct http_request_spec){.url = "/some"}, on_data);
    run(&f);
    EXPECT_INT(f.canceled, 1);
    EXPECT_INT(f.ok, 1);
    EXPECT_STR(f.body.data, "second");
    teardown(&f);
}

TEST(free_inside_a_data_callback_ends_everything)
{
    struct fixture f;

    setup(&f, stall);
    f.free_in_data = true;
    start(&f, (struct http_request_spec){.url = "/some"}, on_data);
    start(&f, (struct http_request_spec){.url = "/"}, NULL);
    run(&f);
    EXPECT_INT(f.canceled, 2);
    EXPECT_STR(f.streamed.data, "some");
    teardown(&f);
}

TEST(free_inside_done_and_with_requests_in_every_state)
{
    struct fixture f;

    setup(&f, stall);
    f.free_in_done = true;
    start(&f, (struct http_request_spec){.url = "/second"}, NULL);
    for (int i = 0; i < 8; i++)
        start(&f, (struct http_request_spec){.url = "/"}, NULL);
    run(&f);
    EXPECT_INT(f.canceled, 8);
    EXPECT_INT(f.ok, 1);
    teardown(&f);

    setup(&f, stall);
    start(&f, (struct http_request_spec){.url = "/"}, NULL);
    http_cancel(start(&f, (struct http_request_spec){.url = "/"}, NULL));
    http_client_free(TAKE(f.client));
    EXPECT_INT(f.pending, 0); /* all told before free returned */
    EXPECT_INT(f.canceled, 2);
    teardown(&f);
}
