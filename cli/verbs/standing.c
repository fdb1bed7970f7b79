/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/standing.h"

#include "cli/verbs/app_facts.h"
#include "daemon/object/identity.h"

#include <ctype.h>

#define MIN_DIGITS 7
#define MAX_NAMED 5 /* objects of a list */

static const json_t *last_of_history(const json_t *status)
{
    const json_t *history = json_object_get(status, "history");
    size_t count = json_array_size(history);

    return count ? json_array_get(history, count - 1) : NULL;
}

static bool is_under_way(const json_t *app, const json_t *state)
{
    const char *phase = object_string(state, "phase");

    return json_is_object(json_object_get(app, "operation")) || streq(phase, "Running") ||
           streq(phase, "Terminating");
}

void standing_read(const json_t *app, struct standing *out)
{
    const json_t *status = json_object_get(app, "status");
    const json_t *sync = json_object_get(status, "sync");
    const json_t *policy = json_object_get(json_object_get(app, "spec"), "syncPolicy");
    const json_t *automated = json_object_get(policy, "automated");

    *out = (struct standing){
        .wanted = app_revision_of(sync),
        .sync = object_string(sync, "status"),
        .health = object_string(json_object_get(status, "health"), "status"),
        .is_known = *object_string(sync, "status") ||
                    json_array_size(json_object_get(status, "conditions")),
        .is_under_way = is_under_way(app, json_object_get(status, "operationState")),
        .is_automated = json_is_object(automated),
        .is_suspended = app_is_suspended(app),
    };
    /* A commit that changes nothing of an application is not synced, and has no history. */
    out->applied = streq(out->sync, "Synced") ? xstrdup(out->wanted)
                                              : app_revision_of(last_of_history(status));
    out->is_behind = !*out->wanted || !streq(out->wanted, out->applied);
    if (!*out->sync)
        out->sync = "Unknown";
    if (!*out->health)
        out->health = "Unknown";
}

void standing_clear(struct standing *s)
{
    free(TAKE(s->wanted));
    free(TAKE(s->applied));
}

const char *standing_healthy(const struct standing *s)
{
    return streq(s->health, "Healthy") && !s->is_under_way ? s->applied : "";
}

bool standing_names(const char *commits, const char *revision)
{
    size_t len = strlen(revision);

    if (len < MIN_DIGITS)
        return false;
    for (const char *at = commits; *at; at += strspn(at, ", ")) {
        size_t commit_len = strcspn(at, ",");

        if (commit_len >= len && strncmp(at, revision, len) == 0)
            return true;
        at += commit_len;
    }
    return false;
}

/* ---- objects ---- */

char *standing_object(const json_t *entry)
{
    const char *group = object_string(entry, "group");
    const char *ns = object_string(entry, "namespace");

    return xasprintf("%s%s%s %s%s%s", object_string(entry, "kind"), *group ? "." : "", group, ns,
                     *ns ? "/" : "", object_string(entry, "name"));
}

typedef bool entry_fn(const json_t *entry);

static bool is_unsynced(const json_t *entry)
{
    const char *status = object_string(entry, "status");

    return *status && !streq(status, "Synced");
}

static bool is_unhealthy(const json_t *entry)
{
    const char *health = object_string(json_object_get(entry, "health"), "status");

    return *health && !streq(health, "Healthy");
}

static void put_unsynced(struct buf *out, const json_t *entry)
{
    if (json_is_true(json_object_get(entry, "requiresPruning")))
        buf_puts(out, " (to be pruned)");
    else if (streq(object_string(json_object_get(entry, "health"), "status"), "Missing"))
        buf_puts(out, " (missing)");
}

static void put_unhealthy(struct buf *out, const json_t *entry)
{
    const json_t *health = json_object_get(entry, "health");
    const char *message = object_string(health, "message");

    buf_printf(out, " (%s%s%s)", object_string(health, "status"), *message ? ": " : "", message);
}

static bool put_objects(const json_t *app, struct buf *out, entry_fn *wanted,
                        void (*put)(struct buf *out, const json_t *entry))
{
    const json_t *list = json_object_get(json_object_get(app, "status"), "resources");
    const json_t *entry;
    size_t count = 0;
    size_t i;

    json_array_foreach (list, i, entry) {
        cleanup_free char *name = NULL;

        if (!wanted(entry) || ++count > MAX_NAMED)
            continue;
        name = standing_object(entry);
        buf_printf(out, "%s%s", count > 1 ? ", " : "", name);
        put(out, entry);
    }
    if (count > MAX_NAMED)
        buf_printf(out, " and %zu more", count - MAX_NAMED);
    return count > 0;
}

bool standing_put_unsynced(const json_t *app, struct buf *out)
{
    return put_objects(app, out, is_unsynced, put_unsynced);
}

bool standing_put_unhealthy(const json_t *app, struct buf *out)
{
    return put_objects(app, out, is_unhealthy, put_unhealthy);
}

/* ---- why ---- */

/* The first condition that is an error. */
static const json_t *error_of(const json_t *status)
{
    const json_t *list = json_object_get(status, "conditions");
    const json_t *condition;
    size_t i;

    json_array_foreach (list, i, condition)
        if (str_has_suffix(object_string(condition, "type"), "Error"))
            return condition;
    return NULL;
}

static void put_operation(struct buf *out, const json_t *app, const json_t *state)
{
    const char *message = object_string(state, "message");

    if (json_is_object(json_object_get(app, "operation")) &&
        !streq(object_string(state, "phase"), "Running"))
        buf_puts(out, "a sync is asked for, and has not begun");
    else
        buf_printf(out, "syncing%s%s", *message ? ": " : "", message);
}

static void put_behind(struct buf *out, const struct standing *s)
{
    if (!*s->wanted)
        buf_puts(out, "not compared yet");
    else if (s->is_suspended)
        buf_puts(out, "behind: suspended");
    else if (!s->is_automated)
        buf_puts(out, "behind: waits for a sync by hand");
    else
        buf_puts(out, "behind");
}

static void put_state(struct buf *out, const json_t *app, const struct standing *s)
{
    if (!s->is_known) {
        buf_puts(out, STANDING_UNKNOWN);
        return;
    }
    if (s->is_behind)
        put_behind(out, s);
    else if (!streq(s->sync, "Synced"))
        buf_puts(out, s->sync);
    if (!streq(s->sync, "Synced")) {
        size_t before = out->len;

        buf_puts(out, ": ");
        if (!standing_put_unsynced(app, out))
            buf_truncate(out, before);
    }
    if (streq(s->health, "Healthy"))
        return;
    buf_printf(out, "%s%s: ", out->len ? "; " : "", s->health);
    if (!standing_put_unhealthy(app, out)) {
        const json_t *health = json_object_get(json_object_get(app, "status"), "health");
        const char *message = object_string(health, "message");

        buf_truncate(out, out->len - (*message ? 0 : 2));
        buf_puts(out, message);
    }
}

char *standing_line(const char *text)
{
    char *line = xstrdup(text);

    for (char *at = line; *at; at++)
        if (iscntrl((unsigned char)*at))
            *at = ' ';
    return line;
}

char *standing_reason(const json_t *app, const struct standing *s)
{
    const json_t *status = json_object_get(app, "status");
    const json_t *condition = error_of(status);
    struct buf b = BUF_UNLIMITED;
    char *reason;

    if (condition)
        buf_printf(&b, "%s: %s", object_string(condition, "type"),
                   object_string(condition, "message"));
    else if (s->is_under_way)
        put_operation(&b, app, json_object_get(status, "operationState"));
    else
        put_state(&b, app, s);
    reason = standing_line(b.data);
    buf_clear(&b);
    return reason;
}
