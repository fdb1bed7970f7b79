/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/project/window.h"

#include "daemon/object/identity.h"
#include "daemon/project/cron.h"
#include "lib/base/glob.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/base/zone.h"

struct window {
    const json_t *source; /* whose lists of globs count; borrowed from the list */
    bool is_deny;
    bool manual_sync;
    bool sync_overrun;
    struct cron cron;
    int64_t duration_s;
    struct zone *zone; /* NULL: UTC */
    char *problem;     /* why it cannot be read; NULL: it can */
};

struct windows {
    json_t *list;
    struct window *items;
    size_t len;
};

/* ---- parsing ---- */

static int read_window(struct window *w, struct error **err)
{
    const char *kind = object_string(w->source, "kind");
    const char *zone = object_string(w->source, "timeZone");
    cleanup_error struct error *no_zone = NULL;
    uint64_t duration_ms;

    w->is_deny = streq(kind, "deny");
    w->manual_sync = json_is_true(json_object_get(w->source, "manualSync"));
    w->sync_overrun = json_is_true(json_object_get(w->source, "syncOverrun"));
    /* As in Argo CD, where no zone can be loaded the clock is UTC's. */
    if (*zone && zone_load(zone, &w->zone, &no_zone) < 0)
        log_event(LOG_WARN, "sync window: UTC counts instead", "error", error_message(no_zone),
                  NULL);
    if (!w->is_deny && !streq(kind, "allow"))
        return error_set(err, ERROR_INVALID, "kind \"%s\" is neither allow nor deny", kind);
    if (cron_parse(object_string(w->source, "schedule"), &w->cron, err) < 0)
        return -1;
    if (duration_parse(object_string(w->source, "duration"), &duration_ms, err) < 0)
        return error_wrap(err, "duration");
    w->duration_s = (int64_t)(duration_ms / 1000);
    return 0;
}

struct windows *windows_parse(const json_t *list)
{
    struct windows *w = xcalloc(1, sizeof(*w));

    w->list = list ? json_deep_copy(list) : json_array();
    w->len = json_array_size(w->list);
    w->items = xcalloc(w->len + 1, sizeof(*w->items));
    for (size_t i = 0; i < w->len; i++) {
        cleanup_error struct error *err = NULL;

        w->items[i].source = json_array_get(w->list, i);
        if (read_window(&w->items[i], &err) < 0)
            w->items[i].problem = xasprintf("spec.syncWindows[%zu]: %s", i, error_message(err));
    }
    return w;
}

void windows_free(struct windows *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->len; i++) {
        zone_free(w->items[i].zone);
        free(w->items[i].problem);
    }
    free(w->items);
    json_decref(w->list);
    free(w);
}

size_t windows_count(const struct windows *w)
{
    return w->len;
}

/* ---- whom it is meant for ---- */

static bool matches(const json_t *patterns, const char *value)
{
    const json_t *item;
    size_t i;

    json_array_foreach (patterns, i, item) {
        if (json_is_string(item) && glob_match(json_string_value(item), value, 0))
            return true;
    }
    return false;
}

static bool matches_cluster(const json_t *patterns, const struct project_cluster *cluster)
{
    for (size_t i = 0; i < ARRAY_LEN(cluster->servers); i++)
        if ((cluster->servers[i] && matches(patterns, cluster->servers[i])) ||
            (cluster->names[i] && matches(patterns, cluster->names[i])))
            return true;
    return false;
}

static bool is_meant_for(const struct window *w, const struct window_sync *sync)
{
    const json_t *lists[] = {
        json_object_get(w->source, "applications"),
        json_object_get(w->source, "clusters"),
        json_object_get(w->source, "namespaces"),
    };
    bool all = json_is_true(json_object_get(w->source, "andOperator"));
    bool any_matched = false;

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        bool matched;

        if (!json_array_size(lists[i]))
            continue;
        matched = i == 1 ? matches_cluster(lists[i], sync->cluster)
                         : matches(lists[i], i == 0 ? sync->app : sync->namespace);
        if (all && !matched)
            return false;
        any_matched |= matched;
    }
    return any_matched;
}

/* ---- when ---- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The window's clock is UTC's, moved by the offset of now: as in Argo CD, a change of the offset
 * within a window moves its end. `*change_ms`: lowered to when this may be otherwise. */
static bool is_active(const struct window *w, int64_t now_ms, int64_t *change_ms)
{
    int64_t now_s = now_ms / 1000;
    int64_t zone_until_s = ZONE_NEVER;
    int64_t offset_s = w->zone ? zone_offset(w->zone, now_s, &zone_until_s) : 0;
    int64_t local_s = now_s + offset_s;
    int64_t start_s = cron_next(&w->cron, local_s - w->duration_s);
    int64_t next_s = cron_next(&w->cron, local_s);
    bool active = start_s < local_s || (start_s == local_s && now_ms % 1000 > 0);

    if (zone_until_s != ZONE_NEVER)
        *change_ms = least(*change_ms, zone_until_s * 1000);
    if (active) /* by then this start has passed; another may have come */
        *change_ms = least(*change_ms, (start_s + w->duration_s - offset_s) * 1000);
    if (start_s == local_s && !active)
        *change_ms = least(*change_ms, now_ms + 1);
    if (next_s != CRON_NEVER)
        *change_ms = least(*change_ms, (next_s - offset_s) * 1000 + 1);
    return active;
}

/* What the windows of one kind and state say together. */
struct sum {
    size_t count;
    bool manual;  /* all of them allow a manual sync ... */
    bool overrun; /* ... or one that has started */
};

static void add(struct sum *sum, const struct window *w)
{
    sum->manual = w->manual_sync && (!sum->count || sum->manual);
    sum->overrun = w->sync_overrun && (!sum->count || sum->overrun);
    sum->count++;
}

static bool may_sync_at(const struct windows *w, const struct window_sync *sync, int64_t now_ms,
                        int64_t *change_ms);

/* One that was allowed when it started may go on. */
static bool may_overrun(const struct windows *w, const struct sum *sum,
                        const struct window_sync *sync)
{
    struct window_sync start = *sync;
    int64_t unused = WINDOW_NEVER;

    if (!sum->overrun || !sync->started_ms)
        return false;
    start.started_ms = 0;
    return may_sync_at(w, &start, sync->started_ms, &unused);
}

static bool may_sync_at(const struct windows *w, const struct window_sync *sync, int64_t now_ms,
                        int64_t *change_ms)
{
    struct sum denies = {0};
    struct sum allows = {0};
    struct sum inactive_allows = {0};

    for (size_t i = 0; i < w->len; i++) {
        const struct window *item = &w->items[i];
        bool active;

        if (!is_meant_for(item, sync))
            continue;
        active = is_active(item, now_ms, change_ms);
        if (item->is_deny && active)
            add(&denies, item);
        else if (!item->is_deny)
            add(active ? &allows : &inactive_allows, item);
    }
    if (denies.count)
        return (sync->manual && denies.manual) || may_overrun(w, &denies, sync);
    if (allows.count || !inactive_allows.count)
        return true;
    return (sync->manual && inactive_allows.manual) || may_overrun(w, &inactive_allows, sync);
}

static const char *problem_for(const struct windows *w, const struct window_sync *sync)
{
    for (size_t i = 0; i < w->len; i++)
        if (w->items[i].problem && is_meant_for(&w->items[i], sync))
            return w->items[i].problem;
    return NULL;
}

bool window_may_sync(const struct windows *w, const struct window_sync *sync, int64_t now_ms,
                     char **why, int64_t *next_change_ms)
{
    const char *problem = problem_for(w, sync);

    *next_change_ms = WINDOW_NEVER;
    if (problem) {
        *why = xasprintf(WINDOW_BLOCKED ": %s", problem);
        return false;
    }
    if (may_sync_at(w, sync, now_ms, next_change_ms))
        return true;
    *why = xstrdup(WINDOW_BLOCKED);
    return false;
}
