/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas of a real kube-apiserver, named by $API_SERVER_KUBECONFIG (see
 * tests/cluster/control-plane).
 */
#include "daemon/schemas.h"
#include "lib/base/time.h"
#include "tests/test.h"

#include <unistd.h>

#define WAIT_MS 60000

struct fixture {
    uv_loop_t loop;
    struct kube_config *config;
    struct kube_client *client;
    struct worker_pool *pool;
    struct cluster_schemas *schemas;
    unsigned changes;
};

static void on_changed(void *arg)
{
    ((struct fixture *)arg)->changes++;
}

static void setup(struct fixture *f, const char *dir)
{
    const char *path = getenv("API_SERVER_KUBECONFIG");
    struct error *err = NULL;

    memset(f, 0, sizeof(*f));
    if (!path)
        SKIP("API_SERVER_KUBECONFIG names no API server");
    uv_loop_init(&f->loop);
    EXPECT_OK(kube_config_load(path, NULL, &f->config, &err));
    f->client = kube_client_new(&f->loop, f->config, 0);
    f->pool = worker_pool_new(&f->loop, 2);
    f->schemas = cluster_schemas_new(&f->loop, f->client, f->pool, dir, on_changed, f);
}

static void teardown(struct fixture *f)
{
    cluster_schemas_free(f->schemas);
    worker_pool_free(f->pool);
    kube_client_free(f->client);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    kube_config_free(f->config);
}

/* Waits for it; fails where the cluster does not say anything of it. */
static const struct kube_type *find(struct fixture *f, const char *group, const char *version,
                                    const char *kind)
{
    uint64_t end = time_monotonic_ms() + WAIT_MS;
    const struct kube_type *type;
    bool pending = true;

    for (;;) {
        type = cluster_schemas_find(f->schemas, group, version, kind, &pending);
        if (!pending)
            break;
        if (time_monotonic_ms() > end)
            fail_msg("%s/%s does not come", group, version);
        uv_run(&f->loop, UV_RUN_ONCE);
    }
    EXPECT(type);
    return type;
}

static const struct kube_type *field(const struct kube_type *t, const char *name)
{
    const struct kube_field *f = kube_type_field(t, name);

    if (!f)
        fail_msg("no field %s", name);
    return f ? f->type : NULL;
}

/* Same shapes all the way down; circles end at `depth`. */
static void expect_same(const struct kube_type *a, const struct kube_type *b, unsigned depth)
{
    static const char *const names[] = {
        "metadata",    "spec",       "template", "containers",    "ports",
        "protocol",    "resources",  "limits",   "env",           "valueFrom",
        "volumes",     "selector",   "strategy", "rollingUpdate", "data",
        "annotations", "finalizers", "status",   "conditions",    "lastTransitionTime"};
    size_t count_a, count_b;
    const char *const *keys_a = kube_type_keys(a, &count_a);
    const char *const *keys_b = kube_type_keys(b, &count_b);

    EXPECT_INT(kube_type_shape(a), kube_type_shape(b));
    EXPECT_INT(kube_type_is_atomic(a), kube_type_is_atomic(b));
    EXPECT_INT(kube_type_list_type(a), kube_type_list_type(b));
    EXPECT_INT(count_a, count_b);
    for (size_t i = 0; i < count_a; i++)
        EXPECT_STR(keys_a[i], keys_b[i]);
    if (!depth)
        return;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct kube_field *in_a = kube_type_field(a, names[i]);
        const struct kube_field *in_b = kube_type_field(b, names[i]);

        EXPECT(!in_a == !in_b);
        if (!in_a || !in_b)
            continue;
        EXPECT(json_equal(in_a->default_value, in_b->default_value) ||
               in_a->default_value == in_b->default_value);
        expect_same(in_a->type, in_b->type, depth - 1);
    }
    if (kube_type_items(a) || kube_type_items(b))
        expect_same(kube_type_items(a), kube_type_items(b), depth - 1);
}

TEST(the_cluster_says_what_the_table_says)
{
    static const char *const kinds[][3] = {
        {"", "v1", "Pod"},
        {"", "v1", "Service"},
        {"", "v1", "Secret"},
        {"apps", "v1", "Deployment"},
        {"apps", "v1", "StatefulSet"},
        {"batch", "v1", "CronJob"},
        {"networking.k8s.io", "v1", "Ingress"},
        {"apiextensions.k8s.io", "v1", "CustomResourceDefinition"}};
    struct fixture f;

    setup(&f, test_tmpdir());
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const char *const *k = kinds[i];
        const struct kube_type *type = find(&f, k[0], k[1], k[2]);

        EXPECT(type != kube_schema_builtin(k[0], k[1], k[2]));
        expect_same(type, kube_schema_builtin(k[0], k[1], k[2]), 10);
    }
    EXPECT(f.changes > 0);
    teardown(&f);
}

TEST(core_and_apps_take_little)
{
    struct fixture f;
    const char *dir = test_tmpdir();
    uint64_t start_us;

    setup(&f, dir);
    start_us = time_monotonic_us();
    find(&f, "", "v1", "Pod");
    find(&f, "apps", "v1", "Deployment");
    print_message("fetched and reduced in %.1f ms, %zu bytes\n",
                  (double)(time_monotonic_us() - start_us) / 1000,
                  cluster_schemas_bytes(f.schemas));
    EXPECT(cluster_schemas_bytes(f.schemas) < 200000);
    EXPECT_INT(kube_type_list_type(field(find(&f, "", "v1", "ServiceAccount"), "secrets")),
               KUBE_LIST_MAP);
    teardown(&f);

    setup(&f, dir); /* again, from the disk */
    start_us = time_monotonic_us();
    find(&f, "", "v1", "Pod");
    find(&f, "apps", "v1", "Deployment");
    print_message("read from the cache in %.1f ms\n",
                  (double)(time_monotonic_us() - start_us) / 1000);
    teardown(&f);
}

/* ---- a definition of a user's ---- */

static const struct kube_resource definitions = {.group = "apiextensions.k8s.io",
                                                 .version = "v1",
                                                 .kind = "CustomResourceDefinition",
                                                 .plural = "customresourcedefinitions"};

static void on_answer(void *arg, const json_t *object __attribute__((unused)),
                      const struct error *err)
{
    if (err)
        fail_msg("%s", error_message(err));
    *(bool *)arg = true;
}

/* Kind Shop of `group`, with one list in its spec. */
static void define_shop(struct fixture *f, const char *group, const char *list_type)
{
    static const struct kube_apply_options options = {.field_manager = "test", .force = true};
    cleanup_free char *name = xasprintf("shops.%s", group);
    cleanup_free char *body = xasprintf(
        "{\"apiVersion\":\"apiextensions.k8s.io/v1\",\"kind\":\"CustomResourceDefinition\","
        "\"metadata\":{\"name\":\"%s\"},\"spec\":{\"group\":\"%s\",\"scope\":\"Namespaced\","
        "\"names\":{\"plural\":\"shops\",\"kind\":\"Shop\"},\"versions\":[{\"name\":\"v1\","
        "\"served\":true,\"storage\":true,\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\","
        "\"properties\":{\"spec\":{\"type\":\"object\",\"properties\":{"
        "\"template\":{\"type\":\"object\",\"x-kubernetes-embedded-resource\":true,"
        "\"x-kubernetes-preserve-unknown-fields\":true},"
        "\"port\":{\"x-kubernetes-int-or-string\":true},"
        "\"names\":{\"type\":\"array\",\"x-kubernetes-list-type\":\"%s\","
        "\"items\":{\"type\":\"string\"}}}}}}}}]}}",
        name, group, list_type);
    bool done = false;

    kube_apply(f->client, &definitions, NULL, name, body, strlen(body), &options, on_answer, &done);
    while (!done)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static enum kube_list_type names_list_type(struct fixture *f, const char *group)
{
    bool pending;
    const struct kube_type *shop = cluster_schemas_find(f->schemas, group, "v1", "Shop", &pending);

    return shop ? kube_type_list_type(field(field(shop, "spec"), "names")) : KUBE_LIST_MAP;
}

static void until(struct fixture *f, const char *group, enum kube_list_type wanted)
{
    uint64_t end = time_monotonic_ms() + WAIT_MS;

    while (names_list_type(f, group) != wanted && time_monotonic_ms() < end)
        uv_run(&f->loop, UV_RUN_ONCE);
    EXPECT_INT(names_list_type(f, group), wanted);
}

TEST(a_definition_of_a_users_comes_and_changes)
{
    cleanup_free char *group = NULL;
    cleanup_free char *name = NULL;
    const struct kube_type *spec;
    struct fixture f;
    bool done = false;

    setup(&f, test_tmpdir());
    group = xasprintf("schemas-%d.example.com", (int)getpid());
    name = xasprintf("shops.%s", group);
    find(&f, "apps", "v1", "Deployment"); /* the index is read before the definition is there */
    define_shop(&f, group, "set");
    cluster_schemas_refresh(f.schemas);
    until(&f, group, KUBE_LIST_SET);
    spec = field(find(&f, group, "v1", "Shop"), "spec");
    EXPECT_INT(kube_type_shape(field(spec, "port")), KUBE_INT_OR_STRING);
    EXPECT(kube_type_preserves_unknown(field(spec, "template")));
    EXPECT_INT(kube_type_shape(field(field(field(spec, "template"), "metadata"), "labels")),
               KUBE_MAP);

    /* Discovery does not show this. */
    define_shop(&f, group, "atomic");
    until(&f, group, KUBE_LIST_ATOMIC);
    kube_delete(f.client, &definitions, NULL, name, NULL, NULL, "Background", on_answer, &done);
    while (!done)
        uv_run(&f.loop, UV_RUN_ONCE);
    teardown(&f);
}
