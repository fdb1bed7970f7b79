/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app/retry.h"

#include "lib/base/error.h"
#include "lib/base/time.h"

#include <time.h>

#define DEFAULT_DELAY_MS 5000
#define DEFAULT_FACTOR 2
#define DEFAULT_MAX_MS 180000
/* Whatever the policy says: a tight loop helps nobody. */
#define MIN_DELAY_MS 1000

static uint64_t read_duration(const json_t *backoff, const char *field, uint64_t otherwise)
{
    const json_t *value = json_object_get(backoff, field);
    cleanup_error struct error *err = NULL;
    uint64_t ms = 0;

    if (json_is_string(value) && duration_parse(json_string_value(value), &ms, &err) == 0)
        return ms;
    return otherwise;
}

struct retry_policy retry_policy_read(const json_t *retry)
{
    const json_t *backoff = json_object_get(retry, "backoff");
    const json_t *factor = json_object_get(backoff, "factor");
    struct retry_policy policy = {
        .limit = json_integer_value(json_object_get(retry, "limit")),
        .delay_ms = read_duration(backoff, "duration", DEFAULT_DELAY_MS),
        .factor = json_is_integer(factor) && json_integer_value(factor) > 0
                      ? (double)json_integer_value(factor)
                      : DEFAULT_FACTOR,
        .max_ms = read_duration(backoff, "maxDuration", DEFAULT_MAX_MS),
    };

    if (policy.delay_ms < MIN_DELAY_MS)
        policy.delay_ms = MIN_DELAY_MS;
    return policy;
}

uint64_t retry_delay_ms(const struct retry_policy *policy, int n)
{
    double max = policy->max_ms ? (double)policy->max_ms : 365.0 * 24 * 3600 * 1000;
    double delay = (double)policy->delay_ms;

    for (int i = 1; i < n && delay < max; i++)
        delay *= policy->factor;
    return (uint64_t)(delay < max ? delay : max);
}

/* As Go's time.Kitchen prints it. */
static void kitchen_time(int64_t at_ms, char *out, size_t size)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(out, size, tm.tm_hour % 12 && tm.tm_hour % 12 < 10 ? "%l:%M%p" : "%I:%M%p", &tm);
}

char *retry_message(const char *message, int n, int64_t at_ms)
{
    char at[16];

    kitchen_time(at_ms, at, sizeof(at));
    return xasprintf("%s. Retrying attempt #%d at %s.", message, n, at[0] == ' ' ? at + 1 : at);
}
