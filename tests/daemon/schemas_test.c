/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/schemas.h"
#include "lib/base/map.h"
#include "lib/base/time.h"
#include "tests/lib/net/server.c" /* test support is compiled into the program */
#include "tests/test.h"

#include <dirent.h>
#include <unistd.h>

#define WAIT_MS 60000

/* An API server with OpenAPI v3 and nothing else; what it answers is the test's to say. */
struct fixture {
    uv_loop_t loop;
    struct server *server;
    struct kube_config config;
    struct kube_client *client;
    struct worker_pool *pool;
    struct cluster_schemas *schemas;
    const char *dir;
    struct map documents; /* "/openapi/v3/apis/example.com/v1?hash=1" -> text; "" is a 503 */
    const char *index;    /* NULL: 404 */
    unsigned index_reads, document_reads;
    unsigned changes;
};

static void on_request(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct fixture *f = arg;
    const char *text = f->index;

    if (streq(rq->path, "/openapi/v3")) {
        f->index_reads++;
    } else {
        f->document_reads++;
        text = map_find(&f->documents, rq->path);
    }
    if (text && *text)
        server_reply(conn, 200, "Content-Type: text/plain; charset=utf-8\r\n", text);
    else
        server_reply(conn, text ? 503 : 404, "", "");
}

static void on_changed(void *arg)
{
    struct fixture *f = arg;

    f->changes++;
}

static void start(struct fixture *f)
{
    f->client = kube_client_new(&f->loop, &f->config, 0);
    f->pool = worker_pool_new(&f->loop, 2);
    f->schemas = cluster_schemas_new(&f->loop, f->client, f->pool, f->dir, on_changed, f);
}

static void stop_all(struct fixture *f)
{
    cluster_schemas_free(TAKE(f->schemas));
    worker_pool_free(f->pool);
    kube_client_free(f->client);
}

#define SHOP(type)                                                                                 \
    "{\"components\":{\"schemas\":{\"com.example.v1.Shop\":{\"type\":\"object\","                  \
    "\"x-kubernetes-group-version-kind\":[{\"group\":\"example.com\",\"version\":\"v1\","          \
    "\"kind\":\"Shop\"}],\"properties\":{\"metadata\":{\"type\":\"object\"},"                      \
    "\"size\":{\"type\":\"" type "\"}}}}}}"
#define SHOP_URL(hash) "/openapi/v3/apis/example.com/v1" hash
#define INDEX(hash)                                                                                \
    "{\"paths\":{\"apis/example.com/v1\":{\"serverRelativeURL\":\"" SHOP_URL(hash) "\"}}}"

static void setup(struct fixture *f)
{
    *f = (struct fixture){.dir = test_tmpdir(), .index = INDEX("?hash=1")};
    uv_loop_init(&f->loop);
    f->server = server_start(&f->loop, on_request, f);
    f->config.server = (char *)server_url(f->server);
    map_set(&f->documents, SHOP_URL("?hash=1"), SHOP("integer"));
    start(f);
}

static void teardown(struct fixture *f)
{
    stop_all(f);
    server_stop(f->server);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    map_clear(&f->documents);
}

#define UNTIL(f, condition)                                                                        \
    do {                                                                                           \
        uint64_t end_ = time_monotonic_ms() + WAIT_MS;                                             \
        while (!(condition) && time_monotonic_ms() < end_)                                         \
            uv_run(&(f)->loop, UV_RUN_NOWAIT);                                                     \
        if (!(condition))                                                                          \
            fail_msg("never: %s", #condition);                                                     \
    } while (0)

static bool is_pending(struct fixture *f)
{
    bool pending;

    cluster_schemas_find(f->schemas, "example.com", "v1", "Shop", &pending);
    return pending;
}

/* The shape of Shop's size, KUBE_ANY where nothing is known. */
static enum kube_shape size_shape(struct fixture *f)
{
    bool pending;
    const struct kube_field *field = kube_type_field(
        cluster_schemas_find(f->schemas, "example.com", "v1", "Shop", &pending), "size");

    return field ? kube_type_shape(field->type) : KUBE_ANY;
}

static unsigned files(const struct fixture *f)
{
    DIR *d = opendir(f->dir);
    unsigned count = 0;

    for (const struct dirent *entry; (entry = readdir(d));)
        count += *entry->d_name != '.';
    closedir(d);
    return count;
}

TEST(a_kind_is_fetched_when_it_is_first_asked_for)
{
    struct fixture f;

    setup(&f);
    for (int i = 0; i < 20; i++)
        uv_run(&f.loop, UV_RUN_NOWAIT);
    EXPECT_INT(f.index_reads, 0);
    EXPECT(is_pending(&f));
    UNTIL(&f, f.changes == 1);
    EXPECT(!is_pending(&f));
    EXPECT_INT(size_shape(&f), KUBE_INTEGER);
    EXPECT_INT(f.document_reads, 1);
    EXPECT(cluster_schemas_bytes(f.schemas) > 0);
    teardown(&f);
}

TEST(a_restart_reads_the_index_only)
{
    struct fixture f;

    setup(&f);
    EXPECT(is_pending(&f));
    UNTIL(&f, !is_pending(&f));
    EXPECT_INT(files(&f), 1);
    stop_all(&f);
    start(&f);
    EXPECT(is_pending(&f));
    UNTIL(&f, size_shape(&f) == KUBE_INTEGER);
    EXPECT_INT(f.index_reads, 2);
    EXPECT_INT(f.document_reads, 1);
    teardown(&f);
}

TEST(a_damaged_file_is_fetched_again)
{
    struct fixture f;
    char path[512] = "";
    DIR *d;
    FILE *file;

    setup(&f);
    UNTIL(&f, !is_pending(&f));
    d = opendir(f.dir);
    for (const struct dirent *entry; (entry = readdir(d));)
        if (*entry->d_name != '.')
            snprintf(path, sizeof(path), "%s/%s", f.dir, entry->d_name);
    closedir(d);
    file = fopen(path, "r+");
    fseek(file, -3, SEEK_END);
    fputc('7', file);
    fclose(file);
    stop_all(&f);
    start(&f);
    UNTIL(&f, !is_pending(&f));
    EXPECT_INT(size_shape(&f), KUBE_INTEGER);
    EXPECT_INT(f.document_reads, 2);
    teardown(&f);
}

TEST(only_a_new_hash_is_fetched_again_and_the_old_file_goes)
{
    struct fixture f;

    setup(&f);
    UNTIL(&f, !is_pending(&f));
    cluster_schemas_refresh(f.schemas);
    UNTIL(&f, f.index_reads == 2);
    f.index = INDEX("?hash=2");
    map_set(&f.documents, SHOP_URL("?hash=2"), SHOP("string"));
    cluster_schemas_refresh(f.schemas);
    UNTIL(&f, size_shape(&f) == KUBE_STRING);
    EXPECT_INT(f.document_reads, 2);
    UNTIL(&f, files(&f) == 1);
    UNTIL(&f, f.changes == 2);
    teardown(&f);
}

TEST(the_index_is_read_again_by_itself)
{
    struct fixture f;

    setup(&f);
    f.index = "{\"paths\":{}}"; /* the definition is new: it shows a moment later */
    UNTIL(&f, !is_pending(&f));
    EXPECT_INT(size_shape(&f), KUBE_ANY);
    f.index = INDEX("?hash=1");
    UNTIL(&f, size_shape(&f) == KUBE_INTEGER);
    UNTIL(&f, f.changes == 2);
    teardown(&f);
}

TEST(without_a_hash_it_is_fetched_again_when_discovery_changed)
{
    struct fixture f;

    setup(&f);
    f.index = INDEX("");
    map_set(&f.documents, SHOP_URL(""), SHOP("boolean"));
    UNTIL(&f, !is_pending(&f));
    EXPECT_INT(size_shape(&f), KUBE_BOOLEAN);
    EXPECT_INT(files(&f), 0);
    map_set(&f.documents, SHOP_URL(""), SHOP("string"));
    cluster_schemas_refresh(f.schemas);
    UNTIL(&f, size_shape(&f) == KUBE_STRING);
    teardown(&f);
}

TEST(a_server_without_openapi_leaves_the_table)
{
    struct fixture f;
    bool pending;

    setup(&f);
    f.index = NULL;
    EXPECT(is_pending(&f));
    UNTIL(&f, f.changes == 1);
    EXPECT(!is_pending(&f));
    EXPECT_INT(size_shape(&f), KUBE_ANY);
    EXPECT_INT(
        kube_type_shape(cluster_schemas_find(f.schemas, "apps", "v1", "Deployment", &pending)),
        KUBE_STRUCT);
    EXPECT(!pending);
    EXPECT_INT(f.document_reads, 0);
    teardown(&f);
}

TEST(a_group_version_that_fails_is_asked_for_again)
{
    struct fixture f;

    setup(&f);
    map_set(&f.documents, SHOP_URL("?hash=1"), "");
    UNTIL(&f, !is_pending(&f));
    EXPECT_INT(size_shape(&f), KUBE_ANY);
    EXPECT_INT(f.document_reads, 1);
    map_set(&f.documents, SHOP_URL("?hash=1"), SHOP("integer"));
    UNTIL(&f, size_shape(&f) == KUBE_INTEGER);
    EXPECT_INT(f.document_reads, 2);
    teardown(&f);
}

TEST(what_it_had_stays_when_the_new_one_fails)
{
    struct fixture f;

    setup(&f);
    UNTIL(&f, !is_pending(&f));
    f.index = INDEX("?hash=2");
    map_set(&f.documents, SHOP_URL("?hash=2"), "no JSON");
    cluster_schemas_refresh(f.schemas);
    UNTIL(&f, f.document_reads == 2);
    for (uint64_t end = time_monotonic_ms() + 200; time_monotonic_ms() < end;)
        uv_run(&f.loop, UV_RUN_NOWAIT);
    EXPECT_INT(size_shape(&f), KUBE_INTEGER);
    EXPECT(!is_pending(&f));
    teardown(&f);
}

TEST(it_ends_in_every_state)
{
    for (int turns = 0; turns < 60; turns++) {
        struct fixture f;

        setup(&f);
        EXPECT(is_pending(&f));
        for (int i = 0; i < turns; i++) {
            uv_run(&f.loop, UV_RUN_NOWAIT);
            usleep(turns % 3 * 200);
        }
        teardown(&f);
    }
}
