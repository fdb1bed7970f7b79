/* SPDX-License-Identifier: Apache-2.0 */
/* A watch whose server misbehaves; what a real one does is in apiserver_test.c. */
#include "lib/kube/watch.h"

#include "lib/base/time.h"
#include "lib/kube/watch_line.h"
#include "tests/lib/net/server.c" /* test support is compiled into the program */
#include "tests/test.h"

#define WAIT_MS 60000

static const struct kube_resource config_maps = {
    .group = "", .version = "v1", .kind = "ConfigMap", .plural = "configmaps", .namespaced = true};

struct fixture {
    uv_loop_t loop;
    struct server *server;
    server_handler *handler;
    bool has_streamed_lists;
    struct kube_config config;
    struct kube_client *client;
    struct kube_watch *watch;
    struct buf told;  /* one word for each callback */
    struct buf asked; /* one word for each request: "list", "list+page", "watch@7" */
    unsigned lists, watches;
    unsigned stalls, went_back;
    bool in_check;
    struct error *err;
    uint64_t retry_ms;
    struct server_conn *stream;
    bool stop_in_object;
};

static void on_list_start(void *arg, bool is_check)
{
    struct fixture *f = arg;

    f->in_check = is_check;
    buf_puts(&f->told, is_check ? "check " : "start ");
}

static void on_object(void *arg, enum kube_event event, const json_t *object)
{
    struct fixture *f = arg;
    const json_t *meta = json_object_get(object, "metadata");

    buf_printf(&f->told, "%c%s ", "+~-="[event], json_string_value(json_object_get(meta, "name")));
    if (f->stop_in_object)
        kube_watch_stop(TAKE(f->watch));
    f->stop_in_object = false;
}

static void on_list_done(void *arg, uint64_t version)
{
    struct fixture *f = arg;

    if (f->in_check)
        buf_printf(&f->told, "done%d ", (int)version);
    else
        buf_puts(&f->told, "done ");
}

static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    struct fixture *f = arg;

    buf_puts(&f->told, err ? "failed " : "works ");
    error_free(TAKE(f->err));
    f->err = error_copy(err);
    f->retry_ms = retry_ms;
}

static void on_noticed(void *arg, enum kube_notice notice)
{
    struct fixture *f = arg;

    f->stalls += notice == KUBE_NOTICE_STALLED;
    f->went_back += notice == KUBE_NOTICE_WENT_BACK;
}

static const struct kube_watch_callbacks callbacks = {on_list_start, on_object, on_list_done,
                                                      on_failed, on_noticed};

/* As servers do that have no streamed lists. */
static void on_request(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (f->has_streamed_lists || !strstr(rq->path, "sendInitialEvents=true"))
        f->handler(arg, conn, rq);
    else
        server_reply(conn, 422, "", "{\"kind\":\"Status\",\"code\":422,\"message\":\"forbidden\"}");
}

static void setup_tuned(struct fixture *f, server_handler *handler, uint64_t idle_ms,
                        uint64_t relist_ms)
{
    struct kube_watch_tuning tuning = {.backoff_min_ms = 20,
                                       .backoff_max_ms = 40,
                                       .idle_timeout_ms = idle_ms,
                                       .relist_ms = relist_ms,
                                       .max_line_bytes = 1000};

    memset(f, 0, sizeof(*f));
    f->told = f->asked = BUF_UNLIMITED;
    uv_loop_init(&f->loop);
    f->handler = handler;
    f->server = server_start(&f->loop, on_request, f);
    f->config.server = (char *)server_url(f->server);
    f->client = kube_client_new(&f->loop, &f->config, 0);
    f->watch = kube_watch_start_tuned(f->client, &config_maps, "web", NULL, &tuning, &callbacks, f);
}

static void setup(struct fixture *f, server_handler *handler)
{
    setup_tuned(f, handler, 2000, 0);
}

/* With a check every 100 ms. */
static void setup_checked(struct fixture *f, server_handler *handler)
{
    setup_tuned(f, handler, 60000, 100);
}

static void teardown(struct fixture *f)
{
    kube_watch_stop(f->watch);
    kube_client_free(f->client);
    server_stop(f->server);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    buf_clear(&f->told);
    buf_clear(&f->asked);
    error_free(f->err);
}

/* Until the callbacks told (or the requests asked) exactly this, or the time is over. */
static void expect_text(struct fixture *f, const struct buf *b, const char *want)
{
    uint64_t end = time_monotonic_ms() + WAIT_MS;

    while (strncmp(b->data, want, strlen(want)) != 0 && time_monotonic_ms() < end)
        uv_run(&f->loop, UV_RUN_NOWAIT);
    if (strncmp(b->data, want, strlen(want)) != 0)
        EXPECT_STR(b->data, want);
}

/* Until so many lists were asked for, and for so long. */
static void run_until_lists(struct fixture *f, unsigned lists, uint64_t ms)
{
    uint64_t begin = time_monotonic_ms();

    while (time_monotonic_ms() < begin + ms ||
           (f->lists < lists && time_monotonic_ms() < begin + WAIT_MS))
        uv_run(&f->loop, UV_RUN_NOWAIT);
    EXPECT(f->lists >= lists);
}

static const char *event(const char *type, const char *name, int version)
{
    static char text[256];

    snprintf(
        text, sizeof(text),
        "{\"type\":\"%s\",\"object\":{\"metadata\":{\"name\":\"%s\",\"resourceVersion\":\"%d\"}}}"
        "\n",
        type, name, version);
    return text;
}

static void reply_list(struct server_conn *conn, const char *name, int version, const char *next)
{
    char *body = xasprintf("{\"kind\":\"ConfigMapList\",\"metadata\":{\"resourceVersion\":\"%d\","
                           "\"continue\":\"%s\"},\"items\":[{\"metadata\":{\"name\":\"%s\"}}]}",
                           version, next, name);

    server_reply(conn, 200, "", body);
    free(body);
}

/* Notes the request; returns whether it is a watch. */
static bool note(struct fixture *f, const struct server_request *rq)
{
    const char *version = strstr(rq->path, "resourceVersion=");

    if (strstr(rq->path, "watch=true")) {
        f->watches++;
        buf_printf(&f->asked, "watch@%d ", version ? atoi(version + 16) : -1);
        return true;
    }
    f->lists++;
    buf_puts(&f->asked, strstr(rq->path, "continue=") ? "list+page " : "list ");
    return false;
}

/* A list has one item, of version 5. Of a watch the answer is begun, and the rest is the caller's.
 */
static bool is_watch_begun(struct fixture *f, struct server_conn *conn,
                           const struct server_request *rq)
{
    bool is_watch = note(f, rq);

    if (is_watch)
        server_chunked(conn);
    else
        reply_list(conn, "a", 5, "");
    return is_watch;
}

static const char *gone = "{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}";

static void resume(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (!is_watch_begun(f, conn, rq))
        return;
    if (f->watches == 1) {
        server_chunk(conn, event("ADDED", "b", 6));
        server_chunk(conn, event("BOOKMARK", "", 9));
        server_chunk_end(conn);
    } else if (f->watches == 2) {
        server_chunk(conn, event("MODIFIED", "b", 10));
        server_chunk(conn, "{\"type\":\"DELETED\",\"object\":{\"metad"); /* cut in mid-line */
        server_close(conn);
    } else if (f->watches == 3) {
        server_chunk(conn, "{\"type\":\"DELE"); /* in two pieces */
        server_chunk(conn, "TED\",\"object\":{\"metadata\":{\"name\":\"b\"}}}\n");
        server_chunk(conn, event("ADDED", "c", 12)); /* then silence */
    }
}

TEST(a_watch_that_ends_breaks_or_stalls_resumes_where_it_was)
{
    struct fixture f;

    setup(&f, resume);
    expect_text(&f, &f.asked, "list watch@5 watch@9 watch@10 watch@12 ");
    expect_text(&f, &f.told, "start =a done +b ~b -b +c ");
    EXPECT_NULL(strstr(f.told.data, "failed"));
    teardown(&f);
}

/* Never an end of a line, and never silent. */
static void on_drip(uv_timer_t *timer)
{
    struct fixture *f = timer->data;

    if (f->watches == 1)
        server_chunk(f->stream, "{");
}

static void drip(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (!is_watch_begun(f, conn, rq))
        return;
    f->stream = conn;
    if (f->watches == 2)
        server_chunk(conn, event("ADDED", "b", 6));
}

TEST(a_watch_that_drips_is_a_silent_one)
{
    struct fixture f;
    uv_timer_t timer;

    setup_tuned(&f, drip, 200, 0);
    uv_timer_init(&f.loop, &timer);
    timer.data = &f;
    uv_timer_start(&timer, on_drip, 100, 20);
    expect_text(&f, &f.told, "start =a done failed works +b ");
    uv_close((uv_handle_t *)&timer, NULL);
    teardown(&f);
}

static void stream_list(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    note(f, rq);
    server_chunked(conn);
    if (f->watches == 1) {
        server_chunk(conn, event("ADDED", "a", 3));
        server_chunk(conn, event("ADDED", "b", 4));
        server_chunk(conn, event("DELETED", "a", 5));
        server_chunk(conn,
                     "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"6\","
                     "\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}\n");
        server_chunk(conn, event("ADDED", "c", 7));
        server_chunk_end(conn);
    } else if (f->watches == 2) {
        server_chunk(conn, event("MODIFIED", "c", 8));
    }
}

TEST(a_list_comes_as_the_beginning_of_the_watch_where_the_server_offers_it)
{
    struct fixture f;

    setup(&f, stream_list);
    f.has_streamed_lists = true;
    expect_text(&f, &f.told, "start =a =b -a done +c ~c ");
    expect_text(&f, &f.asked, "watch@-1 watch@7 ");
    EXPECT_NULL(strstr(f.told.data, "failed"));
    teardown(&f);
}

/* It takes the parameter and does not know it: no end of the list is told. */
static void stream_without_end(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (!is_watch_begun(f, conn, rq))
        return;
    if (f->watches == 1) {
        server_chunk(conn, event("ADDED", "a", 3));
        server_chunk_end(conn);
    }
}

TEST(a_streamed_list_without_an_end_is_listed_by_pages)
{
    struct fixture f;

    setup(&f, stream_without_end);
    f.has_streamed_lists = true;
    expect_text(&f, &f.asked, "watch@-1 list watch@5 ");
    expect_text(&f, &f.told, "start =a start =a done ");
    EXPECT_NULL(strstr(f.told.data, "failed"));
    teardown(&f);
}

static void expire(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (!note(f, rq)) {
        reply_list(conn, f->lists == 1 ? "a" : "b", 5 + (int)f->lists, "");
    } else if (f->watches == 1) {
        server_reply(conn, 410, "", gone);
    } else if (f->watches == 2) {
        server_chunked(conn);
        server_chunk(conn, event("ADDED", "c", 20));
        server_chunk(conn, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,"
                           "\"message\":\"too old\"}}\n");
    } else {
        server_chunked(conn);
    }
}

TEST(expired_as_a_status_and_as_an_event_lists_again_at_once)
{
    struct fixture f;

    setup(&f, expire);
    expect_text(&f, &f.asked, "list watch@6 list watch@7 list watch@8 ");
    expect_text(&f, &f.told, "start =a done start =b done +c start =b done ");
    EXPECT_NULL(strstr(f.told.data, "failed"));
    teardown(&f);
}

static void always_expired(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    if (note(arg, rq))
        server_reply(conn, 410, "", gone);
    else
        reply_list(conn, "a", 5, "");
}

TEST(a_server_that_always_says_expired_is_not_hammered)
{
    uint64_t begin = time_monotonic_ms();
    struct fixture f;

    setup(&f, always_expired);
    run_until_lists(&f, 4, 300);
    EXPECT(f.lists < (time_monotonic_ms() - begin) / 12);
    EXPECT_INT(error_kind(f.err), ERROR_EXPIRED);
    teardown(&f);
}

static void page(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (note(f, rq))
        server_chunked(conn);
    else if (f->lists == 3)
        server_reply(conn, 410, "", gone); /* the continue token is too old */
    else if (f->lists == 1 || f->lists == 2 || f->lists == 4)
        reply_list(conn, "a", 5, "next/page");
    else
        reply_list(conn, "b", 5, "");
}

TEST(a_page_that_expired_starts_the_list_over)
{
    struct fixture f;

    setup(&f, page);
    expect_text(&f, &f.asked, "list list+page list+page list list+page watch@5 ");
    expect_text(&f, &f.told, "start =a =a start =a =b done ");
    teardown(&f);
}

static void garbage(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;
    char big[1200];

    if (!is_watch_begun(f, conn, rq))
        return;
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    if (f->watches == 1)
        server_chunk(conn, "<html>\n");
    else if (f->watches == 2)
        server_chunk(conn, "{\"type\":\"ADDED\"}\n");
    else if (f->watches == 3)
        server_chunk(conn, big);
    else
        server_chunk(conn, event("ADDED", "b", 6));
}

TEST(an_event_that_cannot_be_read_is_gone_around_by_a_list)
{
    struct fixture f;

    setup(&f, garbage);
    expect_text(&f, &f.asked, "list watch@5 list watch@5 list watch@5 list watch@5 ");
    expect_text(&f, &f.told,
                "start =a done failed start =a done failed start =a done failed start =a done ");
    expect_text(&f, &f.told,
                "start =a done failed start =a done failed start =a done failed start =a done "
                "works +b ");
    teardown(&f);
}

static void forbid(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;
    bool is_watch = note(f, rq);

    if (f->lists <= 3 && !is_watch)
        server_reply(conn, 403, "", "{\"kind\":\"Status\",\"code\":403,\"message\":\"may not\"}");
    else if (!is_watch)
        reply_list(conn, "a", 5, "");
    else if (f->watches <= 3)
        server_reply(conn, 503, f->watches == 3 ? "Retry-After: 1\r\n" : "", "no");
    else {
        server_chunked(conn);
        server_chunk(conn, event("ADDED", "b", 6));
    }
}

TEST(failures_are_told_when_they_change_and_when_they_end)
{
    struct fixture f;

    setup(&f, forbid);
    expect_text(&f, &f.told, "failed start =a done works failed works +b ");
    EXPECT_INT(f.lists, 4);
    EXPECT_INT(f.watches, 4);
    teardown(&f);
}

static void stop_early(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (!note(f, rq)) {
        reply_list(conn, "a", 5, "");
        return;
    }
    f->stop_in_object = true;
    server_chunked(conn);
    server_chunk(conn, event("ADDED", "b", 6));
    server_chunk(conn, event("ADDED", "c", 7));
}

TEST(no_callback_after_a_stop_inside_a_callback)
{
    struct fixture f;
    uint64_t end;

    setup(&f, stop_early);
    expect_text(&f, &f.told, "start =a done +b ");
    end = time_monotonic_ms() + 100;
    while (time_monotonic_ms() < end)
        uv_run(&f.loop, UV_RUN_NOWAIT);
    EXPECT_STR(f.told.data, "start =a done +b ");
    EXPECT_NULL(f.watch);
    teardown(&f);

    setup(&f, stop_early);
    f.stop_in_object = true; /* in the list */
    expect_text(&f, &f.told, "start =a ");
    end = time_monotonic_ms() + 100;
    while (time_monotonic_ms() < end)
        uv_run(&f.loop, UV_RUN_NOWAIT);
    EXPECT_STR(f.told.data, "start =a ");
    teardown(&f);
}

struct collected {
    struct buf lines;
    int left;
};

static bool collect(void *arg, const char *line, size_t len)
{
    struct collected *c = arg;

    buf_printf(&c->lines, "[%.*s]", (int)len, line);
    return --c->left > 0;
}

TEST(lines_are_the_same_however_they_are_cut)
{
    const char *text = "one\ntwo\n\r\n\nthree\nrest";
    struct error *err = NULL;

    for (size_t step = 1; step <= strlen(text); step++) {
        struct watch_lines lines;
        struct collected c = {BUF_UNLIMITED, 100};

        watch_lines_init(&lines, 5);
        for (size_t at = 0; at < strlen(text); at += step)
            watch_lines_feed(&lines, text + at, step < strlen(text) - at ? step : strlen(text) - at,
                             collect, &c, &err);
        EXPECT_NULL(err);
        EXPECT_STR(c.lines.data, "[one][two][three]");
        EXPECT_STR(lines.partial.data, "rest");
        watch_lines_clear(&lines);
        buf_clear(&c.lines);
    }
}

/* ---- checks ---- */

/* A list of one object. */
static void reply_object(struct server_conn *conn, const char *name, int version, int of_list)
{
    char *body = xasprintf("{\"items\":[{\"metadata\":{\"name\":\"%s\",\"uid\":\"of-%s\","
                           "\"resourceVersion\":\"%d\"}}],\"metadata\":{\"resourceVersion\":"
                           "\"%d\"}}",
                           name, name, version, of_list);

    server_reply(conn, 200, "", body);
    free(body);
}

/* One object that an edit made newer behind the watch's back; the stream is told more later. */
static void check_finds(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (!note(f, rq)) {
        reply_object(conn, "a", f->lists == 1 ? 4 : 6, f->lists == 1 ? 5 : 8);
        return;
    }
    server_chunked(conn);
    if (f->watches == 1)
        server_chunk(conn, event("BOOKMARK", "", 7)); /* and not what happened at 6 */
}

TEST(a_check_compares_while_the_watch_goes_on)
{
    struct fixture f;

    setup_checked(&f, check_finds);
    expect_text(&f, &f.told, "start =a done check =a done8 check =a done8 ");
    EXPECT_INT(f.watches, 1);
    EXPECT_INT(f.stalls + f.went_back, 0);
    teardown(&f);
}

static void keeps_back(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (!note(f, rq)) {
        reply_object(conn, "a", f->lists == 1 ? 4 : 6, f->lists == 1 ? 5 : 8);
        return;
    }
    server_chunked(conn);
    if (f->watches == 2)
        server_chunk(conn, event("MODIFIED", "a", 6));
}

TEST(a_watch_that_keeps_back_what_a_check_shows_is_started_again_where_it_was)
{
    struct fixture f;

    setup_checked(&f, keeps_back);
    expect_text(&f, &f.asked, "list watch@5 list watch@5 list ");
    expect_text(&f, &f.told, "start =a done check +a done8 ~a check =a done8 ");
    EXPECT_INT(f.stalls, 1);
    EXPECT_INT(f.watches, 2);
    EXPECT_NULL(strstr(f.told.data, "failed"));
    teardown(&f);
}

/* The cluster is restored after the first list: its versions start again at 3. */
static void restored(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (!note(f, rq))
        reply_object(conn, "a", f->lists == 1 ? 50 : 2, f->lists == 1 ? 55 : 3);
    else
        server_chunked(conn);
}

TEST(a_check_that_is_older_than_the_watch_starts_over_with_a_list)
{
    struct fixture f;

    setup_checked(&f, restored);
    expect_text(&f, &f.asked, "list watch@55 list list watch@3 list ");
    expect_text(&f, &f.told, "start =a done check =a start =a done check =a done3 ");
    EXPECT_INT(f.went_back, 1);
    EXPECT_NULL(strstr(f.told.data, "failed"));
    teardown(&f);
}

/* A stream that says something while a page of the check is on its way. */
static void meanwhile(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (note(f, rq)) {
        server_chunked(conn);
        f->stream = conn;
    } else if (f->lists == 1) {
        reply_object(conn, "a", 4, 5);
    } else if (strstr(rq->path, "continue=")) {
        server_reply(conn, 200, "",
                     "{\"metadata\":{\"resourceVersion\":\"8\"},\"items\":[{\"metadata\":{\"name\":"
                     "\"gone\",\"uid\":\"of-gone\",\"resourceVersion\":\"4\"}}]}");
    } else {
        server_chunk(f->stream,
                     "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"gone\",\"uid\":"
                     "\"of-gone\",\"resourceVersion\":\"9\"}}}\n");
        server_reply(conn, 200, "",
                     "{\"metadata\":{\"resourceVersion\":\"8\",\"continue\":\"x\"},\"items\":[]}");
    }
}

TEST(what_the_watch_tells_during_a_check_is_not_taken_back_by_it)
{
    struct fixture f;

    setup_checked(&f, meanwhile);
    expect_text(&f, &f.told, "start =a done check -gone done8 ");
    expect_text(&f, &f.asked, "list watch@5 list list+page ");
    teardown(&f);
}

static void not_now(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (note(f, rq))
        server_reply(conn, 503, "Retry-After: 5\r\n", "no");
    else
        reply_object(conn, "a", f->lists == 1 ? 4 : 6, f->lists == 1 ? 5 : 8);
}

TEST(a_check_does_not_wait_for_a_watch_that_is_refused)
{
    struct fixture f;

    setup_checked(&f, not_now);
    expect_text(&f, &f.asked, "list watch@5 list list ");
    expect_text(&f, &f.told, "start =a done failed check +a done8 check +a done8 ");
    EXPECT_INT(f.stalls, 0);
    teardown(&f);
}

static void replays(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (!note(f, rq)) {
        reply_object(conn, "a", 4, f->lists == 1 ? 5 : 30);
        return;
    }
    server_chunked(conn);
    if (f->watches == 1) {
        server_chunk(conn, event("MODIFIED", "a", 20));
        server_chunk(conn, event("MODIFIED", "a", 7)); /* again */
        server_chunk_end(conn);
    }
}

TEST(a_replayed_event_does_not_take_the_watch_back)
{
    struct fixture f;

    setup(&f, replays); /* whose relist is ten minutes away */
    expect_text(&f, &f.asked, "list watch@5 watch@20 ");
    teardown(&f);
}

static void page_fails(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (note(f, rq))
        server_chunked(conn);
    else if (f->lists == 2)
        server_reply(conn, 503, "", "no");
    else if (f->lists == 1)
        reply_list(conn, "a", 5, "next/page");
    else
        reply_list(conn, "b", 5, "");
}

TEST(a_page_that_fails_is_asked_for_again)
{
    struct fixture f;

    setup(&f, page_fails);
    expect_text(&f, &f.asked, "list list+page list+page watch@5 ");
    expect_text(&f, &f.told, "start =a failed =b done works ");
    teardown(&f);
}

static void truncated(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (note(f, rq))
        server_chunked(conn);
    else if (f->lists == 1)
        server_reply(conn, 200, "", "{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[{\"met");
    else
        reply_list(conn, "b", 5, "");
}

TEST(half_a_list_is_no_list)
{
    struct fixture f;

    setup(&f, truncated);
    expect_text(&f, &f.asked, "list list watch@5 ");
    expect_text(&f, &f.told, "start failed start =b done works ");
    teardown(&f);
}

static void never_allowed(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    note(arg, rq);
    server_reply(conn, 403, "", "{\"kind\":\"Status\",\"code\":403,\"message\":\"may not\"}");
}

TEST(rights_that_are_missing_are_asked_for_more_seldom_than_what_is_broken)
{
    uint64_t begin = time_monotonic_ms();
    struct fixture f;

    setup(&f, never_allowed); /* the backoff ends at 40 ms, at 160 ms for these */
    run_until_lists(&f, 3, 1000);
    EXPECT(f.lists <= (time_monotonic_ms() - begin) / 80);
    EXPECT_STR(f.told.data, "failed ");
    teardown(&f);
}

static void too_many(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (note(f, rq))
        server_chunked(conn);
    else if (f->lists == 1)
        server_reply(conn, 429, "Retry-After: 1\r\n", "no");
    else
        reply_list(conn, "a", 5, "");
}

TEST(a_list_is_not_asked_for_before_the_server_wants_it)
{
    struct fixture f;
    uint64_t start = time_monotonic_ms();

    setup(&f, too_many);
    expect_text(&f, &f.told, "failed start =a done works ");
    EXPECT(time_monotonic_ms() - start >= 1000);
    EXPECT_INT(f.lists, 2);
    teardown(&f);
}

/* Leaves the first 16 lists without an answer. */
static void sixteen(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    if (note(f, rq))
        server_chunked(conn);
    else if (f->lists == 1)
        f->stream = conn;
    else if (f->lists > 16)
        reply_list(conn, "a", 5, "");
}

TEST(no_more_than_sixteen_lists_run_at_once)
{
    struct kube_watch *watches[19];
    struct fixture f;

    setup(&f, sixteen);
    for (size_t i = 0; i < ARRAY_LEN(watches); i++)
        watches[i] = kube_watch_start(f.client, &config_maps, "web", NULL, &callbacks, &f);
    run_until_lists(&f, 16, 300);
    EXPECT_INT(f.lists, 16);
    reply_list(f.stream, "a", 5, "");
    expect_text(&f, &f.told,
                "start =a done start =a done start =a done start =a done start =a done ");
    EXPECT_INT(f.lists, 20);
    for (size_t i = 0; i < ARRAY_LEN(watches); i++)
        kube_watch_stop(watches[i]);
    teardown(&f);
}
