/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/daemon_get.h"

#include "cli/verbs/progress.h"
#include "lib/net/http.h"

#define TIMEOUT_MS 30000

struct question {
    struct buf *out;
    struct error *err;
    bool done;
};

static void on_answer(void *arg, const struct http_response *response, const struct error *err)
{
    struct question *q = arg;

    q->done = true;
    if (err)
        q->err = error_copy(err);
    else if (response->status == 200)
        buf_append(q->out, response->body.data, response->body.len, &q->err);
    else
        error_set(&q->err, response->status == 404 ? ERROR_NOT_FOUND : ERROR_INVALID, "%.*s",
                  (int)strcspn(response->body.data ? response->body.data : "", "\n"),
                  response->body.data ? response->body.data : "");
}

int daemon_get(const char *server, const char *path, struct buf *out, struct error **err)
{
    static const struct http_options options = {.user_agent = "gitopsctl/" GITOPSD_VERSION};
    cleanup_free char *url =
        xasprintf("%.*s%s", (int)strlen(server) - str_has_suffix(server, "/"), server, path);
    struct http_request_spec spec = {.method = "GET", .url = url, .timeout_ms = TIMEOUT_MS};
    struct question q = {.out = out};
    struct http_client *http;
    uv_timer_t ticker;
    uv_loop_t loop;

    uv_loop_init(&loop);
    progress_watch(&ticker, &loop);
    progress_say("asking the gitopsd at %s", server);
    http = http_client_new(&loop, &options);
    http_start(http, &spec, NULL, on_answer, &q);
    while (!q.done)
        uv_run(&loop, UV_RUN_ONCE);
    progress_erase();
    http_client_free(http);
    uv_close((uv_handle_t *)&ticker, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    if (!q.err)
        return 0;
    *err = q.err;
    if (error_kind(*err) == ERROR_UNAVAILABLE)
        error_wrap(err, "no gitopsd answers at %s: give its address (its --listen) with --server",
                   server);
    return -1;
}
