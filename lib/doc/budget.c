/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/budget.h"

#include <time.h>

/* A value without its text, about. */
#define NODE_BYTES 64

/* Asking for the time costs more than most of what is paid for. */
#define CALLS_PER_LOOK 256

static _Thread_local struct budget *current;

static long long thread_cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec;
}

void budget_begin(struct budget *b)
{
    *b = (struct budget){
        .outer = current,
        .bytes = BUDGET_BYTES,
        .started_s = thread_cpu_s(),
    };
    current = b;
}

void budget_end(struct budget *b)
{
    current = b->outer;
}

int budget_spend(size_t bytes, struct error **err)
{
    struct budget *b = current;

    if (!b)
        return 0;
    if (bytes > b->bytes)
        return error_set(err, ERROR_TOO_LARGE, "the build grows beyond %zu MB; build it in parts",
                         BUDGET_BYTES >> 20);
    b->bytes -= bytes;
    if (++b->calls % CALLS_PER_LOOK == 0 && thread_cpu_s() - b->started_s > BUDGET_CPU_S)
        return error_set(err, ERROR_TOO_LARGE,
                         "the build takes more than %d s of CPU time; build it in parts",
                         BUDGET_CPU_S);
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
