/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/app_facts.h"
#include "cli/verbs/describe_app.h"
#include "cli/verbs/print.h"
#include "cli/verbs/remedy.h"
#include "cli/verbs/standing.h"
#include "daemon/object/identity.h"
#include "daemon/project/window.h"
#include "lib/base/time.h"

#define RESOURCES_SHOWN 50

/* ---- conditions ---- */

void describe_conditions(const json_t *app, int64_t now_ms, struct buf *out)
{
    const json_t *list = json_object_get(json_object_get(app, "status"), "conditions");
    const json_t *condition;
    size_t i;

    if (!json_array_size(list))
        return;
    describe_title(out, "Conditions");
    json_array_foreach (list, i, condition) {
        const char *type = object_string(condition, "type");
        const char *message = object_string(condition, "message");
        const char *remedy = remedy_of(type, message);
        enum tint tint = str_has_suffix(type, "Error") ? TINT_BAD : TINT_BUSY;
        cleanup_free char *ago =
            describe_ago(object_string(condition, "lastTransitionTime"), now_ms);

        buf_printf(out, "  %s%s%s%s%s\n", term_on(tint), type, term_off(tint), *ago ? ", " : "",
                   ago);
        describe_lines(out, "    ", message);
        if (remedy)
            buf_printf(out, "    What to do: %s.\n", remedy);
    }
}

/* ---- the operation ---- */

static bool went_well(const json_t *result)
{
    const char *status = object_string(result, "status");
    const char *phase = object_string(result, "hookPhase");

    return !streq(status, "SyncFailed") && !streq(phase, "Failed") && !streq(phase, "Error");
}

static void put_failures(const json_t *results, struct buf *out)
{
    const json_t *r;
    size_t i;

    json_array_foreach (results, i, r) {
        cleanup_free char *title = NULL;

        if (went_well(r))
            continue;
        title = standing_object(r);
        buf_printf(out, "  %s%s%s: %s\n", term_on(TINT_BAD), title, term_off(TINT_BAD),
                   object_string(r, "message"));
    }
}

static char *asked_by(const json_t *state)
{
    const json_t *by = json_object_get(json_object_get(state, "operation"), "initiatedBy");

    if (json_is_true(json_object_get(by, "automated")))
        return xstrdup("automated");
    if (*object_string(by, "username"))
        return xasprintf("asked for by %s", object_string(by, "username"));
    return xstrdup("");
}

void describe_operation(const json_t *app, int64_t now_ms, struct buf *out)
{
    const json_t *state = json_object_get(json_object_get(app, "status"), "operationState");
    const json_t *result = json_object_get(state, "syncResult");
    const char *phase = object_string(state, "phase");
    const char *finished = object_string(state, "finishedAt");
    enum tint tint = tint_of_state(phase);
    cleanup_free char *by = NULL;
    cleanup_free char *revision = NULL;
    cleanup_free char *ago = NULL;

    if (json_object_get(app, "operation") && !*phase)
        describe_title(out, "Operation: asked for, and not yet begun");
    if (!*phase)
        return;
    by = asked_by(state);
    revision = app_revision_of(result);
    ago = describe_ago(*finished ? finished : object_string(state, "startedAt"), now_ms);
    describe_title(out, "Last operation");
    buf_printf(out, "  %s%s%s %s%s%s%s%s%s\n", term_on(tint), phase, term_off(tint),
               *finished ? "" : "since ", ago, *revision ? ", to " : "", revision, *by ? ", " : "",
               by);
    describe_lines(out, "  ", object_string(state, "message"));
    put_failures(json_object_get(result, "resources"), out);
}

/* ---- resources ---- */

static bool is_in_order(const json_t *r)
{
    const char *sync = object_string(r, "status");
    const char *health = object_string(json_object_get(r, "health"), "status");

    return (!*sync || streq(sync, "Synced")) && (!*health || streq(health, "Healthy"));
}

static void put_resource(struct print_table *t, const json_t *r)
{
    const json_t *health = json_object_get(r, "health");
    const char *message = object_string(health, "message");
    cleanup_free char *title = standing_object(r);
    const char *why = json_is_true(json_object_get(r, "requiresPruning"))
                          ? "no longer in Git: a sync with prune deletes it"
                          : "";

    print_row(t);
    print_cell(t, title);
    print_state(t, object_string(r, "status"));
    print_state(t, object_string(health, "status"));
    print_cell(t, *message ? message : why);
}

/* The rows of a table, two columns to the right. */
static void put_table(const struct print_table *t, struct buf *out)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    print_table_put(t, &text);
    describe_lines(out, "  ", text.data);
}

void describe_resources(const json_t *app, struct buf *out)
{
    static const char *const headings[] = {"OBJECT", "SYNC", "HEALTH", "WHY", NULL};
    cleanup_print_table struct print_table t = {.headings = headings};
    const json_t *list = json_object_get(json_object_get(app, "status"), "resources");
    size_t wrong = 0;
    const json_t *r;
    size_t i;

    if (!json_array_size(list))
        return;
    json_array_foreach (list, i, r) {
        if (is_in_order(r))
            continue;
        if (wrong++ < RESOURCES_SHOWN)
            put_resource(&t, r);
    }
    describe_title(out, "Objects: %zu, %s", json_array_size(list),
                   wrong ? "of which not in sync or not healthy:" : "all in sync and healthy");
    if (wrong)
        put_table(&t, out);
    if (wrong > RESOURCES_SHOWN)
        buf_printf(out, "  ... and %zu more\n", wrong - RESOURCES_SHOWN);
}

/* ---- sync windows ---- */

static void put_permission(const struct windows *w, struct window_sync *sync, const char *whom,
                           int64_t now_ms, struct buf *out)
{
    cleanup_free char *why = NULL;
    int64_t until_ms;
    char text[TIME_RFC3339_BYTES];
    bool may = window_may_sync(w, sync, now_ms, &why, &until_ms);

    buf_printf(out, "  %s: %s", whom, may ? "may start now" : "may not start now");
    if (until_ms != WINDOW_NEVER) {
        time_format_rfc3339(until_ms, text);
        buf_printf(out, ", until %s or later", text);
    }
    buf_putc(out, '\n');
}

static void put_window(const json_t *w, struct buf *out)
{
    const char *zone = object_string(w, "timeZone");

    buf_printf(out, "  %s %s for %s%s%s%s\n", object_string(w, "kind"),
               object_string(w, "schedule"), object_string(w, "duration"), *zone ? ", " : "", zone,
               json_is_true(json_object_get(w, "manualSync")) ? ", manual syncs may start" : "");
}

void describe_windows(const json_t *app, const json_t *project, int64_t now_ms, struct buf *out)
{
    static const struct project_cluster here = {.servers = {"https://kubernetes.default.svc"},
                                                .names = {"in-cluster"}};
    const json_t *spec = json_object_get(app, "spec");
    const json_t *list = json_object_get(json_object_get(project, "spec"), "syncWindows");
    struct window_sync sync = {.app = object_meta_string(app, "name"),
                               .namespace =
                                   object_string(json_object_get(spec, "destination"), "namespace"),
                               .cluster = &here};
    struct windows *windows;
    const json_t *w;
    size_t i;

    if (!json_array_size(list))
        return;
    windows = windows_parse(list);
    describe_title(out, "Sync windows of project %s", object_string(spec, "project"));
    json_array_foreach (list, i, w)
        put_window(w, out);
    put_permission(windows, &sync, "Automated syncs", now_ms, out);
    sync.manual = true;
    put_permission(windows, &sync, "Manual syncs", now_ms, out);
    windows_free(windows);
}

/* ---- history ---- */

static char *deployed_by(const json_t *entry)
{
    const json_t *by = json_object_get(entry, "initiatedBy");
    const char *user = object_string(by, "username");

    return xstrdup(*user                                            ? user
                   : json_is_true(json_object_get(by, "automated")) ? "automated"
                                                                    : "");
}

/* How long it took, "" where that is not known. Heap. */
static char *took(const json_t *entry)
{
    cleanup_error struct error *ignored = NULL;
    int64_t from;
    int64_t to;

    if (time_parse_rfc3339(object_string(entry, "deployStartedAt"), &from, &ignored) < 0 ||
        time_parse_rfc3339(object_string(entry, "deployedAt"), &to, &ignored) < 0)
        return xstrdup("");
    return print_age_between(from, to);
}

void describe_history(const json_t *app, size_t limit, int64_t now_ms, struct buf *out)
{
    static const char *const headings[] = {"ID", "DEPLOYED", "AGO", "TOOK", "REVISION", "BY", NULL};
    cleanup_print_table struct print_table t = {.headings = headings};
    const json_t *list = json_object_get(json_object_get(app, "status"), "history");
    size_t len = json_array_size(list);

    for (size_t i = len; i > 0 && (!limit || len - i < limit); i--) {
        const json_t *entry = json_array_get(list, i - 1);
        const char *at = object_string(entry, "deployedAt");
        cleanup_free char *id =
            xasprintf("%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(entry, "id")));
        cleanup_free char *ago = describe_ago(at, now_ms);
        cleanup_free char *revision = app_revision_of(entry);
        cleanup_free char *by = deployed_by(entry);
        cleanup_free char *time = took(entry);

        if (str_has_suffix(ago, " ago"))
            ago[strlen(ago) - strlen(" ago")] = '\0';
        print_row(&t);
        print_cell(&t, id);
        print_cell(&t, at);
        print_cell(&t, ago);
        print_cell(&t, time);
        print_cell(&t, revision);
        print_cell(&t, by);
    }
    if (!len)
        return;
    if (!limit) {
        print_table_put(&t, out);
        return;
    }
    describe_title(out, "History, the newest first");
    put_table(&t, out);
}
