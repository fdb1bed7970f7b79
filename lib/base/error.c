/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/error.h"

#include <assert.h>

struct error {
    enum error_kind kind;
    int code;
    uint64_t retry_after_ms;
    char *message;
};

/* In parentheses: for the analyzer the header has macros of these names. */
int(error_set)(struct error **err, enum error_kind kind, const char *fmt, ...)
{
    va_list ap;

    assert(!*err);
    *err = xcalloc(1, sizeof(**err));
    (*err)->kind = kind;
    va_start(ap, fmt);
    (*err)->message = xvasprintf(fmt, ap);
    va_end(ap);
    return -1;
}

int(error_wrap)(struct error **err, const char *fmt, ...)
{
    va_list ap;
    char *context;
    char *message;

    assert(*err);
    va_start(ap, fmt);
    context = xvasprintf(fmt, ap);
    va_end(ap);
    message = xasprintf("%s: %s", context, (*err)->message);
    free(context);
    free((*err)->message);
    (*err)->message = message;
    return -1;
}

enum error_kind error_kind(const struct error *err)
{
    return err->kind;
}

const char *error_kind_name(enum error_kind kind)
{
    static const char *const names[] = {
        [ERROR_INTERNAL] = "internal",   [ERROR_INVALID] = "invalid",
        [ERROR_NOT_FOUND] = "not found", [ERROR_CONFLICT] = "conflict",
        [ERROR_DENIED] = "denied",       [ERROR_UNAVAILABLE] = "unavailable",
        [ERROR_TIMEOUT] = "timeout",     [ERROR_EXPIRED] = "expired",
        [ERROR_TOO_LARGE] = "too large", [ERROR_UNSUPPORTED] = "unsupported",
        [ERROR_CANCELED] = "canceled",
    };

    return names[kind];
}

const char *error_message(const struct error *err)
{
    return err ? err->message : "no error";
}

bool error_is_transient(const struct error *err)
{
    switch (err->kind) {
    case ERROR_CONFLICT:
    case ERROR_UNAVAILABLE:
    case ERROR_TIMEOUT:
    case ERROR_EXPIRED: return true;
    default: return false;
    }
}

int error_code(const struct error *err)
{
    return err->code;
}

void error_set_code(struct error *err, int code)
{
    err->code = code;
}

uint64_t error_retry_after_ms(const struct error *err)
{
    return err->retry_after_ms;
}

void error_set_retry_after_ms(struct error *err, uint64_t ms)
{
    err->retry_after_ms = ms;
}

int error_move(struct error **err, struct error **from)
{
    assert(!*err && *from);
    *err = TAKE(*from);
    return -1;
}

int error_add(struct error **err, struct error **next)
{
    char *message;

    assert(*next);
    if (!*err)
        return error_move(err, next);
    message = xasprintf("%s\n%s", (*err)->message, (*next)->message);
    free((*err)->message);
    (*err)->message = message;
    error_free(TAKE(*next));
    return -1;
}

struct error *error_copy(const struct error *err)
{
    struct error *copy;

    if (!err)
        return NULL;
    copy = xmalloc(sizeof(*copy));
    *copy = *err;
    copy->message = xstrdup(err->message);
    return copy;
}

void error_free(struct error *err)
{
    if (!err)
        return;
    free(err->message);
    free(err);
}
