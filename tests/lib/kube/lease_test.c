/* SPDX-License-Identifier: Apache-2.0 */
/* Several that want one Lease, and a server that keeps it; what a real one does, and processes that
 * are stopped, are in tests/cluster/test_leader.py. */
#include "lib/kube/lease.h"

#include "lib/base/time.h"
#include "lib/kube/lease_record.h"
#include "tests/lib/net/server.c" /* test support is compiled into the program */
#include "tests/test.h"

#define WAIT_MS 60000
#define FOREVER_MS 3600000

struct fixture;

struct contender {
    struct fixture *fixture;
    struct kube_client *client;
    struct lease *lease;
    bool held; /* as told */
    unsigned changes;
    struct error *problem;
    bool released;
};

struct fixture {
    uv_loop_t loop;
    struct server *server;
    struct kube_config config;
    json_t *lease; /* NULL: there is none */
    unsigned version;
    int refuse;     /* status of all answers; 0: they are as they should be */
    bool is_silent; /* requests are never answered */
    bool no_watch;  /* lists and watches are refused */
    struct ptrvec watches;
    unsigned reads;
    struct contender a, b;
};

static void reply(struct server_conn *conn, int status, const json_t *object)
{
    char *text = json_dumps(object, 0);

    server_reply(conn, status, "", text);
    free(text);
}

static void refuse(struct server_conn *conn, int status)
{
    json_t *answer =
        json_pack("{s:s, s:i, s:s}", "kind", "Status", "code", status, "message", "refused");

    reply(conn, status, answer);
    json_decref(answer);
}

static void tell_watches(struct fixture *f)
{
    json_t *event = json_pack("{s:s, s:O}", "type", "MODIFIED", "object", f->lease);
    char *text = json_dumps(event, 0);
    char *line = xasprintf("%s\n", text);

    for (size_t i = 0; i < f->watches.len; i++)
        server_chunk(f->watches.items[i], line);
    free(line);
    free(text);
    json_decref(event);
}

/* Takes `lease`. */
static void store(struct fixture *f, json_t *lease)
{
    json_decref(f->lease);
    f->lease = lease;
    json_object_set_new(json_object_get(lease, "metadata"), "resourceVersion",
                        json_sprintf("%u", ++f->version));
    tell_watches(f);
}

static const char *version_at(const json_t *lease)
{
    return json_string_value(
        json_object_get(json_object_get(lease, "metadata"), "resourceVersion"));
}

/* By a process that the test plays. New reference. */
static json_t *claim(const json_t *live, const char *identity, uint64_t duration_ms)
{
    struct lease_claim claim = {.namespace = "argocd",
                                .name = "gitopsd",
                                .identity = identity,
                                .process = "test",
                                .duration_ms = duration_ms};

    return lease_record_claim(live, &claim, time_wall_ms());
}

static void on_list(struct fixture *f, struct server_conn *conn)
{
    json_t *list =
        json_pack("{s:s, s:s, s:{s:s}, s:[]}", "kind", "LeaseList", "apiVersion",
                  "coordination.k8s.io/v1", "metadata", "resourceVersion", "1000", "items");

    if (f->lease)
        json_array_append(json_object_get(list, "items"), f->lease);
    reply(conn, 200, list);
    json_decref(list);
}

static void on_write(struct fixture *f, struct server_conn *conn, const struct server_request *rq)
{
    json_t *lease = json_loadb(rq->body, rq->body_len, 0, NULL);
    bool is_new = streq(rq->method, "POST");

    if (is_new ? f->lease != NULL : !f->lease || !streq(version_at(lease), version_at(f->lease))) {
        refuse(conn, is_new || f->lease ? 409 : 404);
        json_decref(lease);
        return;
    }
    store(f, lease);
    reply(conn, 200, f->lease);
}

static void on_request(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;
    bool is_one = strstr(rq->path, "/leases/gitopsd") != NULL;

    if (f->is_silent)
        return;
    if (f->refuse) {
        refuse(conn, f->refuse);
    } else if (!streq(rq->method, "GET")) {
        on_write(f, conn, rq);
    } else if (is_one) {
        f->reads++;
        f->lease ? reply(conn, 200, f->lease) : refuse(conn, 404);
    } else if (f->no_watch) {
        refuse(conn, 403);
    } else if (strstr(rq->path, "watch=true")) {
        server_chunked(conn);
        ptrvec_push(&f->watches, conn);
    } else {
        on_list(f, conn);
    }
}

static void on_changed(void *arg, bool is_held)
{
    struct contender *c = arg;

    c->held = is_held;
    c->changes++;
}

static void on_problem(void *arg, const struct error *err)
{
    struct contender *c = arg;

    error_free(c->problem);
    c->problem = error_copy(err);
}

static const struct lease_options quick = {.namespace = "argocd",
                                           .name = "gitopsd",
                                           .duration_ms = 2000,
                                           .renew_deadline_ms = 1200,
                                           .retry_ms = 100};

static void join(struct contender *c, const char *identity, const struct lease_options *like)
{
    static const struct lease_callbacks callbacks = {.changed = on_changed, .problem = on_problem};
    struct lease_options options = *like;

    options.identity = identity;
    c->client = kube_client_new(&c->fixture->loop, &c->fixture->config, 0);
    c->lease = lease_new(c->client, &options, &callbacks, c);
}

static void leave(struct contender *c)
{
    lease_free(TAKE(c->lease));
    if (c->client)
        kube_client_free(TAKE(c->client));
}

static void setup(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    uv_loop_init(&f->loop);
    f->server = server_start(&f->loop, on_request, f);
    f->config.server = (char *)server_url(f->server);
    f->a.fixture = f->b.fixture = f;
}

static void teardown(struct fixture *f)
{
    leave(&f->a);
    leave(&f->b);
    server_stop(f->server);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    json_decref(f->lease);
    ptrvec_clear(&f->watches);
    error_free(f->a.problem);
    error_free(f->b.problem);
}

static void turn(struct fixture *f)
{
    uv_run(&f->loop, UV_RUN_NOWAIT);
    EXPECT(!(f->a.lease && f->b.lease && lease_is_held(f->a.lease) && lease_is_held(f->b.lease)));
}

#define UNTIL(f, condition)                                                                        \
    do {                                                                                           \
        uint64_t end_ = time_monotonic_ms() + WAIT_MS;                                             \
        while (!(condition) && time_monotonic_ms() < end_)                                         \
            turn(f);                                                                               \
        if (!(condition))                                                                          \
            fail_msg("never: %s", #condition);                                                     \
    } while (0)

/* Long enough that only what is told counts, and never the time. */
static struct lease_options slow(void)
{
    struct lease_options options = quick;

    options.duration_ms = FOREVER_MS;
    options.renew_deadline_ms = FOREVER_MS - 1000;
    return options;
}

TEST(the_first_one_has_it_and_keeps_it)
{
    struct lease_options options = slow();
    struct fixture f;
    unsigned version;

    setup(&f);
    join(&f.a, "a", &options);
    UNTIL(&f, f.a.held);
    EXPECT(lease_is_held(f.a.lease));
    EXPECT_STR(lease_record_holder(f.lease), "a");
    join(&f.b, "b", &options);
    version = f.version;
    UNTIL(&f, f.version > version + 2 && f.watches.len); /* it renews, and the other one looks */
    EXPECT_STR(lease_holder(f.b.lease), "a");
    EXPECT(!f.b.held);
    EXPECT_INT(f.a.changes, 1);
    teardown(&f);
}

TEST(one_that_does_not_renew_is_followed)
{
    struct fixture f;

    setup(&f);
    store(&f, claim(NULL, "dead", 1000));
    join(&f.b, "b", &quick);
    UNTIL(&f, f.b.held);
    EXPECT_STR(lease_record_holder(f.lease), "b");
    teardown(&f);
}

static void on_released(void *arg)
{
    ((struct contender *)arg)->released = true;
}

TEST(one_that_gives_it_back_is_followed_at_once)
{
    struct lease_options options = slow();

    for (int no_watch = 0; no_watch < 2; no_watch++) { /* then it is read again and again */
        struct fixture f;

        setup(&f);
        f.no_watch = no_watch;
        join(&f.a, "a", &options);
        UNTIL(&f, f.a.held);
        join(&f.b, "b", &options);
        UNTIL(&f, no_watch ? f.reads > 3 : f.watches.len > 0);
        lease_release(f.a.lease, on_released);
        UNTIL(&f, f.a.released);
        EXPECT_INT(f.a.changes, 1); /* nothing is told any more */
        leave(&f.a);
        UNTIL(&f, f.b.held);
        EXPECT_STR(lease_record_holder(f.lease), "b");
        teardown(&f);
    }
}

TEST(one_that_has_nothing_to_give_back_just_goes)
{
    struct lease_options options = slow();
    struct fixture f;

    setup(&f);
    join(&f.a, "a", &options);
    UNTIL(&f, f.a.held);
    join(&f.b, "b", &options);
    UNTIL(&f, f.watches.len > 0);
    lease_release(f.b.lease, on_released);
    UNTIL(&f, f.b.released);
    EXPECT_STR(lease_record_holder(f.lease), "a");
    teardown(&f);
}

TEST(who_cannot_renew_stops_in_time_and_comes_back)
{
    struct fixture f;

    setup(&f);
    join(&f.a, "a", &quick);
    UNTIL(&f, f.a.held);
    f.refuse = 500;
    UNTIL(&f, !f.a.held);
    EXPECT(!lease_is_held(f.a.lease));
    EXPECT(f.a.problem != NULL);
    f.refuse = 0;
    UNTIL(&f, f.a.held);
    EXPECT_NULL(f.a.problem);
    teardown(&f);
}

TEST(who_is_cut_off_stops_in_time_without_an_answer)
{
    struct fixture f;

    setup(&f);
    join(&f.a, "a", &quick);
    UNTIL(&f, f.a.held);
    f.is_silent = true;
    UNTIL(&f, !f.a.held);
    EXPECT(!lease_is_held(f.a.lease));
    f.is_silent = false;
    UNTIL(&f, f.a.held);
    teardown(&f);
}

TEST(a_missing_right_is_told)
{
    struct fixture f;

    setup(&f);
    f.refuse = 403;
    join(&f.a, "a", &quick);
    UNTIL(&f, f.a.problem);
    EXPECT_INT(error_kind(f.a.problem), ERROR_DENIED);
    EXPECT(!f.a.held);
    teardown(&f);
}

TEST(who_finds_another_name_in_it_stops)
{
    struct lease_options options = slow();
    struct fixture f;

    setup(&f);
    join(&f.a, "a", &options);
    UNTIL(&f, f.a.held);
    store(&f, claim(f.lease, "thief", FOREVER_MS));
    UNTIL(&f, !f.a.held);
    EXPECT_STR(lease_record_holder(f.lease), "thief");
    teardown(&f);
}

TEST(an_edit_by_a_person_and_a_deletion_do_no_harm)
{
    struct lease_options options = slow();
    struct fixture f;
    json_t *edited;
    unsigned version;

    setup(&f);
    join(&f.a, "a", &options);
    UNTIL(&f, f.a.held);
    edited = json_deep_copy(f.lease);
    json_object_set_new(json_object_get(edited, "metadata"), "labels",
                        json_pack("{s:s}", "team", "web"));
    store(&f, edited);
    version = f.version;
    UNTIL(&f, f.version > version + 1);
    EXPECT(json_object_get(json_object_get(f.lease, "metadata"), "labels") != NULL);
    json_decref(TAKE(f.lease));
    UNTIL(&f, f.lease);
    EXPECT_STR(lease_record_holder(f.lease), "a");
    EXPECT_INT(f.a.changes, 1);
    teardown(&f);
}

TEST(the_next_of_the_same_name_need_not_wait)
{
    struct lease_options options = slow();
    struct fixture f;

    setup(&f);
    store(&f, claim(NULL, "a", FOREVER_MS));
    join(&f.a, "a", &options);
    UNTIL(&f, f.a.held);
    teardown(&f);
}

TEST(of_two_of_the_same_name_the_first_one_stops)
{
    struct lease_options options = slow();
    struct fixture f;

    setup(&f);
    join(&f.a, "a", &options);
    UNTIL(&f, f.a.held);
    store(&f, claim(f.lease, "a", FOREVER_MS)); /* by a copy of it */
    UNTIL(&f, !f.a.held);
    EXPECT_STR(lease_record_holder(f.lease), "a");
    EXPECT_INT(f.a.changes, 2); /* and it waits, under another name */
    teardown(&f);
}

TEST(it_can_be_freed_in_each_state)
{
    for (int turns = 0; turns < 40; turns++) {
        struct fixture f;

        setup(&f);
        if (turns % 2)
            store(&f, claim(NULL, "other", FOREVER_MS));
        join(&f.a, "a", &quick);
        for (int i = 0; i < turns; i++)
            turn(&f);
        if (turns % 3 == 0)
            lease_release(f.a.lease, on_released);
        for (int i = 0; i < turns % 4; i++)
            turn(&f);
        teardown(&f);
    }
}
