/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/observe/fight.h"

struct fight {
    uint64_t wrote_ms;    /* our last write that was not answered by a difference yet; 0: none */
    uint64_t differed_ms; /* the last time that a round was lost; 0: never */
    uint64_t held_until_ms;
    unsigned rounds;
    char *path;
    char *wanted;
    char *live;
    char *manager; /* NULL: not known */
};

static void fight_free(void *arg)
{
    struct fight *fight = arg;

    free(fight->path);
    free(fight->wanted);
    free(fight->live);
    free(fight->manager);
    free(fight);
}

void fights_clear(struct fights *f)
{
    map_clear_with(&f->objects, fight_free);
}

/* Long enough after the last round, and after the wait that followed it, it is over. */
static bool is_over(const struct fight *fight, uint64_t now_ms)
{
    uint64_t last = fight->held_until_ms;

    if (fight->wrote_ms > last)
        last = fight->wrote_ms;
    if (fight->differed_ms > last)
        last = fight->differed_ms;
    return now_ms > last + FIGHT_CALM_MS;
}

static struct fight *find(const struct fights *f, const char *key, uint64_t now_ms)
{
    struct fight *fight = f->objects.count ? map_find(&f->objects, key) : NULL;

    return fight && !is_over(fight, now_ms) ? fight : NULL;
}

/* What is over needs no memory. */
static void sweep(struct fights *f, uint64_t now_ms)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&f->objects, &it)))
        if (is_over(e->value, now_ms)) {
            fight_free(e->value);
            map_remove(&f->objects, e->key);
        }
}

void fights_wrote(struct fights *f, const char *key, uint64_t now_ms)
{
    struct fight *fight;

    sweep(f, now_ms);
    fight = map_find(&f->objects, key);
    if (!fight) {
        fight = xcalloc(1, sizeof(*fight));
        map_set(&f->objects, key, fight);
    }
    fight->wrote_ms = now_ms;
}

bool fights_is_watching(const struct fights *f, const char *key, uint64_t now_ms)
{
    const struct fight *fight = find(f, key, now_ms);

    return fight && fight->wrote_ms;
}

static void set_text(char **p, const char *text)
{
    char *copy = xstrdup(text);

    free(*p);
    *p = copy;
}

void fights_differs(struct fights *f, const char *key, const struct fight_difference *how,
                    uint64_t now_ms)
{
    struct fight *fight = find(f, key, now_ms);
    uint64_t delay = FIGHT_FIRST_DELAY_MS;

    if (!fight || !fight->wrote_ms)
        return;
    if (!streq(fight->path, how->path))
        fight->rounds = 0; /* another change than the one that we undid before */
    fight->rounds++;
    fight->wrote_ms = 0;
    fight->differed_ms = now_ms;
    set_text(&fight->path, how->path);
    set_text(&fight->wanted, how->wanted);
    set_text(&fight->live, how->live);
    set_text(&fight->manager, how->manager);
    if (fight->rounds < FIGHT_ROUNDS)
        return;
    for (unsigned i = FIGHT_ROUNDS; i < fight->rounds && delay < FIGHT_MAX_DELAY_MS; i++)
        delay *= 2;
    if (delay > FIGHT_MAX_DELAY_MS)
        delay = FIGHT_MAX_DELAY_MS;
    fight->held_until_ms = now_ms + delay;
}

void fights_forget(struct fights *f, const char *key)
{
    struct fight *fight = f->objects.count ? map_remove(&f->objects, key) : NULL;

    if (fight)
        fight_free(fight);
}

uint64_t fights_held_until(const struct fights *f, const char *key, uint64_t now_ms)
{
    const struct fight *fight = find(f, key, now_ms);

    return fight && fight->held_until_ms > now_ms ? fight->held_until_ms : 0;
}

uint64_t fights_told_until(const struct fights *f, const char *key, uint64_t now_ms)
{
    const struct fight *fight = find(f, key, now_ms);

    return fight && fight->held_until_ms ? fight->held_until_ms + FIGHT_TOLD_MS : 0;
}

char *fights_message(const struct fights *f, const char *key, uint64_t now_ms)
{
    const struct fight *fight = find(f, key, now_ms);

    if (!fight || fight->rounds < FIGHT_ROUNDS || now_ms >= fights_told_until(f, key, now_ms))
        return NULL;
    return xasprintf("%s keeps changing back (%u times): Git says %s, %s%s makes it %s; it is now "
                     "repaired less often. Stop one of the two, or list the field in "
                     "spec.ignoreDifferences",
                     fight->path, fight->rounds, fight->wanted,
                     fight->manager ? "field manager " : "something in the cluster",
                     fight->manager ? fight->manager : "", fight->live);
}

bool fights_any(const struct fights *f)
{
    return f->objects.count > 0;
}
