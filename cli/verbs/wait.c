/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/expect.h"
#include "cli/verbs/follow.h"
#include "cli/verbs/print.h"
#include "cli/verbs/progress.h"
#include "cli/verbs/standing.h"
#include "cli/verbs/table.h"
#include "lib/doc/yaml.h"

#include <stdio.h>

#define TIMEOUT_MS 300000

struct wait {
    struct expect expect;
    const struct strvec *keys;
    struct map met;     /* keys of those that were told */
    struct buf missing; /* one line each, of those that do not hold now */
};

static void tell(const char *key, const json_t *app)
{
    cleanup_standing struct standing s = {0};
    cleanup_free char *revision = NULL;

    standing_read(app, &s);
    revision = print_revision(s.applied);
    progress_erase();
    printf("%s: %s, %s at %s\n", strchr(key, '/') + 1, s.sync, s.health,
           *revision ? revision : "no revision");
    fflush(stdout);
}

/* All of them at the same time, not one after the other. */
static bool all_hold(void *arg, const struct map *apps, struct error **err)
{
    struct wait *w = arg;
    size_t holding = 0;
    const char *first = NULL;

    buf_truncate(&w->missing, 0);
    for (size_t i = 0; i < w->keys->len; i++) {
        const char *key = w->keys->items[i];
        const json_t *app = map_find(apps, key);
        cleanup_buf struct buf why = BUF_UNLIMITED;
        cleanup_free char *line = NULL;

        if (!app) {
            error_set(err, ERROR_NOT_FOUND, "%s was deleted meanwhile", key);
            return true;
        }
        if (expect_holds(&w->expect, app, &why)) {
            holding++;
            if (!map_set(&w->met, key, w))
                tell(key, app);
            continue;
        }
        map_remove(&w->met, key);
        line = standing_line(why.data);
        if (!first)
            progress_say("waiting for %s: %s", strchr(key, '/') + 1, line);
        first = key;
        buf_printf(&w->missing, "\n  %s: %s", strchr(key, '/') + 1, line);
    }
    if (holding == w->keys->len)
        return true;
    progress_count(holding, w->keys->len);
    return false;
}

/* `e` borrows from `forms`. */
static int read_expectations(const struct options *o, struct strvec *forms, struct expect *e,
                             struct error **err)
{
    options_list(o, "for", forms);
    for (size_t i = 0; i < forms->len; i++)
        if (expect_parse(forms->items[i], e, err) < 0)
            return VERB_MISUSE;
    if (!forms->len)
        *e = (struct expect){.synced = true, .healthy = true, .operation = true};
    return 0;
}

/* As they were read a moment ago. */
static bool hold_already(struct wait *w, const json_t *apps, struct error **err)
{
    cleanup_map struct map by_key = {0};
    json_t *app;
    size_t i;

    json_array_foreach (apps, i, app)
        map_set(&by_key, w->keys->items[i], app);
    return all_hold(w, &by_key, err);
}

static int wait_for(struct cluster *c, const json_t *apps, struct wait *w, uint64_t timeout_ms,
                    struct error **err)
{
    cleanup_strvec struct strvec keys = {0};
    int result;

    follow_keys(apps, &keys);
    w->keys = &keys;
    if (hold_already(w, apps, err))
        return *err ? -1 : 0;
    result = follow_until(c, &(struct follow_spec){.keys = &keys}, timeout_ms, all_hold, w, err);
    if (result < 0 && (error_kind(*err) == ERROR_TIMEOUT || error_kind(*err) == ERROR_CANCELED)) {
        cleanup_error struct error *why = TAKE(*err);

        error_set(err, error_kind(why), "%s:%s", error_message(why), w->missing.data);
    }
    return result;
}

static int wait_run(const struct invocation *in, struct error **err)
{
    const struct options *o = in->options;
    cleanup_cluster struct cluster *c = NULL;
    cleanup_json json_t *apps = NULL;
    cleanup_strvec struct strvec forms = {0};
    struct wait w = {.missing = BUF_UNLIMITED};
    uint64_t timeout_ms;
    int result;

    if (read_expectations(o, &forms, &w.expect, err) < 0)
        return VERB_MISUSE;
    result = follow_open(o, TIMEOUT_MS, &timeout_ms, &c, &apps, err);
    if (result)
        return result;
    result = wait_for(c, apps, &w, timeout_ms, err);
    map_clear(&w.met);
    buf_clear(&w.missing);
    return result;
}

static const struct option_spec options[] = {
    {"for", 0, EXPECT_FORMS, "what is waited for; may be repeated, and adds up"},
    {"timeout", 0, "DURATION", "how long to wait; 0: for ever (5m)"},
    {.name = NULL},
};

const struct verb wait_verb = {
    .name = "wait",
    .summary = "wait until Applications are as they should be",
    .arguments = "[NAMESPACE/]APP...",
    .max_arguments = VERB_ANY_ARGUMENTS,
    .about =
        "What can be waited for, by watching, without asking again and again:\n"
        "\n"
        "  synced            the live objects are as Git has them\n"
        "  healthy           all of them are healthy\n"
        "  operation         no sync is asked for or under way\n"
        "  revision=COMMIT   that commit is applied; its first 7 digits are enough\n"
        "\n"
        "Several --for add up; without one they are synced, healthy and operation. Ends with 0\n"
        "when all of it holds for all Applications at once. After the timeout it ends with 1,\n"
        "and names what is missing: which object, and why.\n",
    .examples = "gitopsctl wait shop\n"
                "# Is what was just pushed applied and healthy?\n"
                "gitopsctl wait shop --for revision=$(git rev-parse HEAD) --for healthy\n"
                "gitopsctl wait -l team=payments --for synced --timeout 2m\n",
    .options = options,
    .common = VERB_CLUSTER | VERB_SELECTOR,
    .group = VERB_ACT,
    .run = wait_run,
};
