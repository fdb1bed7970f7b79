/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/order.h"

#include "daemon/object/identity.h"

#include <limits.h>

/* A prune while the order is made. */
struct pruning {
    struct task task;
    int wave;   /* of its object */
    bool done;  /* it has its place */
    bool stays; /* its object, and with it the wave: it is not really pruned */
};

struct ordering {
    struct task *tasks; /* the result */
    size_t len;
    unsigned group;
    unsigned step;
    struct task *writes; /* all but prunes, in their order */
    size_t write_count;
    size_t position; /* the first of them that has no place yet */
    struct pruning *prunes;
    size_t prune_count;
    int *waves; /* of prunes that are left: distinct, ascending */
    size_t wave_count;
};

/* ---- writes ---- */

static int compare_writes(const void *a, const void *b)
{
    const struct task *x = a;
    const struct task *y = b;
    int order = (x->phase > y->phase) - (x->phase < y->phase);

    if (!order)
        order = (x->wave > y->wave) - (x->wave < y->wave);
    if (!order)
        order = kind_rank(x->kind) - kind_rank(y->kind);
    if (!order)
        order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->key, y->key);
}

static void move(struct task *tasks, size_t from, size_t to)
{
    struct task moved = tasks[from];

    moved.phase = tasks[to].phase;
    moved.wave = tasks[to].wave;
    memmove(tasks + to + 1, tasks + to, (from - to) * sizeof(*tasks));
    tasks[to] = moved;
}

/* What others need this task for, or NULL: then what this task needs is asked for. */
typedef const char *provides_fn(const struct task *t);
typedef char *needs_fn(const struct task *t, const char *home); /* heap string */

static const char *provides_namespace(const struct task *t)
{
    return streq(t->kind, "Namespace") && !*t->api_group ? t->name : NULL;
}

static char *needs_namespace(const struct task *t, const char *home)
{
    return xstrdup(*t->namespace ? t->namespace : home);
}

static const char *provides_kind(const struct task *t)
{
    return t->desired ? t->desired->defines : NULL;
}

static char *needs_kind(const struct task *t, const char *home)
{
    (void)home;
    return xasprintf("%s/%s", t->api_group, t->kind);
}

/* A task that provides something goes to where it is needed first. What moved counts as seen: the
 * places behind it are one further on. */
static void move_providers(struct ordering *o, provides_fn *provides, needs_fn *needs,
                           const char *home)
{
    cleanup_map struct map first = {0}; /* need -> place, plus one */

    for (size_t i = 0; i < o->write_count; i++) {
        const char *provided = provides(&o->writes[i]);
        cleanup_free char *need = provided ? NULL : needs(&o->writes[i], home);
        size_t place = provided ? (size_t)map_find(&first, provided) : 0;
        struct map_entry *e;
        size_t it = 0;

        if (need && *need && !map_has(&first, need))
            map_set(&first, need, (void *)(i + 1));
        if (!place)
            continue;
        move(o->writes, i, place - 1);
        while ((e = map_next(&first, &it)))
            if ((size_t)e->value >= place)
                e->value = (void *)((size_t)e->value + 1);
    }
}

/* ---- groups and steps ---- */

static void next_group(struct ordering *o)
{
    if (!o->len)
        return;
    o->group = o->tasks[o->len - 1].group + 1;
    o->step = o->tasks[o->len - 1].step + 1;
}

static void place(struct ordering *o, const struct task *task)
{
    const struct task *last = o->len ? &o->tasks[o->len - 1] : NULL;
    struct task *t = &o->tasks[o->len];

    *t = *task;
    if (last && last->group == o->group && last->step == o->step &&
        (!streq(last->kind, t->kind) || (last->what == TASK_PRUNE) != (t->what == TASK_PRUNE)))
        o->step++;
    t->group = o->group;
    t->step = o->step;
    o->len++;
}

/* The missing namespace of the destination comes before all. */
static void place_home(struct ordering *o, const char *home)
{
    for (size_t i = 0; i < o->write_count; i++) {
        struct task task = o->writes[i];

        if (!streq(provides_namespace(&task), home))
            continue;
        memmove(o->writes + i, o->writes + i + 1, (o->write_count - i - 1) * sizeof(task));
        o->write_count--;
        place(o, &task);
        return;
    }
}

/* ---- prunes ---- */

static int compare_prunes(const void *a, const void *b)
{
    const struct pruning *x = a;
    const struct pruning *y = b;
    int order = x->task.named_by_hash - y->task.named_by_hash;

    if (!order)
        order = (y->wave > x->wave) - (y->wave < x->wave);
    if (!order)
        order = kind_rank(y->task.kind) - kind_rank(x->task.kind);
    return order ? order : strcmp(y->task.key, x->task.key);
}

static int compare_ints(const void *a, const void *b)
{
    const int *x = a;
    const int *y = b;

    return (*x > *y) - (*x < *y);
}

static void find_waves(struct ordering *o)
{
    size_t count = 0;

    for (size_t i = 0; i < o->prune_count; i++)
        if (!o->prunes[i].task.at_end && (!o->prunes[i].done || o->prunes[i].stays))
            o->waves[count++] = o->prunes[i].wave;
    qsort(o->waves, count, sizeof(*o->waves), compare_ints);
    o->wave_count = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || o->waves[i] != o->waves[i - 1])
            o->waves[o->wave_count++] = o->waves[i];
}

static int mirrored(const struct ordering *o, int wave)
{
    for (size_t i = 0; i < o->wave_count; i++)
        if (o->waves[i] == wave)
            return o->waves[o->wave_count - 1 - i];
    return wave;
}

static int last_wave(const struct ordering *o)
{
    int last = o->wave_count && o->waves[o->wave_count - 1] > 0 ? o->waves[o->wave_count - 1] : 0;

    for (size_t i = 0; i < o->write_count; i++)
        if (o->writes[i].phase == PHASE_SYNC && o->writes[i].wave > last)
            last = o->writes[i].wave;
    return last < INT_MAX ? last + 1 : last;
}

/* Where the prunes that have no place yet stand now. False: there are none. */
static bool assign_waves(struct ordering *o, int *lowest)
{
    bool any = false;
    int last;

    find_waves(o);
    last = last_wave(o);
    for (size_t i = 0; i < o->prune_count; i++) {
        struct pruning *p = &o->prunes[i];

        if (p->done || p->task.at_end)
            continue;
        p->task.wave = p->task.options & SYNC_PRUNE_LAST ? last : mirrored(o, p->wave);
        *lowest = any && *lowest < p->task.wave ? *lowest : p->task.wave;
        any = true;
    }
    return any;
}

static void place_prunes(struct ordering *o, int wave)
{
    for (size_t i = 0; i < o->prune_count; i++) {
        struct pruning *p = &o->prunes[i];

        if (p->done || p->task.at_end || p->task.wave != wave)
            continue;
        place(o, &p->task);
        p->done = true;
    }
}

/* By their waves, backwards; what is named by its content then goes at once. */
static void place_final_prunes(struct ordering *o)
{
    const struct pruning *last = NULL;

    for (size_t i = 0; i < o->prune_count; i++) {
        const struct pruning *p = &o->prunes[i];

        if (!p->task.at_end)
            continue;
        if (!last || last->task.named_by_hash != p->task.named_by_hash ||
            (last->wave != p->wave && !p->task.named_by_hash))
            next_group(o);
        place(o, &p->task);
        last = p;
    }
}

/* ---- all of it ---- */

/* Is there a next write, of this phase and wave, or any? */
static bool is_next(const struct ordering *o, enum sync_phase phase, int wave)
{
    return o->position < o->write_count && o->writes[o->position].phase == phase &&
           o->writes[o->position].wave == wave;
}

static void place_group(struct ordering *o, enum sync_phase phase, int wave, bool with_prunes)
{
    next_group(o);
    if (with_prunes)
        place_prunes(o, wave);
    while (is_next(o, phase, wave))
        place(o, &o->writes[o->position++]);
}

/* All groups but those for a failure. */
static void place_groups(struct ordering *o)
{
    while (true) {
        const struct task *next =
            o->position < o->write_count && o->writes[o->position].phase < PHASE_SYNC_FAIL
                ? &o->writes[o->position]
                : NULL;
        int lowest = 0;
        bool prunes = assign_waves(o, &lowest);
        bool prunes_first = prunes && (!next || next->phase > PHASE_SYNC ||
                                       (next->phase == PHASE_SYNC && lowest <= next->wave));

        if (!next && !prunes)
            return;
        if (prunes_first)
            place_group(o, PHASE_SYNC, lowest, true);
        else
            place_group(o, next->phase, next->wave, false);
    }
}

/* Writes to the front, in any order; prunes on their own. */
static void split(struct ordering *o, const struct plan *plan)
{
    for (size_t i = 0; i < plan->len; i++) {
        const struct task *t = &plan->tasks[i];

        if (t->what == TASK_PRUNE)
            o->prunes[o->prune_count++] =
                (struct pruning){.task = *t, .wave = t->wave, .stays = t->ignored != NULL};
        else
            o->writes[o->write_count++] = *t;
    }
}

void plan_order(struct plan *plan, const char *home, bool home_missing)
{
    struct ordering o = {
        .tasks = xcalloc(plan->len + 1, sizeof(*o.tasks)),
        .writes = xcalloc(plan->len + 1, sizeof(*o.writes)),
        .prunes = xcalloc(plan->len + 1, sizeof(*o.prunes)),
        .waves = xcalloc(plan->len + 1, sizeof(*o.waves)),
    };

    split(&o, plan);
    qsort(o.writes, o.write_count, sizeof(*o.writes), compare_writes);
    qsort(o.prunes, o.prune_count, sizeof(*o.prunes), compare_prunes);
    move_providers(&o, provides_namespace, needs_namespace, home);
    move_providers(&o, provides_kind, needs_kind, home);
    if (home_missing)
        place_home(&o, home);
    place_groups(&o);
    place_final_prunes(&o);
    while (o.position < o.write_count)
        place_group(&o, o.writes[o.position].phase, o.writes[o.position].wave, false);
    free(o.writes);
    free(o.prunes);
    free(o.waves);
    free(plan->tasks);
    plan->tasks = o.tasks;
}
