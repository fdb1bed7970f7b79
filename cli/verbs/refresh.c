/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/follow.h"
#include "cli/verbs/operate.h"
#include "cli/verbs/print.h"
#include "cli/verbs/progress.h"
#include "cli/verbs/standing.h"
#include "cli/verbs/table.h"
#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

#include <stdio.h>

#define REFRESH_ANNOTATION "argocd.argoproj.io/refresh"
#define TIMEOUT_MS 60000

struct refresh {
    json_t *asked;    /* the Applications with the annotation, as they were written */
    struct map taken; /* keys of those that were told */
};

/* Is it gone from a later version than the one that was written with it? */
static bool is_taken(const json_t *asked, const json_t *now)
{
    return object_version(now) > object_version(asked) &&
           !*object_annotation(now, REFRESH_ANNOTATION);
}

static void tell(const json_t *app)
{
    cleanup_standing struct standing s = {0};
    cleanup_free char *revision = NULL;
    cleanup_free char *reason = NULL;

    standing_read(app, &s);
    revision = print_revision(s.wanted);
    reason = standing_reason(app, &s);
    progress_erase();
    printf("%s: refreshed at %s: %s, %s%s%s\n", object_meta_string(app, "name"),
           *revision ? revision : "no revision", s.sync, s.health, *reason ? ": " : "", reason);
    fflush(stdout);
}

static bool all_taken(void *arg, const struct map *apps, struct error **err)
{
    struct refresh *r = arg;
    const json_t *asked;
    size_t count = 0;
    size_t i;

    json_array_foreach (r->asked, i, asked) {
        cleanup_free char *key = follow_key(asked);
        const json_t *now = map_find(apps, key);

        if (!now) {
            error_set(err, ERROR_NOT_FOUND, "%s was deleted meanwhile", key);
            return true;
        }
        if (!map_has(&r->taken, key) && is_taken(asked, now)) {
            map_set(&r->taken, key, r);
            tell(now);
        }
        count += map_has(&r->taken, key);
    }
    if (count == json_array_size(r->asked))
        return true;
    progress_say("refreshing");
    progress_count(count, json_array_size(r->asked));
    return false;
}

static int ask_all(struct cluster *c, const json_t *apps, bool hard, json_t *asked,
                   struct error **err)
{
    cleanup_json json_t *patch = json_pack("{s:{s:{s:s}}}", "metadata", "annotations",
                                           REFRESH_ANNOTATION, hard ? "hard" : "normal");
    const json_t *app;
    size_t i;

    json_array_foreach (apps, i, app) {
        cleanup_free char *key = follow_key(app);
        json_t *written;

        if (operate_patch(c, key, patch, &written, err) < 0)
            return -1;
        json_array_append_new(asked, written);
    }
    return 0;
}

static int late(const struct refresh *r, struct error **err)
{
    struct buf b = BUF_UNLIMITED;
    cleanup_free char *names = NULL;
    const json_t *asked;
    size_t i;

    json_array_foreach (r->asked, i, asked) {
        cleanup_free char *key = follow_key(asked);

        if (!map_has(&r->taken, key))
            buf_printf(&b, "%s%s", b.len ? ", " : "", key);
    }
    names = buf_take(&b);
    return error_wrap(err,
                      "nobody took up the refresh of %s: does gitopsd run, or is it in the middle "
                      "of a sync?",
                      names);
}

static int refresh_run(const struct invocation *in, struct error **err)
{
    const struct options *o = in->options;
    cleanup_cluster struct cluster *c = NULL;
    cleanup_json json_t *apps = NULL;
    cleanup_json json_t *asked = json_array();
    cleanup_strvec struct strvec keys = {0};
    struct refresh r = {.asked = asked};
    uint64_t timeout_ms;
    int result;

    result = follow_open(o, TIMEOUT_MS, &timeout_ms, &c, &apps, err);
    if (result)
        return result;
    progress_say("refreshing");
    if (ask_all(c, apps, options_has(o, "hard"), asked, err) < 0)
        return -1;
    follow_keys(asked, &keys);
    result = follow_until(c, &(struct follow_spec){.keys = &keys}, timeout_ms, all_taken, &r, err);
    if (result < 0 && error_kind(*err) == ERROR_TIMEOUT)
        late(&r, err);
    map_clear(&r.taken);
    return result;
}

static const struct option_spec options[] = {
    {"hard", 0, NULL, "use nothing of before: render, read and compare everything again"},
    {"timeout", 0, "DURATION", "how long to wait until it is done; 0: for ever (60s)"},
    {.name = NULL},
};

const struct verb refresh_verb = {
    .name = "refresh",
    .summary = "have Git asked and everything compared now",
    .arguments = "[NAMESPACE/]APP...",
    .max_arguments = VERB_ANY_ARGUMENTS,
    .about = "Writes the annotation argocd.argoproj.io/refresh and waits until gitopsd takes it\n"
             "away, which it does with the status that tells the outcome. Nothing is synced by\n"
             "that but what the Application's automation syncs anyway.\n",
    .examples = "gitopsctl refresh shop\n"
                "gitopsctl refresh --hard shop payments\n"
                "gitopsctl refresh -l team=payments -A\n",
    .options = options,
    .common = VERB_CLUSTER | VERB_SELECTOR,
    .group = VERB_ACT,
    .run = refresh_run,
};
