/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/event_limit.h"

#include "lib/base/hash.h"
#include "lib/base/mem.h"

static bool has_budget(struct event_limit *l, uint64_t now_ms)
{
    uint64_t refilled = (now_ms - l->since_ms) / EVENT_LIMIT_REFILL_MS;

    l->used -= refilled < l->used ? (unsigned)refilled : l->used;
    l->since_ms = l->used ? l->since_ms + refilled * EVENT_LIMIT_REFILL_MS : now_ms;
    return l->used < EVENT_LIMIT_BURST;
}

/* Where it is remembered, or what may be forgotten for it: the oldest. */
static size_t place_of(const struct event_limit *l, uint64_t hash)
{
    size_t place = 0;

    for (size_t i = 0; i < EVENT_LIMIT_MEMORY; i++) {
        if (l->told[i].hash == hash)
            return i;
        if (l->told[i].sent_ms < l->told[place].sent_ms)
            place = i;
    }
    return place;
}

unsigned event_limit_take(struct event_limit **limit, const char *reason, const char *message,
                          uint64_t now_ms)
{
    cleanup_free char *text = xasprintf("%s %s", reason, message);
    uint64_t hash = hash64(text, strlen(text)) | 1;
    struct event_limit *l;
    unsigned count;
    size_t place;

    if (!*limit)
        *limit = xcalloc(1, sizeof(**limit));
    l = *limit;
    place = place_of(l, hash);
    if (l->told[place].hash != hash)
        l->told[place].count = 0;
    else if (now_ms - l->told[place].sent_ms < EVENT_LIMIT_SAME_MS) {
        l->told[place].count++;
        return 0;
    }
    count = l->told[place].count + 1;
    if (!has_budget(l, now_ms))
        return 0;
    l->used++;
    l->told[place].hash = hash;
    l->told[place].sent_ms = now_ms;
    l->told[place].count = 0;
    return count;
}
