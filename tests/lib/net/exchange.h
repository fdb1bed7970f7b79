/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange: a client on the test's own loop, for what real clients do not do on command: it sends
 * any bytes at any time, and collects what it gets until the server closes or a minute is over.
 */
#ifndef GITOPSD_TESTS_LIB_NET_EXCHANGE_H
#define GITOPSD_TESTS_LIB_NET_EXCHANGE_H

#include "lib/base/buf.h"
#include "tests/test.h"

#include <uv.h>

#define EXCHANGE_MS 60000

struct exchange {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    uv_timer_t deadline;
    const char *request;
    struct buf answer;
    bool is_connected;
    bool closed;
    bool is_late; /* closed by us */
    char chunk[4096];
};

static void exchange_end(struct exchange *x)
{
    if (x->closed)
        return;
    x->closed = true;
    uv_close((uv_handle_t *)&x->tcp, NULL);
    uv_close((uv_handle_t *)&x->deadline, NULL);
}

static void exchange_on_deadline(uv_timer_t *timer)
{
    struct exchange *x = timer->data;

    x->is_late = true;
    exchange_end(x);
}

static void exchange_on_chunk_wanted(uv_handle_t *handle, size_t suggested, uv_buf_t *chunk)
{
    struct exchange *x = handle->data;

    (void)suggested;
    *chunk = uv_buf_init(x->chunk, sizeof(x->chunk));
}

static void exchange_on_answer(uv_stream_t *stream, ssize_t len, const uv_buf_t *chunk)
{
    struct exchange *x = stream->data;

    if (len < 0)
        exchange_end(x);
    else
        buf_put(&x->answer, chunk->base, (size_t)len);
}

static void exchange_on_written(uv_write_t *write, int status)
{
    (void)write;
    (void)status; /* the server may close before it read everything; the answer counts */
}

static void exchange_on_connected(uv_connect_t *connect, int status)
{
    struct exchange *x = connect->data;
    uv_buf_t request = uv_buf_init((char *)x->request, (unsigned)strlen(x->request));

    if (status == UV_ECANCELED)
        return;
    EXPECT_INT(status, 0);
    x->is_connected = true;
    uv_read_start((uv_stream_t *)&x->tcp, exchange_on_chunk_wanted, exchange_on_answer);
    uv_write(&x->write, (uv_stream_t *)&x->tcp, &request, 1, exchange_on_written);
}

/* `request` is borrowed until it is sent. */
static void exchange_start(uv_loop_t *loop, unsigned port, const char *request, struct exchange *x)
{
    struct sockaddr_in address;

    memset(x, 0, sizeof(*x));
    x->request = request;
    x->answer = BUF_UNLIMITED;
    uv_ip4_addr("127.0.0.1", (int)port, &address);
    uv_tcp_init(loop, &x->tcp);
    uv_timer_init(loop, &x->deadline);
    x->tcp.data = x->connect.data = x->deadline.data = x;
    uv_timer_start(&x->deadline, exchange_on_deadline, EXCHANGE_MS, 0);
    uv_tcp_connect(&x->connect, &x->tcp, (struct sockaddr *)&address, exchange_on_connected);
}

/* A request with `len` bytes of 'x' between its `head` and its `tail`. Heap string. */
static char *exchange_long_request(const char *head, size_t len, const char *tail)
{
    struct buf text = BUF_UNLIMITED;

    buf_puts(&text, head);
    for (size_t i = 0; i < len; i++)
        buf_putc(&text, 'x');
    buf_puts(&text, tail);
    return buf_take(&text);
}

#endif
