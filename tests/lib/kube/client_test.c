/* SPDX-License-Identifier: Apache-2.0 */
/* The faults of a server; what a real one does is in apiserver_test.c. */
#include "lib/kube/client.h"

#include "lib/base/time.h"
#include "lib/kube/resource.h"
#include "tests/lib/net/server.c" /* test support is compiled into the program */
#include "tests/test.h"

#include <unistd.h>

static const struct kube_resource roles = {.group = "rbac.authorization.k8s.io",
                                           .version = "v1",
                                           .kind = "Role",
                                           .plural = "roles",
                                           .namespaced = true};
static const struct kube_resource nodes = {
    .group = "", .version = "v1", .kind = "Node", .plural = "nodes"};

struct fixture {
    uv_loop_t loop;
    struct server *server;
    struct kube_client *client;
    struct kube_config config;
    unsigned pending;
    unsigned ok;
    unsigned canceled;
    json_t *answer;
    struct error *err;
    unsigned requests; /* what the server saw */
    unsigned open, max_open;
    struct buf order;
    struct buf tokens;
    struct buf last_head;
    struct ptrvec held;
    const char *dir;
    char token_path[256];
    bool free_in_done;
};

static void on_done(void *arg, const json_t *object, const struct error *err)
{
    struct fixture *f = arg;

    f->pending--;
    f->ok += err == NULL;
    f->canceled += err && error_kind(err) == ERROR_CANCELED;
    json_decref(f->answer);
    f->answer = json_incref((json_t *)object);
    error_free(TAKE(f->err));
    f->err = error_copy(err);
    if (f->free_in_done)
        kube_client_free(TAKE(f->client));
    f->free_in_done = false;
}

static void setup(struct fixture *f, server_handler *handler, unsigned max_in_flight)
{
    memset(f, 0, sizeof(*f));
    f->order = f->tokens = f->last_head = BUF_UNLIMITED;
    uv_loop_init(&f->loop);
    f->server = server_start(&f->loop, handler, f);
    f->config.server = (char *)server_url(f->server);
    f->dir = test_tmpdir();
    snprintf(f->token_path, sizeof(f->token_path), "%s/token", f->dir);
    test_write_file(f->dir, "token", "first\n");
    f->config.token_file = f->token_path;
    f->client = kube_client_new(&f->loop, &f->config, max_in_flight);
}

static void teardown(struct fixture *f)
{
    server_stop(f->server);
    kube_client_free(f->client);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    EXPECT_INT(f->pending, 0);
    json_decref(f->answer);
    error_free(f->err);
    buf_clear(&f->order);
    buf_clear(&f->tokens);
    buf_clear(&f->last_head);
    ptrvec_clear(&f->held);
}

static void run(struct fixture *f)
{
    while (f->pending > 0)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static struct kube_call *get(struct fixture *f, const char *path)
{
    struct kube_call_spec spec = {.method = "GET", .path = path, .timeout_ms = 60000};

    f->pending++;
    return kube_call_start(f->client, &spec, on_done, f);
}

TEST(paths_of_resources)
{
    char *p = kube_resource_path(&roles, "web", "system:a b/c");

    EXPECT_STR(p, "/apis/rbac.authorization.k8s.io/v1/namespaces/web/roles/system:a%20b%2Fc");
    free(p);
    p = kube_resource_path(&roles, "", NULL);
    EXPECT_STR(p, "/apis/rbac.authorization.k8s.io/v1/roles");
    free(p);
    p = kube_resource_path(&nodes, "ignored", "n1");
    EXPECT_STR(p, "/api/v1/nodes/n1");
    free(p);
}

static void answer_status(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    int status = atoi(rq->path + 1);
    char *body = xasprintf("{\"kind\":\"Status\",\"code\":%d,\"message\":\"no: %d\","
                           "\"details\":{\"retryAfterSeconds\":3}}",
                           status, status);

    (void)arg;
    server_reply(conn, status, "", body);
    free(body);
}

TEST(a_status_becomes_an_error_of_its_kind)
{
    static const struct {
        int status;
        enum error_kind kind;
    } cases[] = {
        {400, ERROR_INVALID},     {401, ERROR_DENIED},      {403, ERROR_DENIED},
        {404, ERROR_NOT_FOUND},   {405, ERROR_INVALID},     {406, ERROR_INVALID},
        {408, ERROR_TIMEOUT},     {409, ERROR_CONFLICT},    {410, ERROR_EXPIRED},
        {413, ERROR_TOO_LARGE},   {415, ERROR_INVALID},     {422, ERROR_INVALID},
        {429, ERROR_UNAVAILABLE}, {500, ERROR_UNAVAILABLE}, {503, ERROR_UNAVAILABLE},
        {504, ERROR_TIMEOUT},
    };
    struct fixture f;
    char text[32];

    setup(&f, answer_status, 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(text, sizeof(text), "/%d", cases[i].status);
        get(&f, text);
        run(&f);
        EXPECT_INT(error_kind(f.err), cases[i].kind);
        EXPECT_INT(error_code(f.err), cases[i].status);
        EXPECT_INT(error_retry_after_ms(f.err), 3000);
        snprintf(text, sizeof(text), "no: %d", cases[i].status);
        EXPECT_STR(error_message(f.err), text);
    }
    teardown(&f);
}

static void answer_oddly(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    (void)arg;
    if (streq(rq->path, "/proxy?token=hush"))
        server_reply(conn, 502, "Retry-After: 2\r\n", "<html>\n\n<b>Bad  Gateway</b>\x01\n");
    else if (streq(rq->path, "/cut"))
        server_reply(conn, 200, "", "{\"kind\":");
    else if (streq(rq->path, "/login"))
        server_send(
            conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n<>", 65);
    else if (streq(rq->path, "/nul"))
        server_reply(conn, 200, "", "{\"data\":\"a\\u0000b\"}");
    else if (streq(rq->path, "/schema"))
        server_reply(conn, 500, "",
                     "{\"kind\":\"Status\",\"code\":500,\"message\":\"failed to create typed patch "
                     "object (a; /v1, Kind=ConfigMap): .datta: field not declared in schema\"}");
    else
        server_send(
            conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok", 66);
}

TEST(answers_that_are_no_status_and_no_json)
{
    struct fixture f;

    setup(&f, answer_oddly, 0);
    get(&f, "/proxy?token=hush");
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_UNAVAILABLE);
    EXPECT_INT(error_code(f.err), 502);
    EXPECT_INT(error_retry_after_ms(f.err), 2000);
    EXPECT_STR(error_message(f.err), "GET /proxy: HTTP status 502: <html> <b>Bad Gateway</b>");
    get(&f, "/cut");
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_UNAVAILABLE);
    EXPECT_CONTAINS(error_message(f.err), "GET /cut: the answer is not valid JSON");
    get(&f, "/login"); /* no answer, and not an empty one */
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_UNAVAILABLE);
    EXPECT_STR(error_message(f.err), "GET /login: the answer is a web page, not JSON");
    get(&f, "/nul");
    run(&f);
    EXPECT_NULL(f.err);
    EXPECT_INT(json_string_length(json_object_get(f.answer, "data")), 3);
    get(&f, "/schema");
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_INVALID);
    get(&f, "/healthz");
    run(&f);
    EXPECT_NULL(f.err);
    EXPECT_NULL(f.answer);
    teardown(&f);
}

/* Holds every answer back until release(). */
static void hold(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    f->requests++;
    buf_printf(&f->order, "%s ", rq->path);
    buf_truncate(&f->last_head, 0);
    buf_puts(&f->last_head, rq->head);
    f->open++;
    if (f->open > f->max_open)
        f->max_open = f->open;
    ptrvec_push(&f->held, conn);
}

static void release(struct fixture *f)
{
    while (f->held.len > 0) {
        struct server_conn *conn = f->held.items[0];

        ptrvec_remove(&f->held, 0);
        f->open--;
        server_reply(conn, 200, "", "{}");
    }
}

TEST(calls_wait_for_a_place_in_order_and_streams_do_not)
{
    struct kube_call_spec watch = {.method = "GET", .path = "/watch"};
    struct fixture f;
    struct kube_call *waiting, *stream;
    char path[16];

    setup(&f, hold, 3);
    for (int i = 0; i < 5; i++) {
        snprintf(path, sizeof(path), "/%d", i);
        get(&f, path);
    }
    waiting = get(&f, "/never");
    get(&f, "/last");
    f.pending++;
    stream = kube_stream_start(f.client, &watch, 0, NULL, on_done, &f);
    while (f.requests < 4)
        uv_run(&f.loop, UV_RUN_ONCE);
    kube_call_cancel(waiting);
    EXPECT_INT(f.canceled, 0);
    while (f.canceled == 0)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT_INT(f.max_open, 4);
    while (f.pending > 0) {
        release(&f);
        uv_run(&f.loop, UV_RUN_ONCE);
    }
    (void)stream;
    EXPECT_INT(f.ok, 7);
    EXPECT_INT(f.max_open, 4);
    EXPECT_NULL(strstr(f.order.data, "/never"));
    EXPECT(strstr(f.order.data, "/3 ") < strstr(f.order.data, "/last "));
    EXPECT_INT(kube_client_requests(f.client), 6);
    teardown(&f);
}

TEST(free_ends_calls_in_every_state_before_it_returns)
{
    struct fixture f;

    setup(&f, hold, 3);
    for (int i = 0; i < 6; i++)
        get(&f, "/");
    while (f.requests < 2)
        uv_run(&f.loop, UV_RUN_ONCE);
    kube_call_cancel(get(&f, "/"));
    kube_client_free(TAKE(f.client));
    EXPECT_INT(f.pending, 0);
    EXPECT_INT(f.canceled, 7);
    teardown(&f);
}

TEST(free_inside_done)
{
    struct fixture f;

    setup(&f, answer_status, 2);
    f.free_in_done = true;
    for (int i = 0; i < 6; i++)
        get(&f, "/404");
    run(&f);
    EXPECT_INT(f.canceled, 5);
    EXPECT_NULL(f.client);
    teardown(&f);
}

TEST(a_certificate_authority_that_changes_gets_new_connections)
{
    struct fixture f;
    char path[256];
    uint64_t end;

    setup(&f, hold, 0);
    kube_client_free(f.client);
    test_write_file(f.dir, "ca.crt", "one");
    snprintf(path, sizeof(path), "%s/ca.crt", f.dir);
    f.config.ca_file = path;
    f.config.ca_pem = (char *)"one";
    f.client = kube_client_new(&f.loop, &f.config, 0);
    get(&f, "/before");
    while (f.requests < 1)
        uv_run(&f.loop, UV_RUN_ONCE);
    test_write_file(f.dir, "ca.crt", "two or more");
    end = time_monotonic_ms() + 1200; /* the file is looked at once per second */
    while (time_monotonic_ms() < end)
        uv_run(&f.loop, UV_RUN_NOWAIT);
    uv_run(&f.loop, UV_RUN_NOWAIT); /* what became due in a pause that the machine made */
    get(&f, "/after");
    while (f.requests < 2)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT_INT(server_connections(f.server), 2);
    release(&f);
    run(&f);
    EXPECT_INT(f.ok, 2);
    get(&f, "/again"); /* on the second connection: it can be used again */
    while (f.requests < 3)
        uv_run(&f.loop, UV_RUN_ONCE);
    release(&f);
    run(&f);
    EXPECT_INT(f.ok, 3);
    EXPECT_INT(server_connections(f.server), 2);
    teardown(&f);
}

/* Refuses the token "first". */
static void check_token(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    f->requests++;
    buf_truncate(&f->last_head, 0);
    buf_puts(&f->last_head, rq->head);
    if (strstr(rq->head, "Authorization: Bearer second\r\n"))
        server_reply(conn, 200, "", "{}");
    else
        server_reply(conn, 401, "", "Unauthorized");
}

TEST(a_refused_token_is_read_again_and_the_call_repeated_once)
{
    struct fixture f;

    setup(&f, check_token, 0);
    get(&f, "/");
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_DENIED);
    EXPECT_INT(error_code(f.err), 401);
    EXPECT_NULL(strstr(error_message(f.err), "first"));
    EXPECT_INT(f.requests, 2);
    get(&f, "/"); /* on its way with the old one */
    test_write_file(f.dir, "token", "second");
    run(&f);
    EXPECT_STR(error_message(f.err), "no error");
    EXPECT(f.requests <= 4);
    EXPECT_CONTAINS(f.last_head.data, "Accept: application/json\r\n");
    teardown(&f);
}

TEST(a_call_may_act_as_another_user)
{
    struct fixture f;
    struct kube_client *own;
    struct kube_client *as;

    setup(&f, hold, 0);
    own = f.client;
    as = kube_client_as(own, "system:serviceaccount:web:deployer");
    EXPECT_STR(kube_client_server(as), kube_client_server(own));
    f.client = as;
    get(&f, "/as");
    kube_client_free(as); /* its call goes on */
    f.client = own;
    while (f.requests < 1)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT_CONTAINS(f.last_head.data, "Impersonate-User: system:serviceaccount:web:deployer\r\n");
    release(&f);
    run(&f);
    get(&f, "/own");
    while (f.requests < 2)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT_NULL(strstr(f.last_head.data, "Impersonate"));
    release(&f);
    run(&f);
    EXPECT_INT(f.ok, 2);
    teardown(&f);
}

/* ---- a busy server ---- */

/* The first two requests to /busy, and all to /always, are to come again in a second. */
static void answer_busy(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;

    f->requests++;
    if (streq(rq->path, "/always") || f->requests <= 2)
        server_reply(conn, f->requests % 2 ? 429 : 503, "Retry-After: 1\r\n", "{}");
    else
        server_reply(conn, 200, "", "{}");
}

TEST(a_busy_server_is_asked_again_when_it_says)
{
    struct fixture f;
    uint64_t began = time_monotonic_ms();

    setup(&f, answer_busy, 1);
    kube_client_set_patience(f.client, KUBE_PATIENCE);
    get(&f, "/busy");
    get(&f, "/behind"); /* waits for the place of the first */
    run(&f);
    EXPECT_INT(f.ok, 2);
    EXPECT_INT(f.requests, 4);
    EXPECT(time_monotonic_ms() - began >= 2000);
    teardown(&f);
}

TEST(patience_ends_with_its_times_and_with_the_timeout)
{
    static const struct {
        unsigned times;
        uint64_t timeout_ms;
        unsigned requests;
    } cases[] = {{0, 30000, 1}, {1, 30000, 2}, {KUBE_PATIENCE, 500, 1}};
    struct fixture f;

    setup(&f, answer_busy, 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct kube_call_spec spec = {
            .method = "GET", .path = "/always", .timeout_ms = cases[i].timeout_ms};

        f.requests = 0;
        f.pending++;
        kube_client_set_patience(f.client, cases[i].times);
        kube_call_start(f.client, &spec, on_done, &f);
        run(&f);
        EXPECT_INT(f.requests, cases[i].requests);
        EXPECT_INT(error_kind(f.err), ERROR_UNAVAILABLE);
        EXPECT_INT(error_retry_after_ms(f.err), 1000);
    }
    teardown(&f);
}

TEST(a_call_at_rest_can_be_cancelled_and_its_client_freed)
{
    struct kube_call_spec spec = {.method = "GET", .path = "/always"};
    struct kube_call *call;
    struct fixture f;

    setup(&f, answer_busy, 0);
    kube_client_set_patience(f.client, KUBE_PATIENCE);
    f.pending = 2;
    call = kube_call_start(f.client, &spec, on_done, &f);
    kube_call_start(f.client, &spec, on_done, &f);
    while (f.requests < 2)
        uv_run(&f.loop, UV_RUN_ONCE);
    uv_run(&f.loop, UV_RUN_ONCE); /* the answers may have come */
    kube_call_cancel(call);
    while (f.pending > 1)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT_INT(f.canceled, 1);
    kube_client_free(TAKE(f.client));
    EXPECT_INT(f.canceled, 2);
    teardown(&f);
}

/* ---- the gate ---- */

struct gate {
    bool is_open;
    unsigned asked;
    unsigned open_for; /* so many questions, where it is not 0 */
};

static bool may_write(void *arg)
{
    struct gate *g = arg;

    g->asked++;
    return g->open_for ? g->asked <= g->open_for : g->is_open;
}

static void apply(struct fixture *f, bool dry_run)
{
    struct kube_apply_options options = {.field_manager = "gitopsd", .dry_run = dry_run};

    f->pending++;
    kube_apply(f->client, &roles, "web", "r", "{}", 2, &options, on_done, f);
}

static void answer_empty(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    (void)rq;
    ((struct fixture *)arg)->requests++;
    server_reply(conn, 200, "", "{}");
}

TEST(a_closed_gate_lets_reads_and_dry_runs_pass_and_nothing_else)
{
    struct gate gate = {0};
    struct kube_client *own, *as;
    struct fixture f;

    setup(&f, answer_empty, 0);
    kube_client_set_gate(f.client, may_write, &gate);
    get(&f, "/");
    apply(&f, true);
    run(&f);
    EXPECT_INT(f.ok, 2);
    EXPECT_INT(gate.asked, 0);
    apply(&f, false);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_CANCELED);
    EXPECT_CONTAINS(error_message(f.err), "roles/r: not sent: another process may write now");
    own = f.client;
    f.client = as = kube_client_as(own, "somebody");
    f.pending++;
    kube_delete(as, &roles, "web", "r", NULL, NULL, NULL, on_done, &f);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_CANCELED);
    f.client = own;
    kube_client_free(as);
    EXPECT_INT(f.requests, 2);
    gate.is_open = true;
    apply(&f, false);
    run(&f);
    EXPECT_NULL(f.err);
    EXPECT_INT(f.requests, 3);
    teardown(&f);
}

TEST(a_gate_that_closes_while_the_connection_is_made_keeps_the_request_back)
{
    struct gate gate = {.open_for = 1};
    struct fixture f;

    setup(&f, answer_empty, 0);
    kube_client_set_gate(f.client, may_write, &gate);
    apply(&f, false);
    run(&f);
    EXPECT_INT(gate.asked, 2);
    EXPECT_INT(error_kind(f.err), ERROR_CANCELED);
    EXPECT_INT(f.requests, 0);
    get(&f, "/"); /* the handle is used again, without a gate */
    run(&f);
    EXPECT_NULL(f.err);
    EXPECT_INT(gate.asked, 2);
    teardown(&f);
}

TEST(all_writes_can_be_cancelled_and_reads_go_on)
{
    struct gate gate = {.is_open = true};
    struct fixture f;

    setup(&f, hold, 2);
    kube_client_set_gate(f.client, may_write, &gate);
    get(&f, "/read");
    apply(&f, false);
    apply(&f, false); /* waits for a place */
    while (f.requests < 2)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT(kube_client_busy_since_ms(f.client) > 0);
    kube_client_cancel_writes(f.client);
    while (f.pending > 1)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT_INT(f.canceled, 2);
    ptrvec_remove(&f.held, 1); /* its connection is gone */
    release(&f);
    run(&f);
    EXPECT_INT(f.ok, 1);
    EXPECT_INT(kube_client_busy_since_ms(f.client), 0);
    teardown(&f);
}
