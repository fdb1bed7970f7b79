/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/operate.h"

#include "cli/verbs/app_facts.h"
#include "cli/verbs/apps.h"
#include "cli/verbs/follow.h"
#include "cli/verbs/print.h"
#include "cli/verbs/progress.h"
#include "cli/verbs/standing.h"
#include "daemon/object/identity.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#define CONFLICT_TRIES 5
/* Nobody takes it up: is there a gitopsd at all? */
#define TAKEN_UP_MS 10000

/* ---- asking for it ---- */

int operate_patch(struct cluster *c, const char *app, const json_t *patch, json_t **out,
                  struct error **err)
{
    cleanup_free char *path = app_path(c->namespace, app);
    cleanup_free char *body = json_dumps(patch, JSON_COMPACT);
    struct kube_call_spec spec = {.method = "PATCH",
                                  .path = path,
                                  .content_type = "application/merge-patch+json",
                                  .body = body,
                                  .body_len = strlen(body)};
    json_t *answer;

    if (cluster_call(c, &spec, &answer, err) < 0)
        return -1;
    if (out)
        *out = answer;
    else
        json_decref(answer);
    return 0;
}

/* Who asks: the cluster may know the credentials by another name. */
static const char *user_name(void)
{
    const struct passwd *entry = getpwuid(getuid());
    const char *name = getenv("USER");

    if (name && *name)
        return name;
    return entry ? entry->pw_name : "gitopsctl";
}

static int try_once(struct cluster *c, const struct operate *op, struct error **err)
{
    cleanup_json json_t *app = NULL;
    cleanup_json json_t *operation = NULL;
    cleanup_json json_t *patch = NULL;

    if (app_get(c, op->app, &app, err) < 0 || op->make(op->arg, app, &operation, err) < 0)
        return -1;
    patch = json_pack("{s:{s:s}, s:O}", "metadata", "resourceVersion",
                      object_meta_string(app, "resourceVersion"), "operation", operation);
    return operate_patch(c, op->app, patch, NULL, err);
}

static int ask(struct cluster *c, const struct operate *op, struct error **err)
{
    for (int i = 1;; i++) {
        if (try_once(c, op, err) == 0)
            return 0;
        if (error_code(*err) != 409 || i == CONFLICT_TRIES)
            return -1;
        error_free(TAKE(*err)); /* its status was written meanwhile */
    }
}

/* ---- following it ---- */

struct watching {
    const struct operate *op;
    uint64_t asked_ms;
    char *message; /* what it waits for; NULL: nobody has taken it up */
    json_t *state; /* of the end */
};

/* As many objects as it is about, hooks apart. */
static size_t total_of(const struct operate *op, const json_t *app)
{
    const json_t *chosen = op->request->resources;

    return json_array_size(chosen ? chosen
                                  : json_object_get(json_object_get(app, "status"), "resources"));
}

static void show(const struct watching *w, const json_t *app, const json_t *state)
{
    const char *name = object_meta_string(app, "name");
    const char *message = object_string(state, "message");
    const json_t *result = json_object_get(state, "syncResult");
    const json_t *list = json_object_get(result, "resources");
    const char *phase = object_string(json_array_get(list, json_array_size(list) - 1), "syncPhase");

    if (state) {
        progress_say("%s %s: %s%s%s", w->op->verb, name, *phase ? phase : "under way",
                     *message ? ": " : "", message);
        progress_count(json_array_size(list), total_of(w->op, app));
    } else if (time_monotonic_ms() - w->asked_ms > TAKEN_UP_MS) {
        progress_say("%s %s: nobody has taken it up so far; does gitopsd run?", w->op->verb, name);
    } else {
        progress_say("%s %s: asked for", w->op->verb, name);
    }
}

static bool is_over(const json_t *state)
{
    const char *phase = object_string(state, "phase");

    return *phase && !streq(phase, "Running") && !streq(phase, "Terminating");
}

static bool is_enough(void *arg, const struct map *apps, struct error **err)
{
    struct watching *w = arg;
    const char *id = w->op->request->id;
    const struct map_entry *e;
    const json_t *state;
    size_t it = 0;

    e = map_next(apps, &it);
    if (!e) {
        error_set(err, ERROR_NOT_FOUND, "it was deleted meanwhile");
        return true;
    }
    state = request_state(e->value, id);
    if (state) {
        free(w->message);
        w->message = standing_line(object_string(state, "message"));
    }
    show(w, e->value, state);
    if (is_over(state) && !request_is_pending(e->value, id)) {
        w->state = json_incref((json_t *)state);
        return true;
    }
    if (!state && !request_is_pending(e->value, id))
        error_set(err, ERROR_CONFLICT,
                  "the request is gone, and nothing tells what became of it: somebody withdrew it, "
                  "or another one took its place; see gitopsctl history");
    return *err != NULL;
}

/* ---- the end ---- */

static bool has_failed(const json_t *result)
{
    return streq(object_string(result, "status"), "SyncFailed") ||
           streq(object_string(result, "hookPhase"), "Failed") ||
           streq(object_string(result, "hookPhase"), "Error");
}

/* "Synced", or what a hook came to. */
static const char *result_word(const json_t *result)
{
    const char *status = object_string(result, "status");

    return *object_string(result, "hookType") || !*status ? object_string(result, "hookPhase")
                                                          : status;
}

static void print_results(const json_t *results)
{
    static const char *const headings[] = {"PHASE", "OBJECT", "RESULT", "MESSAGE", NULL};
    cleanup_print_table struct print_table t = {.headings = headings};
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const json_t *result;
    size_t i;

    json_array_foreach (results, i, result) {
        cleanup_free char *object = standing_object(result);
        cleanup_free char *message = standing_line(object_string(result, "message"));

        print_row(&t);
        print_cell(&t, object_string(result, "syncPhase"));
        print_cell(&t, object);
        print_state(&t, result_word(result));
        print_cell(&t, message);
    }
    if (t.rows.len)
        print_table_put(&t, &text);
    print_text(&text);
}

static size_t count_skipped(const json_t *results)
{
    const json_t *result;
    size_t count = 0;
    size_t i;

    json_array_foreach (results, i, result)
        count += streq(object_string(result, "status"), "PruneSkipped") &&
                 !strstr(object_string(result, "message"), "no prune");
    return count;
}

static int fail(const json_t *state, const json_t *results, struct error **err)
{
    cleanup_free char *message = standing_line(object_string(state, "message"));
    struct buf b = BUF_UNLIMITED;
    cleanup_free char *objects = NULL;
    const json_t *result;
    size_t i;

    json_array_foreach (results, i, result) {
        cleanup_free char *object = standing_object(result);
        cleanup_free char *why = standing_line(object_string(result, "message"));

        if (has_failed(result))
            buf_printf(&b, "\n  %s: %s", object, why);
    }
    objects = buf_take(&b);
    return error_set(err, ERROR_INVALID, "%s: %s%s", object_string(state, "phase"), message,
                     objects);
}

static int tell_end(const struct options *o, const struct operate *op, json_t *state,
                    struct error **err)
{
    const char *format = options_text(o, "output");
    const json_t *result = json_object_get(state, "syncResult");
    const json_t *results = json_object_get(result, "resources");
    cleanup_free char *whole = app_revision_of(result);
    cleanup_free char *revision = print_revision(whole);
    size_t skipped = count_skipped(results);

    progress_erase();
    if (format && !streq(format, "table")) {
        if (print_document(state, streq(format, "yaml"), err) < 0)
            return -1;
    } else {
        print_results(results);
    }
    if (!streq(object_string(state, "phase"), "Succeeded"))
        return fail(state, results, err);
    if (format && !streq(format, "table"))
        return 0;
    printf("%s: %s %s%s\n", op->app, op->verb,
           op->is_dry_run ? "would succeed with " : "succeeded with ", revision);
    if (skipped)
        fprintf(stderr,
                "%zu object%s stayed that the revision does not have: --prune deletes "
                "what is left over\n",
                skipped, skipped == 1 ? "" : "s");
    return 0;
}

/* Nobody waits any more, and it goes on. */
static int explain_end(const struct watching *w, struct error **err)
{
    const char *verb = w->op->verb, *app = w->op->app;
    cleanup_error struct error *why = TAKE(*err);
    enum error_kind kind = error_kind(why);

    if (kind != ERROR_TIMEOUT && kind != ERROR_CANCELED)
        return error_set(err, kind, "%s: the %s is asked for, but its end is not known: %s", app,
                         verb, error_message(why));
    if (!w->message)
        return error_set(err, kind,
                         "%s: %s: nobody has taken up the %s: does gitopsd run? It stays asked "
                         "for; 'gitopsctl sync %s --terminate' takes it back",
                         app, error_message(why), verb, app);
    return error_set(err, kind,
                     "%s: %s: the %s goes on%s%s; 'gitopsctl sync %s --terminate' ends it", app,
                     error_message(why), verb, *w->message ? ": " : "", w->message, app);
}

static int follow(const struct options *o, struct cluster *c, const struct operate *op,
                  struct error **err)
{
    struct watching w = {.op = op, .asked_ms = time_monotonic_ms()};
    cleanup_strvec struct strvec keys = {0};
    cleanup_json json_t *state = NULL;
    uint64_t timeout_ms = options_duration_ms(o, "timeout", OPERATE_TIMEOUT_MS);
    int result;

    strvec_pushf(&keys, "%s%s%s", strchr(op->app, '/') ? "" : c->namespace,
                 strchr(op->app, '/') ? "" : "/", op->app);
    result = follow_until(c, &(struct follow_spec){.keys = &keys}, timeout_ms, is_enough, &w, err);
    state = w.state;
    if (result < 0)
        explain_end(&w, err);
    free(w.message);
    if (result < 0)
        return -1;
    return tell_end(o, op, state, err);
}

int operate_run(const struct options *o, struct cluster *c, const struct operate *op,
                struct error **err)
{
    cleanup_free char *id =
        xasprintf("%llx-%lx", (unsigned long long)time_wall_ms(), (unsigned long)getpid());

    op->request->user = user_name();
    op->request->id = id;
    progress_say("%s %s", op->verb, op->app);
    if (ask(c, op, err) < 0)
        return -1;
    if (!options_has(o, "no-wait"))
        return follow(o, c, op, err);
    progress_erase();
    printf("%s: %s is asked for\n", op->app, op->verb);
    return 0;
}
