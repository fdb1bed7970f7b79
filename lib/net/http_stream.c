/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/http_call.h"

#define BLOCK_BYTES ((size_t)32 << 10)

enum stream_state { STREAM_OPEN, STREAM_ENDED, STREAM_BROKEN };

struct http_stream {
    struct http_server *server;
    struct MHD_Connection *connection;
    enum stream_state state;
    bool is_suspended; /* the client has all there is */
    struct buf pending;
    size_t sent; /* of pending */
    http_stream_closed_fn *closed;
    void *arg;
};

static ssize_t read_stream(void *arg, uint64_t position, char *out, size_t max)
{
    struct http_stream *stream = arg;
    size_t len = stream->pending.len - stream->sent;

    (void)position;
    if (stream->state == STREAM_BROKEN)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (len == 0 && stream->state == STREAM_ENDED)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (len == 0) {
        stream->is_suspended = true;
        MHD_suspend_connection(stream->connection);
        return 0;
    }
    if (len > max)
        len = max;
    memcpy(out, stream->pending.data + stream->sent, len);
    stream->sent += len;
    if (stream->sent == stream->pending.len) {
        buf_clear(&stream->pending);
        stream->sent = 0;
    }
    return (ssize_t)len;
}

static void free_stream(void *arg)
{
    struct http_stream *stream = arg;
    struct ptrvec *all = &stream->server->streams;

    for (size_t i = 0; i < all->len; i++)
        if (all->items[i] == stream) {
            ptrvec_remove(all, i);
            break;
        }
    stream->closed(stream->arg);
    buf_clear(&stream->pending);
    free(stream);
}

struct http_stream *http_stream_start(struct http_call *call, const char *content_type,
                                      http_stream_closed_fn *closed, void *arg)
{
    struct http_stream *stream = xcalloc(1, sizeof(*stream));

    stream->server = http_call_server(call);
    stream->connection = http_call_connection(call);
    assert(stream->connection);
    stream->pending = BUF_UNLIMITED;
    stream->closed = closed;
    stream->arg = arg;
    ptrvec_push(&stream->server->streams, stream);
    http_call_respond(call, MHD_HTTP_OK, content_type,
                      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream,
                                                        stream, free_stream));
    return stream;
}

static void wake(struct http_stream *stream)
{
    if (!stream->is_suspended)
        return;
    stream->is_suspended = false;
    MHD_resume_connection(stream->connection);
    http_server_kick(stream->server);
}

void http_stream_put(struct http_stream *stream, const char *data, size_t len)
{
    buf_put(&stream->pending, data, len);
    wake(stream);
}

void http_stream_end(struct http_stream *stream, bool broken)
{
    stream->state = broken ? STREAM_BROKEN : STREAM_ENDED;
    wake(stream);
}
