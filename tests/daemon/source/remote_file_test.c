/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/remote_file.h"

#include "lib/base/time.h"
#include "tests/lib/net/server.c" /* test support is compiled into the program */
#include "tests/test.h"

#define POLL_MS 100
#define WAIT_MS 60000

/* A server that answers as told, and one subscriber. */
struct fixture {
    uv_loop_t loop;
    struct server *server;
    struct remote_file_set *set;
    struct strvec allowed;
    char *url;
    int status;
    const char *headers;
    const char *body;
    unsigned requests;
    unsigned not_modified;
    bool saw_authorization;
    /* what the subscriber was told */
    struct remote_file_subscription *subscription;
    unsigned calls;
    char *content;
    char *error;
};

static void on_request(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    f->requests++;
    f->saw_authorization |= strcasestr(rq->head, "\r\nauthorization:") != NULL;
    if (f->status == 200 && strstr(f->headers, "ETag: \"1\"") &&
        strcasestr(rq->head, "If-None-Match: \"1\"")) {
        f->not_modified++;
        server_reply(conn, 304, f->headers, "");
    } else if (strcmp(rq->path, "/moved") == 0) {
        server_reply(conn, 200, "", "moved");
    } else {
        server_reply(conn, f->status, f->headers, f->body);
    }
}

static void on_changed(void *arg, struct remote_content *content, const struct error *err)
{
    struct fixture *f = arg;

    f->calls++;
    free(f->content);
    free(f->error);
    f->content = content ? xstrndup(content->data, content->len) : NULL;
    f->error = err ? xstrdup(error_message(err)) : NULL;
}

static void setup(struct fixture *f)
{
    struct remote_file_options options = {
        .allowed = &f->allowed, .poll_ms = POLL_MS, .timeout_ms = WAIT_MS};

    *f = (struct fixture){.status = 200, .headers = "", .body = "one"};
    uv_loop_init(&f->loop);
    f->server = server_start(&f->loop, on_request, f);
    f->set = remote_file_set_new(&f->loop, &options);
    f->url = xasprintf("%s/a.yaml", server_url(f->server));
    strvec_pushf(&f->allowed, "%s/**", server_url(f->server));
}

static void teardown(struct fixture *f)
{
    remote_file_set_free(f->set);
    server_stop(f->server);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    EXPECT(!f->saw_authorization);
    strvec_clear(&f->allowed);
    free(f->url);
    free(f->content);
    free(f->error);
}

static void subscribe(struct fixture *f)
{
    f->subscription = remote_file_subscribe(f->set, f->url, on_changed, f);
}

#define WAIT_UNTIL(f, condition)                                                                   \
    do {                                                                                           \
        uint64_t end_ = time_monotonic_ms() + WAIT_MS;                                             \
        while (!(condition) && time_monotonic_ms() < end_)                                         \
            uv_run(&(f)->loop, UV_RUN_ONCE);                                                       \
        EXPECT(condition);                                                                         \
    } while (0)

TEST(a_file_is_read_and_followed)
{
    struct fixture f;

    setup(&f);
    subscribe(&f);
    WAIT_UNTIL(&f, f.calls == 1);
    EXPECT_STR(f.content, "one");
    EXPECT_NULL(f.error);
    WAIT_UNTIL(&f, f.requests == 3);
    EXPECT_INT(f.calls, 1); /* the same bytes are no news */
    f.body = "two";
    WAIT_UNTIL(&f, f.calls == 2);
    EXPECT_STR(f.content, "two");
    teardown(&f);
}

TEST(a_server_with_etags_sends_it_once)
{
    struct fixture f;

    setup(&f);
    f.headers = "ETag: \"1\"\r\n";
    subscribe(&f);
    WAIT_UNTIL(&f, f.requests == 4);
    EXPECT_INT(f.not_modified, 3);
    EXPECT_INT(f.calls, 1);
    f.headers = "ETag: \"2\"\r\n";
    f.body = "two";
    WAIT_UNTIL(&f, f.calls == 2);
    EXPECT_STR(f.content, "two");
    teardown(&f);
}

TEST(a_failure_is_told_and_keeps_the_content)
{
    struct fixture f;

    setup(&f);
    f.status = 404;
    subscribe(&f);
    WAIT_UNTIL(&f, f.calls == 1);
    EXPECT_NULL(f.content);
    EXPECT_CONTAINS(f.error, "404");
    f.status = 200;
    WAIT_UNTIL(&f, f.calls == 2);
    EXPECT_STR(f.content, "one");
    EXPECT_NULL(f.error);
    f.status = 503;
    WAIT_UNTIL(&f, f.calls == 3);
    EXPECT_STR(f.content, "one");
    EXPECT_CONTAINS(f.error, "503");
    f.status = 200;
    remote_file_poll_now(f.subscription);
    WAIT_UNTIL(&f, f.calls == 4);
    EXPECT_NULL(f.error);
    teardown(&f);
}

TEST(redirects_lead_to_allowed_addresses_only)
{
    struct fixture f;
    cleanup_free char *inside = NULL;

    setup(&f);
    f.status = 302;
    inside = xasprintf("Location: %s/moved\r\n", server_url(f.server));
    f.headers = inside;
    subscribe(&f);
    WAIT_UNTIL(&f, f.calls == 1);
    EXPECT_STR(f.content, "moved");
    f.headers = "Location: http://127.0.0.2:1/a\r\n";
    WAIT_UNTIL(&f, f.calls == 2);
    EXPECT_CONTAINS(f.error, "127.0.0.2");
    EXPECT_CONTAINS(f.error, "--allow-remote");
    f.headers = "Location: ?again\r\n";
    remote_file_poll_now(f.subscription);
    WAIT_UNTIL(&f, f.calls == 3);
    EXPECT_CONTAINS(f.error, "too often");
    teardown(&f);
}

TEST(what_nobody_wants_is_not_asked_for)
{
    struct fixture f;
    unsigned requests;

    setup(&f);
    subscribe(&f);
    WAIT_UNTIL(&f, f.calls == 1);
    remote_file_unsubscribe(f.subscription);
    subscribe(&f); /* known already: told without waiting for the interval */
    WAIT_UNTIL(&f, f.calls == 2);
    remote_file_unsubscribe(f.subscription);
    requests = f.requests;
    uv_run(&f.loop, UV_RUN_NOWAIT);
    for (uint64_t end = time_monotonic_ms() + 3UL * POLL_MS; time_monotonic_ms() < end;)
        uv_run(&f.loop, UV_RUN_NOWAIT);
    EXPECT_INT(f.requests, requests);
    EXPECT_INT(f.calls, 2);
    teardown(&f);
}
