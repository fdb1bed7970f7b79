/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/fleet_wait.h"

#include "cli/verbs/follow.h"
#include "cli/verbs/patience.h"
#include "cli/verbs/progress.h"
#include "cli/verbs/standing.h"
#include "daemon/object/identity.h"

#include <stdio.h>

struct waiting;

struct member {
    struct waiting *all;
    struct fleet_context *context;
    struct follow *follow;
    struct buf missing; /* a line for each Application that does not hold */
    size_t count;       /* of Applications */
    bool holds;
    bool was_told;
};

struct waiting {
    const struct fleet_question *question;
    const struct expect *expect;
    struct member *members;
    size_t count;
    struct patience patience;
    bool is_over; /* all hold, or patience is exhausted */
};

/* ---- what one says ---- */

static void look_at_app(struct member *m, const char *key, const json_t *app)
{
    cleanup_buf struct buf why = BUF_UNLIMITED;
    cleanup_free char *line = NULL;

    if (!fleet_is_wanted(m->all->question->wanted, app))
        return;
    m->count++;
    if (expect_holds(m->all->expect, app, &why))
        return;
    line = standing_line(why.data);
    buf_printf(&m->missing, "\n  %s %s: %s", m->context->cluster->name, strchr(key, '/') + 1, line);
}

/* A name that was asked for and that the cluster does not have may still come. */
static void look_for_absent(struct member *m, const struct map *apps)
{
    const struct strvec *wanted = m->all->question->wanted;

    for (size_t i = 0; wanted && i < wanted->len; i++) {
        cleanup_strvec struct strvec one = {0};
        const struct map_entry *e;
        bool is_there = false;
        size_t it = 0;

        strvec_push(&one, wanted->items[i]);
        while ((e = map_next(apps, &it)))
            is_there |= fleet_is_wanted(&one, e->value);
        if (!is_there)
            buf_printf(&m->missing, "\n  %s %s: does not exist there", m->context->cluster->name,
                       wanted->items[i]);
    }
}

static void put_trouble(struct member *m, const struct error *trouble)
{
    cleanup_error struct error *why = NULL;

    fleet_explain(trouble, &why);
    buf_printf(&m->missing, "\n  %s: unreachable: %s", m->context->cluster->name,
               error_message(why));
}

static void look(struct member *m)
{
    const struct error *trouble = m->follow ? follow_trouble(m->follow) : NULL;
    const struct map *apps = m->follow ? follow_apps(m->follow) : NULL;
    const struct map_entry *e;
    size_t it = 0;

    buf_truncate(&m->missing, 0);
    m->count = 0;
    if (trouble || !apps) {
        if (trouble)
            put_trouble(m, trouble);
        else
            buf_printf(&m->missing, "\n  %s: no answer so far", m->context->cluster->name);
        m->holds = false;
        return;
    }
    while ((e = map_next(apps, &it)))
        look_at_app(m, e->key, e->value);
    look_for_absent(m, apps);
    m->holds = !m->missing.len;
}

/* ---- all of them ---- */

static void tell(struct member *m)
{
    if (m->was_told || !m->holds)
        return;
    m->was_told = true;
    progress_erase();
    printf("%s: %zu Application%s at %s\n", m->context->cluster->name, m->count,
           m->count == 1 ? "" : "s", m->all->expect->revision);
    fflush(stdout);
}

/* The last one's lack, without the line's indent. */
static void show(const struct waiting *w)
{
    const struct member *lacking = NULL;
    size_t holding = 0;

    for (size_t i = 0; i < w->count; i++) {
        holding += w->members[i].holds;
        if (!w->members[i].holds)
            lacking = &w->members[i];
    }
    if (lacking && lacking->missing.len > 3)
        progress_say("waiting for %.*s", (int)strcspn(lacking->missing.data + 3, "\n"),
                     lacking->missing.data + 3);
    progress_count(holding, w->count);
}

static void on_changed(void *arg)
{
    struct member *m = arg;
    struct waiting *w = m->all;
    bool all = true;

    look(m);
    tell(m);
    for (size_t i = 0; i < w->count; i++)
        all &= w->members[i].holds;
    if (!all)
        show(w);
    w->is_over |= all;
}

static void begin(struct waiting *w, struct fleet_contexts *c, uint64_t timeout_ms)
{
    struct follow_spec spec = {.namespace = w->question->namespace,
                               .selector = w->question->selector};

    progress_say("asking %zu cluster%s", c->items.len, c->items.len == 1 ? "" : "s");
    patience_start(&w->patience, &c->loop, timeout_ms, &w->is_over);
    for (size_t i = 0; i < w->count; i++) {
        struct member *m = &w->members[i];

        *m = (struct member){.all = w, .context = c->items.items[i], .missing = BUF_UNLIMITED};
        m->follow = follow_start(m->context->client, &spec, on_changed, m);
        look(m);
    }
}

static int outcome(const struct waiting *w, uint64_t timeout_ms, struct error **err)
{
    cleanup_buf struct buf missing = BUF_UNLIMITED;
    size_t count = 0;

    for (size_t i = 0; i < w->count; i++) {
        buf_puts(&missing, w->members[i].missing.data);
        count += w->members[i].count;
    }
    if (missing.len && w->patience.is_interrupted)
        return error_set(err, ERROR_CANCELED, "interrupted:%s", missing.data);
    if (missing.len)
        return error_set(err, ERROR_TIMEOUT, "not everywhere within %llu s:%s",
                         (unsigned long long)(timeout_ms + 999) / 1000, missing.data);
    if (!count)
        return error_set(err, ERROR_NOT_FOUND, "no cluster has such an Application");
    return 0;
}

/* A context that the kubeconfig does not define well stays so. */
static int check_contexts(const struct fleet_contexts *c, struct error **err)
{
    for (size_t i = 0; i < c->items.len; i++) {
        const struct fleet_context *x = c->items.items[i];

        if (!x->client)
            return error_set(err, ERROR_INVALID, "context %s cannot be used: %s", x->cluster->name,
                             error_message(x->cluster->error));
    }
    return 0;
}

int fleet_wait(struct fleet_contexts *c, const struct fleet_question *q,
               const struct expect *expect, uint64_t timeout_ms, struct error **err)
{
    struct waiting w = {.question = q, .expect = expect, .count = c->items.len};
    int result;

    if (check_contexts(c, err) < 0)
        return -1;
    w.members = xcalloc(w.count, sizeof(*w.members));
    begin(&w, c, timeout_ms);
    while (!w.is_over)
        uv_run(&c->loop, UV_RUN_ONCE);
    progress_erase();
    progress_say("%s", ""); /* what was waited for is no more */
    result = outcome(&w, timeout_ms, err);
    for (size_t i = 0; i < w.count; i++) {
        follow_stop(w.members[i].follow);
        buf_clear(&w.members[i].missing);
    }
    patience_stop(&w.patience);
    free(w.members);
    return result;
}
