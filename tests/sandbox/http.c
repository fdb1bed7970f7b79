/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/http.h"

#include "lib/base/vec.h"

#define MAX_CONNECTIONS 4000
#define CONNECTION_MEMORY_BYTES ((size_t)64 << 10)
#define MAX_BODY_BYTES ((size_t)16 << 20)

struct sandbox_http {
    struct http_server *server;
    uv_loop_t *loop;
    struct sandbox_http_options options;
    struct ptrvec delayed; /* struct delayed */
};

/* A request that waits for its delay. */
struct delayed {
    uv_timer_t timer;
    struct sandbox_http *http;
    struct http_call *call;
};

bool http_query_is_true(const struct http_call *call, const char *name)
{
    const char *value = http_call_query(call, name);

    return value && (streq(value, "true") || streq(value, "1"));
}

/* ---- answers ---- */

void http_warn(struct http_call *call, const char *text)
{
    cleanup_buf struct buf value = BUF_UNLIMITED;

    buf_puts(&value, "299 - \"");
    for (const char *p = text; *p; p++)
        if (*p == '"' || *p == '\\')
            buf_printf(&value, "\\%c", *p);
        else if ((unsigned char)*p >= ' ')
            buf_putc(&value, *p);
    buf_putc(&value, '"');
    http_call_add_header(call, "Warning", value.data);
}

void http_retry_after(struct http_call *call, unsigned seconds)
{
    cleanup_free char *text = xasprintf("%u", seconds);

    if (seconds > 0)
        http_call_add_header(call, "Retry-After", text);
}

void http_answer(struct http_call *call, int status, const char *content_type, char *text)
{
    http_call_answer(call, status, content_type, text, strlen(text));
}

/* ---- delays ---- */

static void on_timer_closed(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct delayed, timer));
}

/* Its call is given away. */
static struct http_call *stop_delay(struct delayed *d)
{
    struct ptrvec *all = &d->http->delayed;

    for (size_t i = 0; i < all->len; i++)
        if (all->items[i] == d) {
            ptrvec_remove(all, i);
            break;
        }
    uv_close((uv_handle_t *)&d->timer, on_timer_closed);
    return d->call;
}

static void on_delay_over(uv_timer_t *timer)
{
    struct delayed *d = CONTAINER_OF(timer, struct delayed, timer);
    const struct sandbox_http_options *o = &d->http->options;

    o->handler(o->arg, stop_delay(d));
}

static void start_delay(struct sandbox_http *http, struct http_call *call, unsigned ms)
{
    struct delayed *d = xcalloc(1, sizeof(*d));

    d->http = http;
    d->call = call;
    http_call_later(call);
    uv_timer_init(http->loop, &d->timer);
    uv_update_time(http->loop); /* it counts from the request, not from the turn of the loop */
    uv_timer_start(&d->timer, on_delay_over, ms, 0);
    ptrvec_push(&http->delayed, d);
}

static void on_call(void *arg, struct http_call *call)
{
    struct sandbox_http *http = arg;
    const struct sandbox_http_options *o = &http->options;
    unsigned ms = o->delay_ms ? o->delay_ms(o->arg, call) : 0;

    if (ms == 0)
        o->handler(o->arg, call);
    else
        start_delay(http, call, ms);
}

/* ---- the server ---- */

int sandbox_http_start(uv_loop_t *loop, const struct sandbox_http_options *options,
                       struct sandbox_http **out, struct error **err)
{
    static const char *const headers[] = {"Cache-Control", "no-cache, private", NULL};
    struct sandbox_http *http = xcalloc(1, sizeof(*http));
    const struct http_server_options server = {
        .listen = options->listen,
        .certificate = options->certificate,
        .key = options->key,
        .headers = headers,
        .max_connections = MAX_CONNECTIONS,
        .connection_bytes = CONNECTION_MEMORY_BYTES,
        .max_body_bytes = MAX_BODY_BYTES,
        .handler = on_call,
        .arg = http,
    };

    http->loop = loop;
    http->options = *options;
    if (http_server_start(loop, &server, &http->server, err) < 0) {
        free(http);
        return -1;
    }
    *out = http;
    return 0;
}

unsigned sandbox_http_port(const struct sandbox_http *http)
{
    return http_server_port(http->server);
}

void sandbox_http_close(struct sandbox_http *http)
{
    if (!http)
        return;
    while (http->delayed.len > 0)
        http_call_drop(stop_delay(http->delayed.items[0]));
    http_server_close(http->server);
    ptrvec_clear(&http->delayed);
    free(http);
}
