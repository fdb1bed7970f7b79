/* SPDX-License-Identifier: Apache-2.0 */
/* What all runs of a daemon share. */
#include "daemon/sync/run_parts.h"

#include "lib/base/time.h"

struct syncer *syncer_new(uv_loop_t *loop, struct kube_client *client, struct observer *observer,
                          syncer_refresh_fn *refresh, void *arg)
{
    struct syncer *s = xcalloc(1, sizeof(*s));

    s->loop = loop;
    s->client = client;
    s->observer = observer;
    s->refresh = refresh;
    s->arg = arg;
    return s;
}

void syncer_free(struct syncer *s)
{
    if (!s)
        return;
    map_clear(&s->namespaces);
    kube_discovery_unref(s->discovery);
    free(s);
}

void syncer_set_discovery(struct syncer *s, struct kube_discovery *d)
{
    kube_discovery_unref(s->discovery);
    s->discovery = kube_discovery_ref(d);
}

void syncer_set_jq(struct syncer *s, struct jq_worker *jq)
{
    s->jq = jq;
}

void syncer_set_timeout(struct syncer *s, uint64_t ms)
{
    s->timeout_ms = ms;
}

bool syncer_knows_namespace(const struct syncer *s, const char *name)
{
    return map_has(&s->namespaces, name);
}

struct syncer_stats syncer_stats(const struct syncer *s)
{
    return s->stats;
}

void syncer_count_repair(struct syncer *s, const struct object *object)
{
    static const uint64_t bounds_ms[] = SYNCER_REPAIR_BOUNDS_MS;
    uint64_t took_us;
    size_t i = 0;

    if (!object || !object->changed_at_us)
        return;
    took_us = time_monotonic_us() - object->changed_at_us;
    while (i < ARRAY_LEN(bounds_ms) && took_us > bounds_ms[i] * 1000)
        i++;
    s->stats.repairs[i]++;
    s->stats.repair_us += took_us;
}

const struct kube_resource *syncer_resource(const struct syncer *s, const struct task *t)
{
    return kube_discovery_find(s->discovery, t->api_group, t->version, t->kind);
}
