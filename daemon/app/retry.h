/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry: how often and when an operation that failed is tried again.
 * Source: Argo CD (argocd-behaviour 5.10), except that what it prints as the time of the next try
 * is when that happens. Pure functions.
 */
#ifndef GITOPSD_DAEMON_APP_RETRY_H
#define GITOPSD_DAEMON_APP_RETRY_H

#include <jansson.h>
#include <stdint.h>

struct retry_policy {
    int64_t limit; /* tries after the first one; negative: no limit */
    uint64_t delay_ms;
    double factor;
    uint64_t max_ms; /* 0: no limit */
};

/* `retry` as in operation.retry: {limit, backoff: {duration, factor, maxDuration}}; what it does
 * not say, or says in a way that cannot be read, is the default. NULL: no tries. */
struct retry_policy retry_policy_read(const json_t *retry);

/* Before try `n`, which counts from 1. */
uint64_t retry_delay_ms(const struct retry_policy *policy, int n);

/* "MESSAGE. Retrying attempt #N at 3:04PM.": heap string. */
char *retry_message(const char *message, int n, int64_t at_ms);

#endif
