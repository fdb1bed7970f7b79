/* SPDX-License-Identifier: Apache-2.0 */
/*
 * budget: what work on documents may use up. A few kilobytes of kustomization can ask for
 * terabytes: bases that each name the next one twice, a patch that copies the object into itself, a
 * replacement that doubles a text. Wherever the input multiplies something, it is paid for here
 * before it is made. Thread: a budget is that of the thread it begins on, so that nobody has to
 * hand it around; without one there are no limits. Errors: ERROR_TOO_LARGE names the limit; callers
 * say what was being done.
 */
#ifndef GITOPSD_LIB_DOC_BUDGET_H
#define GITOPSD_LIB_DOC_BUDGET_H

#include "lib/base/error.h"

#include <jansson.h>

/* Far more than the objects of one Application take. Each of the daemon's two threads that render
 * may use it up: both have to fit into the memory that config/base/deployment.yaml gives. */
#define BUDGET_BYTES ((size_t)256 << 20)
#define BUDGET_CPU_S 120

struct budget {
    struct budget *outer; /* of this thread before */
    size_t max_bytes;
    size_t bytes; /* left */
    size_t calls;
    long long max_cpu_ms;
    long long started_ms; /* CPU time of the thread */
};

/* `b` lives until budget_end. It has no more than what is left of an outer one. */
void budget_begin(struct budget *b);
/* The same with limits of its own. */
void budget_begin_with(struct budget *b, size_t max_bytes, long long max_cpu_ms);
void budget_end(struct budget *b);
#define cleanup_budget __attribute__((cleanup(budget_end)))

/* Before making so many bytes; 0 where only time passes. */
int budget_spend(size_t bytes, struct error **err);
/* Before making a copy of the value; NULL costs nothing. */
int budget_spend_value(const json_t *value, struct error **err);
/* About what a value takes in memory. */
size_t budget_size(const json_t *value);

#endif
