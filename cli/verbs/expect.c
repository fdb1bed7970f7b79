/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/expect.h"

#include "cli/verbs/print.h"
#include "cli/verbs/standing.h"

#define MIN_DIGITS 7
#define MAX_DIGITS 64 /* of SHA-256 */

int expect_check_revision(const char *revision, struct error **err)
{
    size_t len = strlen(revision);

    if (len < MIN_DIGITS || len > MAX_DIGITS || strspn(revision, "0123456789abcdef") != len)
        return error_set(err, ERROR_INVALID,
                         "\"%s\" is not the id of a commit, in full or its first 7 digits or more; "
                         "git rev-parse prints that of a branch or tag",
                         revision);
    return 0;
}

int expect_parse(const char *text, struct expect *e, struct error **err)
{
    if (streq(text, "synced"))
        e->synced = true;
    else if (streq(text, "healthy"))
        e->healthy = true;
    else if (streq(text, "operation"))
        e->operation = true;
    else if (str_has_prefix(text, "revision="))
        e->revision = text + strlen("revision=");
    else
        return error_set(err, ERROR_INVALID, "--for %s: must be one of %s", text, EXPECT_FORMS);
    if (e->revision && expect_check_revision(e->revision, err) < 0)
        return error_wrap(err, "--for revision");
    return 0;
}

/* ---- the questions, each one part of the line ---- */

static void separate(struct buf *b)
{
    if (b->len)
        buf_puts(b, "; ");
}

static bool holds_operation(const json_t *app, const struct standing *s, struct buf *b)
{
    const json_t *state = json_object_get(json_object_get(app, "status"), "operationState");
    const char *message = json_string_value(json_object_get(state, "message"));

    if (!s->is_under_way)
        return true;
    separate(b);
    buf_puts(b, "an operation is under way");
    if (message && *message)
        buf_printf(b, ": %s", message);
    return false;
}

static bool holds_revision(const char *revision, const struct standing *s, struct buf *b)
{
    cleanup_free char *applied = NULL;

    if (standing_names(s->applied, revision))
        return true;
    applied = print_revision(s->applied);
    separate(b);
    buf_printf(b, "%s is applied", *applied ? applied : "nothing");
    if (standing_names(s->wanted, revision))
        buf_printf(b, ", not yet %s", revision);
    else
        buf_printf(b, ", and %s is not known yet", revision);
    return false;
}

static bool holds_synced(const json_t *app, const struct standing *s, struct buf *b)
{
    if (streq(s->sync, "Synced"))
        return true;
    separate(b);
    buf_puts(b, s->sync);
    if (!streq(s->sync, "OutOfSync")) /* nothing is known of any object */
        return false;
    buf_puts(b, ": ");
    if (!standing_put_unsynced(app, b))
        buf_truncate(b, b->len - 2);
    return false;
}

static bool holds_healthy(const json_t *app, const struct standing *s, struct buf *b)
{
    if (streq(s->health, "Healthy"))
        return true;
    separate(b);
    buf_printf(b, "%s: ", s->health);
    if (!standing_put_unhealthy(app, b))
        buf_truncate(b, b->len - 2);
    return false;
}

/* What is wrong is told once, whatever of the questions it makes fail. */
static void put_error(const json_t *app, struct buf *b)
{
    const json_t *list = json_object_get(json_object_get(app, "status"), "conditions");
    const json_t *condition;
    size_t i;

    json_array_foreach (list, i, condition) {
        const char *type = json_string_value(json_object_get(condition, "type"));
        const char *message = json_string_value(json_object_get(condition, "message"));

        if (type && message && str_has_suffix(type, "Error")) {
            separate(b);
            buf_printf(b, "%s: %s", type, message);
        }
    }
}

bool expect_holds(const struct expect *e, const json_t *app, struct buf *missing)
{
    cleanup_standing struct standing s;
    bool holds = true;

    standing_read(app, &s);
    if (!s.is_known && (e->revision || e->synced || e->healthy)) {
        buf_puts(missing, STANDING_UNKNOWN);
        return false;
    }
    if (e->revision)
        holds &= holds_revision(e->revision, &s, missing);
    if (e->operation)
        holds &= holds_operation(app, &s, missing);
    if (e->synced)
        holds &= holds_synced(app, &s, missing);
    if (e->healthy)
        holds &= holds_healthy(app, &s, missing);
    if (!holds)
        put_error(app, missing);
    return holds;
}
