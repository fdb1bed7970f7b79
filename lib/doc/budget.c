/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/budget.h"

#include <time.h>

/* A value without its text, about. */
#define NODE_BYTES 64

/* Asking for the time costs more than most of what is paid for. */
#define CALLS_PER_LOOK 256

static _Thread_local struct budget *current;

static long long thread_cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

void budget_begin_with(struct budget *b, size_t max_bytes, long long max_cpu_ms)
{
    const struct budget *outer = current;
    long long now = thread_cpu_ms();
    long long left = outer ? outer->started_ms + outer->max_cpu_ms - now : max_cpu_ms;

    if (outer && outer->bytes < max_bytes)
        max_bytes = outer->bytes;
    *b = (struct budget){
        .outer = current,
        .max_bytes = max_bytes,
        .bytes = max_bytes,
        .max_cpu_ms = left < max_cpu_ms ? left : max_cpu_ms,
        .started_ms = now,
    };
    current = b;
}

void budget_begin(struct budget *b)
{
    budget_begin_with(b, BUDGET_BYTES, BUDGET_CPU_S * 1000LL);
}

void budget_end(struct budget *b)
{
    current = b->outer;
    if (current)
        current->bytes -= b->max_bytes - b->bytes;
}

int budget_spend(size_t bytes, struct error **err)
{
    struct budget *b = current;

    if (!b)
        return 0;
    if (bytes > b->bytes)
        return error_set(err, ERROR_TOO_LARGE, "the build grows beyond %zu MB; build it in parts",
                         b->max_bytes >> 20);
    b->bytes -= bytes;
    if (++b->calls % CALLS_PER_LOOK == 0 && thread_cpu_ms() - b->started_ms > b->max_cpu_ms)
        return error_set(err, ERROR_TOO_LARGE,
                         "the build takes more than %lld s of CPU time; build it in parts",
                         b->max_cpu_ms / 1000);
    return 0;
}

size_t budget_size(const json_t *value)
{
    size_t size = NODE_BYTES;
    const char *key;
    json_t *child;
    size_t i;

    if (!value)
        return 0;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_object_foreach ((json_t *)value, key, child)
            size += strlen(key) + NODE_BYTES + budget_size(child);
        break;
    case JSON_ARRAY:
        json_array_foreach (value, i, child)
            size += budget_size(child);
        break;
    case JSON_STRING: size += json_string_length(value); break;
    default: break;
    }
    return size;
}

int budget_spend_value(const json_t *value, struct error **err)
{
    return current ? budget_spend(budget_size(value), err) : 0;
}
