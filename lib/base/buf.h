/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf: a growing byte string that states its limit.
 * `data` is always NUL-terminated after `len` bytes, also when empty. A buffer that takes input
 * from outside is made with BUF_INIT(max_bytes) and filled by buf_append, which reports
 * ERROR_TOO_LARGE. A buffer that holds what we compose ourselves is BUF_UNLIMITED and filled by
 * the buf_put functions, which cannot fail.
 */
#ifndef GITOPSD_LIB_BASE_BUF_H
#define GITOPSD_LIB_BASE_BUF_H

#include "lib/base/error.h"
#include "lib/base/mem.h"

#include <assert.h>

struct buf {
    char *data;
    size_t len;
    size_t cap; /* 0: `data` is the static empty string */
    size_t max; /* bytes, without the NUL */
};

extern char buf_empty[1];

#define BUF_INIT(max_bytes) ((struct buf){.data = buf_empty, .max = (max_bytes)})
#define BUF_UNLIMITED BUF_INIT(SIZE_MAX / 4)

/* Append, or fail with ERROR_TOO_LARGE and leave the content as it was. */
int buf_append(struct buf *b, const void *data, size_t len, struct error **err);

/* Make room for so many bytes more, and their NUL. */
void buf_reserve(struct buf *b, size_t more);
/* Keep no more room than is used. */
void buf_shrink(struct buf *b);

/* For text of our own making: passing the limit is a bug and aborts. */
static inline void buf_put(struct buf *b, const void *data, size_t len)
{
    assert(len <= b->max - b->len);
    if (len == 0)
        return;
    if (len >= b->cap - b->len)
        buf_reserve(b, len);
    memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void buf_truncate(struct buf *b, size_t len);
/* Drop the first `len` bytes. */
void buf_consume(struct buf *b, size_t len);
/* Give the content away as a heap string and become empty. */
char *buf_take(struct buf *b);
/* Free the memory; the buffer is empty and reusable, its limit unchanged. */
void buf_clear(struct buf *b);

#define cleanup_buf __attribute__((cleanup(buf_clear)))

#endif
