/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client, discovery and watch against a real kube-apiserver, named by $API_SERVER_KUBECONFIG
 * (see tests/cluster/control-plane). Every test works in a namespace of its own.
 */
#include "lib/base/buf.h"
#include "lib/base/time.h"
#include "lib/kube/client.h"
#include "lib/kube/discovery.h"
#include "lib/kube/watch.h"
#include "lib/net/http.h"
#include "tests/test.h"

#include <stdio.h>
#include <unistd.h>

static const struct kube_resource config_maps = {
    .group = "", .version = "v1", .kind = "ConfigMap", .plural = "configmaps", .namespaced = true};
static const struct kube_resource namespaces = {
    .group = "", .version = "v1", .kind = "Namespace", .plural = "namespaces"};

struct fixture {
    uv_loop_t loop;
    struct kube_config *config;
    struct kube_client *client;
    char ns[64];
    unsigned pending;
    unsigned ok;
    json_t *answer;
    struct error *err;
    struct kube_discovery *discovery;
    /* what the watch told */
    unsigned lists, list_ends, added, modified, deleted, failures, recoveries;
    char last[64];
    char last_value[64];
    bool has_kind;
};

static void on_done(void *arg, const json_t *object, const struct error *err)
{
    struct fixture *f = arg;

    f->pending--;
    f->ok += err == NULL;
    json_decref(f->answer);
    f->answer = json_incref((json_t *)object);
    error_free(TAKE(f->err));
    f->err = error_copy(err);
}

static void run(struct fixture *f)
{
    while (f->pending > 0)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void apply(struct fixture *f, const struct kube_resource *r, const char *name,
                  const char *value, const struct kube_apply_options *options)
{
    char *body;

    if (r == &namespaces)
        body = xasprintf("{\"apiVersion\":\"v1\",\"kind\":\"Namespace\","
                         "\"metadata\":{\"name\":\"%s\"}}",
                         name);
    else
        body = xasprintf("{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":"
                         "\"%s\",\"labels\":{\"of\":\"net\"}},\"data\":{\"key\":\"%s\"}}",
                         name, value);
    f->pending++;
    kube_apply(f->client, r, f->ns, name, body, strlen(body), options, on_done, f);
    free(body);
}

static const struct kube_apply_options as_gitopsd = {
    .field_manager = "gitopsd", .force = true, .field_validation = "Strict"};

static void setup(struct fixture *f)
{
    static unsigned counter;
    const char *path = getenv("API_SERVER_KUBECONFIG");
    struct error *err = NULL;

    memset(f, 0, sizeof(*f));
    if (!path)
        SKIP("API_SERVER_KUBECONFIG names no API server");
    uv_loop_init(&f->loop);
    EXPECT_OK(kube_config_load(path, NULL, &f->config, &err));
    f->client = kube_client_new(&f->loop, f->config, 0);
    snprintf(f->ns, sizeof(f->ns), "net-%d-%u", (int)getpid(), counter++);
    apply(f, &namespaces, f->ns, NULL, &as_gitopsd);
    run(f);
    EXPECT_STR(error_message(f->err), "no error");
}

static void teardown(struct fixture *f)
{
    f->pending++;
    kube_delete(f->client, &namespaces, NULL, f->ns, NULL, NULL, "Background", on_done, f);
    run(f);
    kube_discovery_unref(f->discovery);
    kube_client_free(f->client);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    kube_config_free(f->config);
    json_decref(f->answer);
    error_free(f->err);
}

static const char *meta(const json_t *object, const char *key)
{
    const char *value =
        json_string_value(json_object_get(json_object_get(object, "metadata"), key));

    return value ? value : "";
}

static void on_discovered(void *arg, struct kube_discovery *d, const struct error *err)
{
    struct fixture *f = arg;

    f->pending--;
    f->discovery = d ? kube_discovery_ref(d) : NULL;
    error_free(TAKE(f->err));
    f->err = error_copy(err);
}

TEST(discovery_finds_the_built_in_kinds_and_their_scopes)
{
    struct fixture f;
    const struct kube_resource *r;
    bool has_subresource = false;

    setup(&f);
    f.pending++;
    kube_discovery_start(f.client, on_discovered, &f);
    run(&f);
    EXPECT_STR(error_message(f.err), "no error");
    r = kube_discovery_find(f.discovery, "apps", "v1", "Deployment");
    EXPECT(r && r->namespaced && r->can_list && r->can_watch && r->can_patch && r->can_delete);
    EXPECT_STR(r->plural, "deployments");
    r = kube_discovery_find(f.discovery, "", "v1", "Namespace");
    EXPECT(r && !r->namespaced);
    r = kube_discovery_preferred(f.discovery, "autoscaling", "HorizontalPodAutoscaler");
    EXPECT(r != NULL);
    EXPECT_STR(r->version, "v2");
    EXPECT(kube_discovery_find(f.discovery, "autoscaling", "v1", "HorizontalPodAutoscaler") != r);
    EXPECT_NULL(kube_discovery_find(f.discovery, "apps", "v1beta1", "Deployment"));
    EXPECT_NULL(kube_discovery_preferred(f.discovery, "", "Deployment"));
    r = kube_discovery_find(f.discovery, "authorization.k8s.io", "v1", "SelfSubjectAccessReview");
    EXPECT(r && !r->can_list && !r->can_watch);
    EXPECT(!kube_discovery_group_failed(f.discovery, "apps"));
    EXPECT(kube_discovery_count(f.discovery) > 40);
    for (size_t i = 0; i < kube_discovery_count(f.discovery); i++)
        has_subresource |= strchr(kube_discovery_at(f.discovery, i)->plural, '/') != NULL;
    EXPECT(!has_subresource);
    teardown(&f);
}

TEST(a_cancelled_discovery_says_so)
{
    struct fixture f;
    struct kube_discovery_request *r;

    setup(&f);
    f.pending++;
    r = kube_discovery_start(f.client, on_discovered, &f);
    kube_discovery_cancel(r);
    EXPECT_INT(f.pending, 1);
    run(&f);
    EXPECT_NULL(f.discovery);
    EXPECT_INT(error_kind(f.err), ERROR_CANCELED);
    teardown(&f);
}

TEST(apply_get_and_delete_with_preconditions)
{
    struct fixture f;
    char uid[64], version[64];

    setup(&f);
    apply(&f, &config_maps, "a", "one", &as_gitopsd);
    run(&f);
    EXPECT_STR(error_message(f.err), "no error");
    snprintf(uid, sizeof(uid), "%s", meta(f.answer, "uid"));
    snprintf(version, sizeof(version), "%s", meta(f.answer, "resourceVersion"));
    f.pending++;
    kube_get(f.client, &config_maps, f.ns, "a", on_done, &f);
    run(&f);
    EXPECT_STR(meta(f.answer, "uid"), uid);
    EXPECT_STR(json_string_value(json_object_get(json_object_get(f.answer, "data"), "key")), "one");

    f.pending++;
    kube_delete(f.client, &config_maps, f.ns, "a", "00000000-0000-0000-0000-000000000000", NULL,
                NULL, on_done, &f);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_CONFLICT);
    EXPECT_INT(error_code(f.err), 409);
    f.pending++;
    kube_delete(f.client, &config_maps, f.ns, "a", uid, "1", "Background", on_done, &f);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_CONFLICT);
    f.pending++;
    kube_delete(f.client, &config_maps, f.ns, "a", uid, version, "Background", on_done, &f);
    run(&f);
    EXPECT_STR(error_message(f.err), "no error");
    f.pending++;
    kube_get(f.client, &config_maps, f.ns, "a", on_done, &f);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_NOT_FOUND);
    EXPECT_INT(error_code(f.err), 404);
    EXPECT_STR(error_message(f.err), "configmaps \"a\" not found");
    teardown(&f);
}

TEST(conflicts_dry_runs_and_strict_validation)
{
    struct kube_apply_options other = {.field_manager = "other"};
    struct kube_apply_options dry = {.field_manager = "gitopsd", .force = true, .dry_run = true};
    const char *unknown = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"datta\":{}}";
    struct fixture f;
    json_t *patch;

    setup(&f);
    apply(&f, &config_maps, "a", "one", &as_gitopsd);
    run(&f);
    apply(&f, &config_maps, "a", "two", &other);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_CONFLICT);
    EXPECT_CONTAINS(error_message(f.err), "conflict with \"gitopsd\"");
    apply(&f, &config_maps, "a", "three", &dry);
    run(&f);
    EXPECT_STR(error_message(f.err), "no error");
    f.pending++;
    kube_get(f.client, &config_maps, f.ns, "a", on_done, &f);
    run(&f);
    EXPECT_STR(json_string_value(json_object_get(json_object_get(f.answer, "data"), "key")), "one");
    f.pending++;
    kube_apply(f.client, &config_maps, f.ns, "b", unknown, strlen(unknown), &as_gitopsd, on_done,
               &f);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_INVALID);
    EXPECT_CONTAINS(error_message(f.err), "datta");

    patch = json_pack("{s:{s:s}}", "data", "key", "patched");
    f.pending++;
    kube_merge_patch(f.client, &config_maps, f.ns, "a", patch, on_done, &f);
    run(&f);
    EXPECT_STR(json_string_value(json_object_get(json_object_get(f.answer, "data"), "key")),
               "patched");
    json_decref(patch);
    patch = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "ConfigMap", "metadata",
                      "name", "a");
    f.pending++;
    kube_create(f.client, &config_maps, f.ns, patch, NULL, on_done, &f);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_CONFLICT);
    EXPECT_CONTAINS(error_message(f.err), "already exists");
    json_decref(patch);
    teardown(&f);
}

TEST(a_wrong_token_is_denied_after_one_renewal)
{
    struct fixture f;
    uint64_t before;

    setup(&f);
    kube_client_free(f.client);
    free(f.config->token);
    f.config->token = xstrdup("wrong");
    f.client = kube_client_new(&f.loop, f.config, 0);
    before = kube_client_requests(f.client);
    f.pending++;
    kube_get(f.client, &namespaces, NULL, f.ns, on_done, &f);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_DENIED);
    EXPECT_INT(error_code(f.err), 401);
    EXPECT_INT(kube_client_requests(f.client) - before, 2);
    kube_client_free(f.client);
    uv_run(&f.loop, UV_RUN_DEFAULT);
    uv_loop_close(&f.loop);
    kube_config_free(f.config);
    json_decref(f.answer);
    error_free(f.err);
}

struct probe {
    bool is_done;
    int version;
    int status;
    struct error *err;
};

static void on_probe(void *arg, const struct http_response *response, const struct error *err)
{
    struct probe *p = arg;

    p->is_done = true;
    p->version = response ? response->version : 0;
    p->status = response ? response->status : 0;
    error_free(p->err);
    p->err = error_copy(err);
}

static void probe(struct fixture *f, const struct http_options *options, struct probe *p)
{
    struct http_client *http = http_client_new(&f->loop, options);
    char *url = xasprintf("%s/version", f->config->server);

    p->is_done = false;
    http_start(http, &(struct http_request_spec){.method = "GET", .url = url}, NULL, on_probe, p);
    while (!p->is_done)
        uv_run(&f->loop, UV_RUN_ONCE);
    http_client_free(http);
    free(url);
}

TEST(http_2_is_spoken_and_certificates_are_verified)
{
    struct fixture f;
    struct probe p = {0};
    struct http_options options = {0};

    setup(&f);
    options.ca_pem = f.config->ca_pem;
    probe(&f, &options, &p);
    EXPECT_STR(error_message(p.err), "no error");
    EXPECT_INT(p.version, 20);
    EXPECT_INT(p.status, 200);
    options.tls_server_name = "kubernetes.default.svc";
    probe(&f, &options, &p);
    EXPECT_STR(error_message(p.err), "no error");
    EXPECT_INT(p.status, 200);
    options.tls_server_name = "wrong.example";
    probe(&f, &options, &p);
    EXPECT_INT(error_kind(p.err), ERROR_DENIED);
    options = (struct http_options){0};
    probe(&f, &options, &p); /* the system does not know this authority */
    EXPECT_INT(error_kind(p.err), ERROR_DENIED);
    options.insecure_skip_tls_verify = true;
    probe(&f, &options, &p);
    EXPECT_STR(error_message(p.err), "no error");
    error_free(p.err);
    teardown(&f);
}

/* `tests/cluster/control-plane` leaves an administrator's certificate beside the kubeconfig. */
static char *read_beside_kubeconfig(const char *name)
{
    const char *kubeconfig = getenv("API_SERVER_KUBECONFIG");
    const char *slash = strrchr(kubeconfig, '/');
    char *path =
        xasprintf("%.*s/%s", slash ? (int)(slash - kubeconfig) : 1, slash ? kubeconfig : ".", name);
    char *text = test_read_file(path);

    free(path);
    return text;
}

TEST(a_client_certificate_logs_in)
{
    struct fixture f;
    char *cert, *key;

    if (!getenv("API_SERVER_KUBECONFIG"))
        SKIP("API_SERVER_KUBECONFIG names no API server");
    cert = read_beside_kubeconfig("certs/admin.crt");
    key = read_beside_kubeconfig("certs/admin.key");
    if (!cert || !key)
        SKIP("the API server was not started by tests/cluster/control-plane");
    setup(&f);
    kube_client_free(f.client);
    free(TAKE(f.config->token));
    f.client = kube_client_new(&f.loop, f.config, 0);
    f.pending++;
    kube_get(f.client, &namespaces, NULL, f.ns, on_done, &f);
    run(&f);
    EXPECT_INT(error_kind(f.err), ERROR_DENIED); /* anonymous */
    kube_client_free(f.client);
    f.config->client_cert_pem = cert;
    f.config->client_key_pem = key;
    f.client = kube_client_new(&f.loop, f.config, 0);
    f.pending++;
    kube_get(f.client, &namespaces, NULL, f.ns, on_done, &f);
    run(&f);
    EXPECT_STR(error_message(f.err), "no error");
    EXPECT_STR(meta(f.answer, "name"), f.ns);
    teardown(&f);
}

TEST(parallel_writes_share_a_connection)
{
    struct fixture f;
    char name[16];
    uint64_t begin;

    setup(&f);
    f.ok = 0;
    begin = time_monotonic_ms();
    for (int i = 0; i < 400; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        apply(&f, &config_maps, name, "x", &as_gitopsd);
    }
    run(&f);
    EXPECT_INT(f.ok, 400);
    print_message("400 applies in %llu ms\n", (unsigned long long)(time_monotonic_ms() - begin));
    teardown(&f);
}

static void on_list_start(void *arg, bool is_check)
{
    struct fixture *f = arg;

    (void)is_check;
    f->lists++;
    f->added = 0;
}

static void on_object(void *arg, enum kube_event event, const json_t *object)
{
    struct fixture *f = arg;
    const char *value = json_string_value(json_object_get(json_object_get(object, "data"), "key"));

    f->added += event == KUBE_ADDED || event == KUBE_LISTED;
    f->modified += event == KUBE_MODIFIED;
    f->deleted += event == KUBE_DELETED;
    f->has_kind = streq(json_string_value(json_object_get(object, "kind")), "ConfigMap") &&
                  streq(json_string_value(json_object_get(object, "apiVersion")), "v1");
    snprintf(f->last, sizeof(f->last), "%s", meta(object, "name"));
    snprintf(f->last_value, sizeof(f->last_value), "%s", value ? value : "");
}

static void on_list_done(void *arg, uint64_t version)
{
    struct fixture *f = arg;

    (void)version;
    f->list_ends++;
}

static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    struct fixture *f = arg;

    (void)retry_ms;
    f->failures += err != NULL;
    f->recoveries += err == NULL;
    if (err) {
        error_free(TAKE(f->err));
        f->err = error_copy(err);
    }
}

static const struct kube_watch_callbacks callbacks = {on_list_start, on_object, on_list_done,
                                                      on_failed, NULL};

#define RUN_UNTIL(f, cond)                                                                         \
    do {                                                                                           \
        uint64_t end_ = time_monotonic_ms() + 60000;                                               \
        while (!(cond) && time_monotonic_ms() < end_)                                              \
            uv_run(&(f)->loop, UV_RUN_ONCE);                                                       \
        EXPECT(cond);                                                                              \
    } while (0)

TEST(watch_lists_in_pages_and_sees_changes)
{
    struct kube_watch_tuning tuning = {.page_size = 7, .pages = true};
    struct fixture f;
    struct kube_watch *w;
    char name[16];

    setup(&f);
    for (int i = 0; i < 23; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        apply(&f, &config_maps, name, "x", &as_gitopsd);
    }
    run(&f);
    w = kube_watch_start_tuned(f.client, &config_maps, f.ns, "of=net", &tuning, &callbacks, &f);
    RUN_UNTIL(&f, f.list_ends == 1);
    EXPECT_INT(f.lists, 1);
    EXPECT_INT(f.added, 23);
    EXPECT(f.has_kind);
    apply(&f, &config_maps, "new", "fresh", &as_gitopsd);
    RUN_UNTIL(&f, f.added == 24);
    EXPECT_STR(f.last, "new");
    EXPECT(f.has_kind);
    apply(&f, &config_maps, "c3", "changed", &as_gitopsd);
    RUN_UNTIL(&f, f.modified == 1);
    EXPECT_STR(f.last_value, "changed");
    f.pending++;
    kube_delete(f.client, &config_maps, f.ns, "new", NULL, NULL, NULL, on_done, &f);
    RUN_UNTIL(&f, f.deleted == 1);
    run(&f);
    EXPECT_INT(f.lists, 1);
    EXPECT_INT(f.failures, 0);
    kube_watch_stop(w);
    apply(&f, &config_maps, "c3", "after", &as_gitopsd);
    run(&f);
    EXPECT_INT(f.modified, 1);
    teardown(&f);
}

TEST(an_idle_watch_resumes_without_a_list_and_loses_nothing)
{
    struct kube_watch_tuning tuning = {.idle_timeout_ms = 300, .pages = true};
    struct fixture f;
    struct kube_watch *w;
    uint64_t end;

    setup(&f);
    w = kube_watch_start_tuned(f.client, &config_maps, f.ns, NULL, &tuning, &callbacks, &f);
    RUN_UNTIL(&f, f.list_ends == 1);
    end = time_monotonic_ms() + 1500;
    for (int i = 0; time_monotonic_ms() < end; i++) {
        apply(&f, &config_maps, "a", i % 2 ? "odd" : "even", &as_gitopsd);
        run(&f);
        for (uint64_t pause = time_monotonic_ms() + 400; time_monotonic_ms() < pause;)
            uv_run(&f.loop, UV_RUN_NOWAIT);
    }
    RUN_UNTIL(&f, f.added == 1 && f.modified >= 2);
    EXPECT_INT(f.lists, 1);
    kube_watch_stop(w);
    teardown(&f);
}

TEST(a_kind_that_is_not_there_is_reported_once)
{
    static const struct kube_resource missing = {
        .group = "no.example", .version = "v1", .kind = "None", .plural = "nones"};
    struct kube_watch_tuning tuning = {.backoff_min_ms = 20, .backoff_max_ms = 40};
    struct fixture f;
    struct kube_watch *w;
    uint64_t end;

    setup(&f);
    w = kube_watch_start_tuned(f.client, &missing, NULL, NULL, &tuning, &callbacks, &f);
    RUN_UNTIL(&f, f.failures == 1);
    for (end = time_monotonic_ms() + 500; time_monotonic_ms() < end;) /* some ten tries */
        uv_run(&f.loop, UV_RUN_NOWAIT);
    EXPECT_INT(f.failures, 1);
    EXPECT_INT(error_kind(f.err), ERROR_NOT_FOUND);
    EXPECT_INT(f.lists, 0);
    kube_watch_stop(w);
    teardown(&f);
}

TEST(two_hundred_watches_beside_the_calls)
{
    struct fixture f;
    struct kube_watch *watches[200];

    setup(&f);
    for (size_t i = 0; i < ARRAY_LEN(watches); i++)
        watches[i] = kube_watch_start(f.client, &config_maps, f.ns, NULL, &callbacks, &f);
    RUN_UNTIL(&f, f.list_ends == ARRAY_LEN(watches));
    f.added = 0;
    apply(&f, &config_maps, "a", "x", &as_gitopsd);
    RUN_UNTIL(&f, f.added == ARRAY_LEN(watches));
    EXPECT_INT(f.failures, 0);
    for (size_t i = 0; i < ARRAY_LEN(watches); i++)
        kube_watch_stop(watches[i]);
    run(&f);
    teardown(&f);
}
