/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster: an API server with a few kinds on the test's own loop, as far as lists and watches see
 * it: what it lists and which events it sends is the test's to say.
 */
#ifndef GITOPSD_TESTS_DAEMON_CLUSTER_H
#define GITOPSD_TESTS_DAEMON_CLUSTER_H

#include "lib/base/time.h"
#include "tests/daemon/parts.h"
#include "tests/lib/net/server.c" /* test support is compiled into the program */

#define CLUSTER_WAIT_MS 60000

struct cluster {
    uv_loop_t loop;
    struct server *server;
    struct kube_config config;
    struct kube_client *client;
    struct kube_discovery *discovery;
    json_t *lists;       /* plural -> items */
    struct map streams;  /* plural -> struct server_conn, of the last watch */
    struct map denied;   /* plural: lists are answered with 403 ... */
    struct map broken;   /* ... and these with 500 ... */
    unsigned failures;   /* ... so often until now */
    char *last_list;     /* path of the last list request */
    json_t *patched;     /* what a PATCH is answered with; NULL: 500, or ... */
    const char *refuses; /* ... 422 with this message */
    unsigned patches;    /* how many came ... */
    char *last_patch;    /* ... and the path of the last one ... */
    size_t patch_bytes;  /* ... and how long its body was */
};

static void cluster_list(struct cluster *c, struct server_conn *conn, const char *plural)
{
    json_t *items = json_object_get(c->lists, plural);
    cleanup_json json_t *list =
        json_pack("{s:s, s:s, s:{s:s}, s:O*}", "kind", "List", "apiVersion", "v1", "metadata",
                  "resourceVersion", "1000", "items", items);
    cleanup_free char *text = NULL;

    if (!items)
        json_object_set_new(list, "items", json_array());
    text = json_dumps(list, JSON_COMPACT);
    server_reply(conn, 200, "", text);
}

static void cluster_patch(struct cluster *c, struct server_conn *conn,
                          const struct server_request *rq)
{
    cleanup_free char *text = c->patched ? json_dumps(c->patched, JSON_COMPACT) : NULL;

    c->patches++;
    free(c->last_patch);
    c->last_patch = xstrdup(rq->path);
    c->patch_bytes = rq->body_len;
    if (c->refuses) {
        cleanup_json json_t *status =
            json_pack("{s:s, s:i, s:s}", "kind", "Status", "code", 422, "message", c->refuses);
        cleanup_free char *refusal = json_dumps(status, JSON_COMPACT);

        server_reply(conn, 422, "", refusal);
        return;
    }
    server_reply(conn, text ? 200 : 500, "",
                 text ? text : "{\"kind\":\"Status\",\"code\":500,\"message\":\"no webhook\"}");
}

static void on_cluster_request(void *arg, struct server_conn *conn, const struct server_request *rq)
{
    struct cluster *c = arg;
    cleanup_free char *path = xstrndup(rq->path, strcspn(rq->path, "?"));
    const char *plural = strrchr(path, '/') + 1;

    if (strstr(rq->path, "sendInitialEvents=true")) { /* as a server without streamed lists */
        server_reply(conn, 422, "", "{\"kind\":\"Status\",\"code\":422,\"message\":\"forbidden\"}");
        return;
    }
    if (strstr(rq->path, "watch=true")) {
        server_chunked(conn);
        map_set(&c->streams, plural, conn);
        return;
    }
    if (streq(rq->method, "PATCH")) {
        cluster_patch(c, conn, rq);
        return;
    }
    free(c->last_list);
    c->last_list = xstrdup(rq->path);
    if (map_has(&c->denied, plural))
        server_reply(conn, 403, "",
                     "{\"kind\":\"Status\",\"code\":403,\"message\":\"may not list\"}");
    else if (map_has(&c->broken, plural) && ++c->failures)
        server_reply(conn, 500, "",
                     "{\"kind\":\"Status\",\"code\":500,\"message\":\"no conversion\"}");
    else
        cluster_list(c, conn, plural);
}

PART void cluster_start(struct cluster *c)
{
    *c = (struct cluster){.lists = json_object()};
    uv_loop_init(&c->loop);
    c->server = server_start(&c->loop, on_cluster_request, c);
    c->config.server = (char *)server_url(c->server);
    c->client = kube_client_new(&c->loop, &c->config, 0);
    c->discovery = parts_discovery();
}

/* When all that uses the client has ended. */
PART void cluster_stop(struct cluster *c)
{
    kube_client_free(c->client);
    server_stop(c->server);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&c->loop), 0);
    kube_discovery_unref(c->discovery);
    json_decref(c->lists);
    map_clear(&c->streams);
    map_clear(&c->denied);
    map_clear(&c->broken);
    free(c->last_list);
    free(c->last_patch);
    json_decref(c->patched);
}

/* What the next list of this kind shows. Takes `items`. */
PART void cluster_set_list(struct cluster *c, const char *plural, json_t *items)
{
    json_object_set_new(c->lists, plural, items);
}

/* There is a Secret of the application "web". */
PART void cluster_add_secret_of_web(struct cluster *c)
{
    cluster_set_list(c, "secrets",
                     parse("[{'metadata': {'namespace': 'fix', 'name': 's', 'uid': 'u', "
                           "'resourceVersion': '5', 'annotations': "
                           "{'argocd.argoproj.io/tracking-id': 'web:/Secret:fix/s'}}}]"));
}

#define CLUSTER_UNTIL(c, condition)                                                                \
    do {                                                                                           \
        uint64_t end_ = time_monotonic_ms() + CLUSTER_WAIT_MS;                                     \
        while (!(condition) && time_monotonic_ms() < end_)                                         \
            uv_run(&(c)->loop, UV_RUN_NOWAIT);                                                     \
        if (!(condition))                                                                          \
            fail_msg("never: %s", #condition);                                                     \
    } while (0)

/* An event of a watch; waits until there is one. Borrows `object`. */
PART void cluster_send(struct cluster *c, const char *plural, const char *type, json_t *object)
{
    cleanup_json json_t *event = json_pack("{s:s, s:O}", "type", type, "object", object);
    cleanup_free char *line = json_dumps(event, JSON_COMPACT);
    cleanup_free char *text = xasprintf("%s\n", line);

    CLUSTER_UNTIL(c, map_has(&c->streams, plural));
    server_chunk(map_find(&c->streams, plural), text);
}

/* The watch has to list again. */
PART void cluster_expire(struct cluster *c, const char *plural)
{
    cleanup_json json_t *status = parse("{'kind': 'Status', 'code': 410, 'message': 'too old'}");

    cluster_send(c, plural, "ERROR", status);
    map_remove(&c->streams, plural);
}

#endif
