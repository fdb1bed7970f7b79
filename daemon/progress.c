/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/progress.h"

#define TURN_LIMIT_MS 60000    /* the next turn of the loop looks at what is scheduled */
#define WORKER_LIMIT_MS 300000 /* renders take seconds at most */
#define API_LIMIT_MS 180000    /* no request may take longer than a minute */
#define SOURCE_SLACK_MS 60000  /* beyond the deadline of a fetch */
#define FETCH_TIMEOUTS 4       /* that is so many times --git-timeout */

char *progress_stalled(const struct daemon *d, uint64_t now_ms)
{
    const struct {
        const char *stage;
        uint64_t busy_since_ms; /* or since it last got on; 0: it has nothing to do */
        uint64_t limit_ms;
    } stages[] = {
        {"reconcile", d->scheduled.len ? d->scheduled_since_ms : 0, TURN_LIMIT_MS},
        {"render", worker_pool_busy_since_ms(d->pool), WORKER_LIMIT_MS},
        {"source", source_set_busy_since_ms(d->sources),
         d->options->git_timeout_ms * FETCH_TIMEOUTS + SOURCE_SLACK_MS},
        {"observe and sync", kube_client_busy_since_ms(d->client), API_LIMIT_MS},
    };

    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        if (stages[i].busy_since_ms && now_ms > stages[i].busy_since_ms + stages[i].limit_ms)
            return xasprintf("%s: nothing has ended for %llu s", stages[i].stage,
                             (unsigned long long)(now_ms - stages[i].busy_since_ms) / 1000);
    return NULL;
}
