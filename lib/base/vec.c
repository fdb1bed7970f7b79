/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/vec.h"

#include "lib/base/buf.h"

#include <assert.h>

void ptrvec_push(struct ptrvec *v, void *item)
{
    if (v->len == v->cap) {
        v->cap = v->cap ? v->cap * 2 : 8;
        v->items = xrealloc(v->items, v->cap * sizeof(*v->items));
    }
    v->items[v->len++] = item;
}

void ptrvec_remove(struct ptrvec *v, size_t index)
{
    assert(index < v->len);
    memmove(v->items + index, v->items + index + 1, (v->len - index - 1) * sizeof(*v->items));
    v->len--;
}

void ptrvec_clear(struct ptrvec *v)
{
    free(v->items);
    *v = (struct ptrvec){0};
}

void strvec_take(struct strvec *v, char *s)
{
    if (v->len + 1 >= v->cap) {
        v->cap = v->cap ? v->cap * 2 : 2;
        v->items = xrealloc(v->items, v->cap * sizeof(*v->items));
    }
    v->items[v->len++] = s;
    v->items[v->len] = NULL;
}

void strvec_push(struct strvec *v, const char *s)
{
    strvec_take(v, xstrdup(s));
}

void strvec_pushf(struct strvec *v, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    strvec_take(v, xvasprintf(fmt, ap));
    va_end(ap);
}

bool strvec_has(const struct strvec *v, const char *s)
{
    for (size_t i = 0; i < v->len; i++)
        if (streq(v->items[i], s))
            return true;
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strvec_sort(struct strvec *v)
{
    if (v->len > 1)
        qsort(v->items, v->len, sizeof(*v->items), compare);
}

char *strvec_join(const struct strvec *v, const char *separator, size_t max)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    for (size_t i = 0; i < v->len && i < max; i++)
        buf_printf(&text, "%s%s", i ? separator : "", v->items[i]);
    if (v->len > max)
        buf_printf(&text, " and %zu more", v->len - max);
    return v->len ? buf_take(&text) : NULL;
}

void strvec_clear(struct strvec *v)
{
    for (size_t i = 0; i < v->len; i++)
        free(v->items[i]);
    free(v->items);
    *v = (struct strvec){0};
}
