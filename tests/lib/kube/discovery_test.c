/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery on servers that are old or partly down; a real one is in apiserver_test.c. */
#include "lib/kube/discovery.h"

#include "tests/lib/net/server.c" /* test support is compiled into the program */
#include "tests/test.h"

struct fixture {
    uv_loop_t loop;
    struct server *server;
    struct kube_config config;
    struct kube_client *client;
    bool is_done;
    struct kube_discovery *d;
    struct error *err;
};

static void on_done(void *arg, struct kube_discovery *d, const struct error *err)
{
    struct fixture *f = arg;

    f->is_done = true;
    f->d = d ? kube_discovery_ref(d) : NULL;
    f->err = error_copy(err);
}

static void discover(struct fixture *f, server_handler *handler)
{
    memset(f, 0, sizeof(*f));
    uv_loop_init(&f->loop);
    f->server = server_start(&f->loop, handler, f);
    f->config.server = (char *)server_url(f->server);
    f->client = kube_client_new(&f->loop, &f->config, 0);
    kube_discovery_start(f->client, on_done, f);
    while (!f->is_done)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void teardown(struct fixture *f)
{
    kube_discovery_unref(f->d);
    error_free(f->err);
    kube_client_free(f->client);
    server_stop(f->server);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
}

static const char *const core_list =
    "{\"kind\":\"APIResourceList\",\"groupVersion\":\"v1\",\"resources\":["
    "{\"name\":\"namespaces\",\"namespaced\":false,\"kind\":\"Namespace\","
    "\"verbs\":[\"get\",\"list\",\"watch\",\"patch\",\"delete\"]},"
    "{\"name\":\"namespaces/status\",\"namespaced\":false,\"kind\":\"Namespace\",\"verbs\":[]},"
    "{\"name\":\"bindings\",\"namespaced\":true,\"kind\":\"Binding\",\"verbs\":[\"create\"]}]}";

static const char *const scaling_list =
    "{\"kind\":\"APIResourceList\",\"resources\":[{\"name\":\"horizontalpodautoscalers\","
    "\"namespaced\":true,\"kind\":\"HorizontalPodAutoscaler\",\"verbs\":[\"list\"]}]}";

static void plain(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    (void)arg;
    if (streq(rq->path, "/api"))
        server_reply(conn, 200, "", "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}");
    else if (streq(rq->path, "/apis"))
        server_reply(conn, 200, "",
                     "{\"kind\":\"APIGroupList\",\"groups\":[{\"name\":\"autoscaling\","
                     "\"versions\":[{\"version\":\"v1\"},{\"version\":\"v2\"}],"
                     "\"preferredVersion\":{\"version\":\"v2\"}},"
                     "{\"name\":\"metrics.k8s.io\",\"versions\":[{\"version\":\"v1beta1\"}],"
                     "\"preferredVersion\":{\"version\":\"v1beta1\"}}]}");
    else if (streq(rq->path, "/api/v1"))
        server_reply(conn, 200, "", core_list);
    else if (str_has_prefix(rq->path, "/apis/autoscaling/"))
        server_reply(conn, 200, "", scaling_list);
    else
        server_reply(conn, 503, "", "service unavailable");
}

TEST(an_old_server_is_asked_for_each_group_version)
{
    struct fixture f;
    const struct kube_resource *r;

    discover(&f, plain);
    EXPECT_STR(error_message(f.err), "no error");
    EXPECT_INT(kube_discovery_count(f.d), 3);
    r = kube_discovery_find(f.d, "", "v1", "Namespace");
    EXPECT(r && !r->namespaced && r->can_list && r->can_watch && r->can_patch && r->can_delete);
    r = kube_discovery_find(f.d, "", "v1", "Binding");
    EXPECT(r && r->namespaced && !r->can_list && !r->can_watch);
    r = kube_discovery_preferred(f.d, "autoscaling", "HorizontalPodAutoscaler");
    EXPECT(r && streq(r->version, "v2"));
    r = kube_discovery_find(f.d, "autoscaling", "v1", "HorizontalPodAutoscaler");
    EXPECT(r && streq(r->version, "v1"));
    EXPECT(kube_discovery_group_failed(f.d, "metrics.k8s.io"));
    EXPECT(!kube_discovery_group_failed(f.d, "autoscaling"));
    teardown(&f);
}

#define RESOURCE(plural, kind)                                                                     \
    "{\"resource\":\"" plural "\",\"responseKind\":{\"kind\":\"" kind "\"},"                       \
    "\"scope\":\"Namespaced\",\"verbs\":[\"list\"]}"

static void aggregated(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    (void)arg;
    EXPECT_CONTAINS(rq->head, "as=APIGroupDiscoveryList");
    if (streq(rq->path, "/api"))
        server_reply(conn, 200, "", "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[]}");
    else
        server_reply(
            conn, 200, "",
            "{\"kind\":\"APIGroupDiscoveryList\",\"items\":["
            "{\"metadata\":{\"name\":\"a.example\"},\"versions\":["
            "{\"version\":\"v2\",\"freshness\":\"Current\","
            "\"resources\":[" RESOURCE(
                "ones", "One") "]},"
                               "{\"version\":\"v1\",\"freshness\":\"Current\","
                               "\"resources\":[" RESOURCE("ones", "One") "," RESOURCE(
                                   "twos",
                                   "Two") "]}]},"
                                          "{\"metadata\":{\"name\":\"b.example\"},\"versions\":["
                                          "{\"version\":\"v1\",\"freshness\":\"Stale\","
                                          "\"resources\":[" RESOURCE("threes", "Three") "]}]}]}");
}

TEST(a_stale_group_is_unknown_and_an_older_version_may_be_the_only_one)
{
    struct fixture f;
    const struct kube_resource *r;

    discover(&f, aggregated);
    EXPECT_STR(error_message(f.err), "no error");
    EXPECT_INT(kube_discovery_count(f.d), 2);
    r = kube_discovery_preferred(f.d, "a.example", "One");
    EXPECT(r && streq(r->version, "v2") && r->namespaced);
    r = kube_discovery_preferred(f.d, "a.example", "Two");
    EXPECT(r && streq(r->version, "v1"));
    EXPECT_NULL(kube_discovery_find(f.d, "b.example", "v1", "Three"));
    EXPECT(kube_discovery_group_failed(f.d, "b.example"));
    EXPECT(!kube_discovery_group_failed(f.d, "a.example"));
    teardown(&f);
}

static void forbidden(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    (void)arg;
    if (streq(rq->path, "/api"))
        server_reply(conn, 200, "", "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}");
    else
        server_reply(conn, 403, "", "{\"kind\":\"Status\",\"code\":403,\"message\":\"may not\"}");
}

static void no_kubernetes(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    (void)arg;
    (void)rq;
    server_reply(conn, 200, "", "{\"hello\":\"world\"}");
}

TEST(a_root_that_fails_fails_all)
{
    struct fixture f;

    discover(&f, forbidden);
    EXPECT_NULL(f.d);
    EXPECT_INT(error_kind(f.err), ERROR_DENIED);
    EXPECT_STR(error_message(f.err), "discover the API: may not");
    teardown(&f);
    discover(&f, no_kubernetes);
    EXPECT_NULL(f.d);
    EXPECT_INT(error_kind(f.err), ERROR_UNAVAILABLE);
    teardown(&f);
}
