/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buf.h"

#include <stdio.h>

char buf_empty[1];

void buf_reserve(struct buf *b, size_t more)
{
    size_t need = b->len + more + 1;
    size_t cap = b->cap ? b->cap : 64;

    if (need <= b->cap)
        return;
    while (cap < need)
        cap *= 2;
    b->data = b->cap ? xrealloc(b->data, cap) : xmalloc(cap);
    b->cap = cap;
}

void buf_shrink(struct buf *b)
{
    if (b->cap <= b->len + 1)
        return;
    b->cap = b->len + 1;
    b->data = xrealloc(b->data, b->cap);
}

int buf_append(struct buf *b, const void *data, size_t len, struct error **err)
{
    if (len > b->max - b->len)
        return error_set(err, ERROR_TOO_LARGE, "more than the limit of %zu bytes", b->max);
    buf_put(b, data, len);
    return 0;
}

void buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    cleanup_free char *text = NULL;

    va_start(ap, fmt);
    text = xvasprintf(fmt, ap);
    va_end(ap);
    buf_puts(b, text);
}

void buf_truncate(struct buf *b, size_t len)
{
    assert(len <= b->len);
    b->len = len;
    if (b->cap)
        b->data[len] = '\0';
}

void buf_consume(struct buf *b, size_t len)
{
    assert(len <= b->len);
    if (!b->cap)
        return;
    memmove(b->data, b->data + len, b->len - len + 1);
    b->len -= len;
}

char *buf_take(struct buf *b)
{
    char *data = b->cap ? b->data : xstrdup("");

    b->data = buf_empty;
    b->len = b->cap = 0;
    return data;
}

void buf_clear(struct buf *b)
{
    free(buf_take(b));
}
