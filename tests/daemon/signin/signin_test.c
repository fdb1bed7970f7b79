/* SPDX-License-Identifier: Apache-2.0 */
/* With an Azure service principal, which needs no key; what is signed is shown by
 * tests/lib/net/jwt_test.c and tests/cluster/test_signin.py. */
#include "daemon/signin/signin.h"

#include "lib/base/time.h"
#include "tests/lib/net/server.c" /* test support is compiled into the program */
#include "tests/test.h"

#define WAIT_MS 60000
#define GOOD "{\"access_token\": \"t%u\", \"expires_in\": 3600}"

/* A token server that answers as told, and who asks. */
struct fixture {
    uv_loop_t loop;
    struct worker_pool *pool;
    struct server *server;
    struct signin *signin;
    struct signin_spec spec;
    struct signin_want want;
    int status; /* 0: no answer at all */
    const char *headers;
    const char *answer;
    unsigned requests;
    char *path; /* of the last one */
    char *body;
    unsigned done; /* how many were told */
    char *error;   /* what the last one was told; NULL: nothing */
    enum error_kind kind;
};

static void on_request(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;
    cleanup_free char *good = xasprintf(GOOD, ++f->requests);

    free(f->path);
    free(f->body);
    f->path = xstrdup(rq->path);
    f->body = xstrndup(rq->body, rq->body_len);
    if (f->status)
        server_reply(conn, f->status, f->headers, f->answer ? f->answer : good);
}

static void setup(struct fixture *f)
{
    *f = (struct fixture){.status = 200, .headers = ""};
    uv_loop_init(&f->loop);
    f->pool = worker_pool_new(&f->loop, 1);
    f->server = server_start(&f->loop, on_request, f);
    f->signin = signin_new(&f->loop, f->pool);
    f->spec = (struct signin_spec){
        .kind = SIGNIN_AZURE_SECRET,
        .secret = (char *)"s",
        .server = (char *)server_url(f->server),
        .id = (char *)"client",
        .tenant = (char *)"tenant",
        .key = (char *)"a b+/=&%",
    };
    f->want = (struct signin_want){.url = "https://h/team/r", .spec = &f->spec};
}

static void teardown(struct fixture *f)
{
    signin_free(f->signin);
    worker_pool_free(f->pool);
    server_stop(f->server);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    free(f->path);
    free(f->body);
    free(f->error);
}

static void on_done(void *arg, const struct error *err)
{
    struct fixture *f = arg;

    f->done++;
    free(f->error);
    f->error = err ? xstrdup(error_message(err)) : NULL;
    f->kind = err ? error_kind(err) : ERROR_INTERNAL;
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer; /* only wakes the loop */
}

/* Until so many were told, or so many requests came. */
static void run_until(struct fixture *f, unsigned done, unsigned requests)
{
    uint64_t deadline = time_monotonic_ms() + WAIT_MS;
    uv_timer_t timer;

    uv_timer_init(&f->loop, &timer);
    uv_timer_start(&timer, on_tick, 10, 10);
    while ((f->done < done || f->requests < requests) && time_monotonic_ms() < deadline)
        uv_run(&f->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&f->loop, UV_RUN_NOWAIT);
    if (f->done < done || f->requests < requests)
        fail_msg("%u told, %u requests", f->done, f->requests);
}

static void ask(struct fixture *f)
{
    unsigned before = f->done;

    signin_prepare(f->signin, &f->want, on_done, f);
    run_until(f, before + 1, 0);
}

static const char *token(struct fixture *f)
{
    const struct git_credentials *c = signin_add(f->signin, &f->want, NULL);

    return c ? c->bearer_token : "none";
}

TEST(many_wait_for_one_token_and_later_ones_find_it)
{
    struct fixture f;
    struct git_credentials own = {.insecure = true};

    setup(&f);
    EXPECT_STR(token(&f), "none");
    for (unsigned i = 0; i < 3; i++)
        signin_prepare(f.signin, &f.want, on_done, &f);
    EXPECT_INT(f.done, 0);
    run_until(&f, 3, 0);
    EXPECT_NULL(f.error);
    EXPECT_INT(f.requests, 1);
    EXPECT_STR(f.path, "/tenant/oauth2/v2.0/token");
    EXPECT_STR(f.body, "grant_type=client_credentials&scope=499b84ac-1321-427f-aa17-267ca6975798"
                       "%2F.default&client_id=client&client_secret=a%20b%2B%2F%3D%26%25");
    EXPECT_STR(token(&f), "t1");
    signin_prepare(f.signin, &f.want, on_done, &f);
    EXPECT_INT(f.done, 4); /* at once */
    EXPECT_INT(f.requests, 1);
    /* What else counts for the repository stays. */
    EXPECT(signin_add(f.signin, &f.want, &own)->insecure);
    EXPECT_NULL(own.bearer_token);
    teardown(&f);
}

TEST(another_key_proxy_or_ca_is_another_token)
{
    struct fixture f;
    struct git_credentials proxied = {0};

    setup(&f);
    ask(&f);
    f.spec.key = (char *)"other";
    EXPECT_STR(token(&f), "none");
    ask(&f);
    EXPECT_STR(token(&f), "t2");
    /* By way of a proxy, which is told the whole URL. */
    proxied.proxy = (char *)server_url(f.server);
    f.want.how = &proxied;
    f.spec.server = (char *)"http://login.example.org";
    ask(&f);
    EXPECT_STR(f.path, "http://login.example.org/tenant/oauth2/v2.0/token");
    EXPECT_STR(token(&f), "t3");
    teardown(&f);
}

TEST(a_token_that_was_refused_is_not_given_again)
{
    struct fixture f;
    uint64_t before = time_monotonic_ms();

    setup(&f);
    signin_refused(f.signin, &f.want, before);
    while (time_monotonic_ms() == before)
        ;
    ask(&f);
    /* Refused was the one before. */
    signin_refused(f.signin, &f.want, before);
    EXPECT_STR(token(&f), "t1");
    signin_refused(f.signin, &f.want, time_monotonic_ms());
    EXPECT_STR(token(&f), "none");
    ask(&f);
    EXPECT_STR(token(&f), "t2");
    teardown(&f);
}

TEST(a_failure_is_told_to_all_and_remembered_for_a_while)
{
    struct fixture f;

    setup(&f);
    f.status = 401;
    f.answer = "{}";
    for (unsigned i = 0; i < 3; i++)
        signin_prepare(f.signin, &f.want, on_done, &f);
    run_until(&f, 3, 0);
    EXPECT_INT(f.kind, ERROR_DENIED);
    EXPECT_CONTAINS(f.error, "Secret s: sign in as an Azure service principal at http://127.0.0.1");
    EXPECT_INT(f.requests, 1);
    f.status = 200;
    f.answer = NULL;
    f.spec.key = (char *)"mended"; /* need not wait */
    ask(&f);
    EXPECT_NULL(f.error);
    teardown(&f);
}

TEST(answers_that_are_no_token)
{
    static const struct {
        int status;
        const char *answer;
        enum error_kind kind;
        const char *why;
    } rows[] = {
        {400, "{\"error\": \"invalid_client\"}", ERROR_DENIED, "status 400: invalid_client ("},
        {401, "{\"error\": \"x\", \"error_description\": \"Why.\\r\\nTrace ID: 1\"}", ERROR_DENIED,
         "status 401: Why (check the client id"},
        {404, "<html>", ERROR_DENIED, "status 404 (check the tenant id"},
        {302, "", ERROR_DENIED, "not a token server, or has moved"},
        {429, "{\"message\": \"slow down\"}", ERROR_UNAVAILABLE, "status 429: slow down (it is"},
        {503, "", ERROR_UNAVAILABLE, "status 503 (it is asked again later)"},
        {400, "{\"error_description\": \"not a b+/=&%\"}", ERROR_DENIED, "status 400 ("},
        {200, "<html>", ERROR_UNAVAILABLE, "the answer is not JSON"},
        {200, "[]", ERROR_UNAVAILABLE, "holds no access_token"},
        {200, "{\"access_token\": 1}", ERROR_UNAVAILABLE, "holds no access_token"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;

        setup(&f);
        f.status = rows[i].status;
        f.answer = rows[i].answer;
        ask(&f);
        EXPECT_CONTAINS(f.error, rows[i].why);
        EXPECT_INT(f.kind, rows[i].kind);
        EXPECT_NULL(strstr(f.error, f.spec.key));
        EXPECT_STR(token(&f), "none");
        teardown(&f);
    }
}

TEST(a_server_that_is_asked_too_often_is_asked_later)
{
    struct fixture f;

    setup(&f);
    f.status = 403;
    f.headers = "Retry-After: 60\r\n";
    f.answer = "{\"message\": \"You have exceeded a secondary rate limit\"}";
    ask(&f);
    EXPECT_INT(f.kind, ERROR_UNAVAILABLE);
    EXPECT_CONTAINS(f.error, "secondary rate limit (it is asked again later)");
    teardown(&f);
}

TEST(a_token_that_has_ended_when_it_comes_is_asked_for_each_time)
{
    struct fixture f;

    setup(&f);
    f.answer = "{\"access_token\": \"late\", \"expires_in\": \"0\"}";
    ask(&f);
    EXPECT_NULL(f.error);
    EXPECT_STR(token(&f), "late"); /* our clock may be the wrong one */
    ask(&f);
    EXPECT_INT(f.requests, 2);
    teardown(&f);
}

TEST(it_can_end_in_the_middle_of_anything)
{
    for (unsigned requests = 0; requests < 2; requests++) {
        struct fixture f;

        setup(&f);
        f.status = 0;
        signin_prepare(f.signin, &f.want, on_done, &f);
        run_until(&f, 0, requests); /* none: while it proves who it is */
        signin_free(TAKE(f.signin));
        EXPECT_INT(f.done, 1);
        EXPECT_INT(f.kind, ERROR_CANCELED);
        teardown(&f);
        EXPECT_INT(f.done, 1);
    }
}
