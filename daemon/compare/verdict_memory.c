/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/verdict_memory.h"

#include "daemon/object/identity.h"

#define ANSWERS_MAX 4096

struct answer {
    enum drift drift;
    struct drifts drifts;
};

static void answer_free(void *arg)
{
    struct answer *answer = arg;

    if (answer)
        drifts_clear(&answer->drifts);
    free(answer);
}

void verdict_memory_clear(struct verdict_memory *m)
{
    map_clear_with(&m->answers, answer_free);
}

static void drifts_copy(struct drifts *to, const struct drifts *from)
{
    *to = *from;
    for (size_t i = 0; i < from->len; i++) {
        to->items[i].path = xstrdup(from->items[i].path);
        to->items[i].manager = from->items[i].manager ? xstrdup(from->items[i].manager) : NULL;
    }
}

static char *answer_key(const struct desired *d, const struct ignore_rules *ignore,
                        const json_t *live)
{
    return xasprintf("%016llx %016llx %s %s", (unsigned long long)d->hash,
                     (unsigned long long)ignore_rules_hash(ignore), object_meta_string(live, "uid"),
                     object_meta_string(live, "resourceVersion"));
}

void verdict_memory_keep(struct verdict_memory *m, const struct desired *d,
                         const struct ignore_rules *ignore, const json_t *live, enum drift drift,
                         const struct drifts *drifts)
{
    cleanup_free char *key = answer_key(d, ignore, live);
    struct answer *answer = xcalloc(1, sizeof(*answer));

    answer->drift = drift;
    drifts_copy(&answer->drifts, drifts);
    if (m->answers.count >= ANSWERS_MAX)
        verdict_memory_clear(m);
    answer_free(map_set(&m->answers, key, answer));
}

bool verdict_memory_find(const struct verdict_memory *m, const struct desired *d,
                         const struct ignore_rules *ignore, const json_t *live, enum drift *drift,
                         struct drifts *drifts)
{
    cleanup_free char *key = m->answers.count ? answer_key(d, ignore, live) : NULL;
    const struct answer *answer = key ? map_find(&m->answers, key) : NULL;

    if (!answer)
        return false;
    *drift = answer->drift;
    drifts_copy(drifts, &answer->drifts);
    return true;
}
