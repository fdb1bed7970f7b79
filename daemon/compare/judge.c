/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/judge.h"

#include "daemon/compare/dry_runs.h"
#include "daemon/compare/verdict_memory.h"
#include "daemon/object/compare_options.h"
#include "daemon/object/identity.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

/* How long an object waits for the types of its kind. */
#define SCHEMA_WAIT_MS 15000

/* types -> what jq ignores -> compare -> (dry-run -> what jq ignores in its answer ->) done.
 * The steps that need no waiting are passed through at once. */
enum judge_state { JUDGE_TYPES, JUDGE_PATHS, JUDGE_DRY_RUN, JUDGE_ANSWER_PATHS };

struct judge {
    struct kube_discovery *discovery;
    struct settings *settings;
    struct jq_worker *jq;
    judge_types_fn *find_types;
    void *types_arg;
    struct dry_runs *dry_runs;
    struct verdict_memory memory; /* of dry-runs */
    struct ptrvec waiting;        /* requests in JUDGE_TYPES, the oldest first */
    uv_timer_t timer;             /* ends their wait */
    bool stopped;
    struct judge_stats stats;
};

struct judge_request {
    struct judge *judge;
    enum judge_state state;
    struct desired desired; /* a copy */
    struct ignore_rules *ignore;
    bool server_side_diff;
    char *live_text; /* while it waits for types: the documents below are large */
    json_t *live;
    json_t *other; /* what it is compared with: the desired object, later the dry-run's answer */
    uint64_t deadline_ms; /* monotonic: of JUDGE_TYPES */
    struct jq_request *jq_other;
    struct jq_request *jq_live;
    json_t *other_paths;
    json_t *live_paths;
    struct dry_run *dry_run;
    judge_user_fn *user; /* may be NULL */
    judge_done_fn *done;
    void *arg;
};

static void on_timer(uv_timer_t *timer);
static void request_step(struct judge_request *r);

/* ---- the judge ---- */

struct judge *judge_new(struct kube_client *client)
{
    struct judge *j = xcalloc(1, sizeof(*j));

    j->dry_runs = dry_runs_new(client);
    uv_timer_init(kube_client_loop(client), &j->timer);
    return j;
}

void judge_forget(struct judge *j)
{
    verdict_memory_clear(&j->memory);
}

void judge_stop(struct judge *j)
{
    if (j->stopped)
        return;
    j->stopped = true;
    uv_close((uv_handle_t *)&j->timer, NULL);
    dry_runs_stop(j->dry_runs);
}

void judge_free(struct judge *j)
{
    if (!j)
        return;
    dry_runs_free(j->dry_runs);
    kube_discovery_unref(j->discovery);
    settings_unref(j->settings);
    verdict_memory_clear(&j->memory);
    ptrvec_clear(&j->waiting);
    free(j);
}

void judge_set_discovery(struct judge *j, struct kube_discovery *d)
{
    kube_discovery_unref(j->discovery);
    j->discovery = d ? kube_discovery_ref(d) : NULL;
}

void judge_set_settings(struct judge *j, struct settings *s)
{
    settings_unref(j->settings);
    j->settings = settings_ref(s);
}

void judge_set_jq(struct judge *j, struct jq_worker *jq)
{
    j->jq = jq;
}

void judge_set_types(struct judge *j, judge_types_fn *find, void *arg)
{
    j->find_types = find;
    j->types_arg = arg;
}

struct judge_stats judge_stats(const struct judge *j)
{
    struct judge_stats stats = j->stats;

    stats.dry_runs = dry_runs_count(j->dry_runs);
    return stats;
}

/* ---- from the documents alone ---- */

static const struct kube_type *find_type(const struct judge *j, const struct desired *d,
                                         bool *pending)
{
    *pending = false;
    return j->find_types ? j->find_types(j->types_arg, d->group, d->version, d->kind, pending)
                         : NULL;
}

static bool wants_server(const json_t *desired, bool server_side_diff)
{
    struct compare_options options =
        compare_options_parse(object_annotation(desired, COMPARE_OPTIONS_ANNOTATION));

    return options.server_side_diff == SERVER_SIDE_DIFF_ALWAYS ||
           (server_side_diff && options.server_side_diff == SERVER_SIDE_DIFF_UNSET);
}

/* DRIFT_UNDECIDED: the server is to be asked. */
static enum drift compare_locally(struct judge *j, struct compare_input *in, bool server_side_diff,
                                  struct drifts *drifts)
{
    enum drift drift;

    in->ignore_aggregated_roles = j->settings && j->settings->ignore_aggregated_roles;
    drift = compare_objects(in, drifts);
    if (drift != DRIFT_ADOPT && wants_server(in->desired, server_side_diff)) {
        drifts_clear(drifts);
        return DRIFT_UNDECIDED;
    }
    j->stats.local += drift != DRIFT_UNDECIDED;
    return drift;
}

static bool is_ignored_by_jq(const struct judge *j, const struct ignore_rules *rules,
                             const struct desired *d)
{
    return j->jq && ignore_rules_need_jq(rules, d->group, d->kind, d->namespace, d->name);
}

/* ---- a request ---- */

static void request_free(struct judge_request *r)
{
    struct judge *j = r->judge;

    j->stats.waiting--;
    for (size_t i = 0; r->state == JUDGE_TYPES && i < j->waiting.len; i++)
        if (j->waiting.items[i] == r)
            ptrvec_remove(&j->waiting, i--);
    jq_request_cancel(r->jq_other);
    jq_request_cancel(r->jq_live);
    dry_run_cancel(r->dry_run);
    desired_clear(&r->desired);
    ignore_rules_unref(r->ignore);
    free(r->live_text);
    json_decref(r->live);
    json_decref(r->other);
    json_decref(r->other_paths);
    json_decref(r->live_paths);
    free(r);
}

void judge_cancel(struct judge_request *r)
{
    if (r)
        request_free(r);
}

static void request_tell(struct judge_request *r, enum drift drift, const struct drifts *drifts)
{
    struct judgment judgment = {.drift = drift, .drifts = drifts};
    judge_done_fn *done = r->done;
    void *arg = r->arg;

    request_free(r);
    done(arg, &judgment);
}

static void on_dry_run(void *arg, const json_t *answer, const char *problem)
{
    struct judge_request *r = arg;
    struct judgment judgment = {.drift = DRIFT_UNDECIDED, .problem = problem};

    if (problem) {
        r->done(r->arg, &judgment);
        return;
    }
    r->dry_run = NULL;
    json_decref(r->other);
    r->other = json_incref((json_t *)answer);
    r->state = JUDGE_ANSWER_PATHS;
    request_step(r);
}

static const struct kube_resource *resource_of(const struct judge_request *r)
{
    const struct desired *d = &r->desired;

    return r->judge->discovery
               ? kube_discovery_find(r->judge->discovery, d->group, d->version, d->kind)
               : NULL;
}

static char *user_of(void *arg)
{
    struct judge_request *r = arg;

    return r->user ? r->user(r->arg) : NULL;
}

/* Only the server knows. */
static void ask_server(struct judge_request *r)
{
    struct judge *j = r->judge;

    r->state = JUDGE_DRY_RUN;
    r->dry_run = dry_run_start(j->dry_runs, j->discovery, resource_of(r), &r->desired, user_of,
                               on_dry_run, r);
}

static struct ignored *ignored_places(const struct judge_request *r)
{
    const struct desired *d = &r->desired;
    struct ignored *ignored;

    if (!ignore_rules_match(r->ignore, d->group, d->kind, d->namespace, d->name))
        return NULL;
    ignored = ignored_new();
    ignore_rules_apply(r->ignore, r->other, r->live, r->other_paths, r->live_paths, ignored);
    return ignored;
}

static void read_answer(struct judge_request *r)
{
    cleanup_ignored struct ignored *ignored = ignored_places(r);
    cleanup_drifts struct drifts drifts = {0};
    enum drift drift = compare_dry_run(r->live, r->other, ignored, &drifts);

    verdict_memory_keep(&r->judge->memory, &r->desired, r->ignore, r->live, drift, &drifts);
    request_tell(r, drift, &drifts);
}

static void compare(struct judge_request *r)
{
    struct judge *j = r->judge;
    cleanup_ignored struct ignored *ignored = ignored_places(r);
    cleanup_drifts struct drifts drifts = {0};
    bool pending;
    struct compare_input in = {.desired = r->other,
                               .live = r->live,
                               .type = find_type(j, &r->desired, &pending),
                               .ignored = ignored};
    enum drift drift = compare_locally(j, &in, r->server_side_diff, &drifts);

    if (drift == DRIFT_UNDECIDED && resource_of(r))
        ask_server(r);
    else /* not served any more: whoever writes it finds out */
        request_tell(r, drift == DRIFT_UNDECIDED ? DRIFT_VALUE : drift, &drifts);
}

static void paths_found(struct judge_request *r)
{
    if (r->jq_other || r->jq_live)
        return;
    if (r->state == JUDGE_ANSWER_PATHS)
        read_answer(r);
    else
        compare(r);
}

static void on_other_paths(void *arg, const json_t *paths)
{
    struct judge_request *r = arg;

    r->jq_other = NULL;
    json_decref(r->other_paths);
    r->other_paths = json_incref((json_t *)paths);
    paths_found(r);
}

static void on_live_paths(void *arg, const json_t *paths)
{
    struct judge_request *r = arg;

    r->jq_live = NULL;
    r->live_paths = json_incref((json_t *)paths);
    paths_found(r);
}

static void ask_jq(struct judge_request *r)
{
    const struct desired *d = &r->desired;
    struct jq_worker *jq = r->judge->jq;
    cleanup_strvec struct strvec expressions = {0};

    ignore_rules_expressions(r->ignore, d->group, d->kind, d->namespace, d->name, &expressions);
    r->jq_other = jq_worker_paths(jq, &expressions, r->other, r->state == JUDGE_PATHS ? d->hash : 0,
                                  on_other_paths, r);
    if (!r->live_paths)
        r->jq_live = jq_worker_paths(jq, &expressions, r->live, 0, on_live_paths, r);
}

/* Both documents are here: what is ignored in them? */
static void request_step(struct judge_request *r)
{
    if (is_ignored_by_jq(r->judge, r->ignore, &r->desired))
        ask_jq(r);
    else
        paths_found(r);
}

/* ---- the wait for types ---- */

static void arm_timer(struct judge *j)
{
    uint64_t now = time_monotonic_ms();
    const struct judge_request *first = j->waiting.len ? j->waiting.items[0] : NULL;

    if (j->stopped)
        return;
    if (first)
        uv_timer_start(&j->timer, on_timer, first->deadline_ms > now ? first->deadline_ms - now : 0,
                       0);
    else
        uv_timer_stop(&j->timer);
}

static void go_on_with_types(struct judge_request *r)
{
    r->state = JUDGE_PATHS;
    r->live = json_loads(r->live_text, JSON_ALLOW_NUL, NULL);
    r->other = json_loadb(r->desired.body, r->desired.body_len, JSON_ALLOW_NUL, NULL);
    free(TAKE(r->live_text));
    request_step(r);
}

void judge_types_changed(struct judge *j)
{
    struct ptrvec ready = {0};
    uint64_t now = time_monotonic_ms();

    for (size_t i = 0; i < j->waiting.len;) {
        struct judge_request *r = j->waiting.items[i];
        bool pending;

        find_type(j, &r->desired, &pending);
        if (pending && now < r->deadline_ms) {
            i++;
            continue;
        }
        ptrvec_remove(&j->waiting, i);
        ptrvec_push(&ready, r);
    }
    /* What a judgment leads to may cancel others, but only of its own object. */
    for (size_t i = 0; i < ready.len; i++)
        go_on_with_types(ready.items[i]);
    ptrvec_clear(&ready);
    arm_timer(j);
}

static void on_timer(uv_timer_t *timer)
{
    judge_types_changed(CONTAINER_OF(timer, struct judge, timer));
}

/* ---- start ---- */

static struct judge_request *request_new(struct judge *j, const struct judge_case *c,
                                         judge_done_fn *done, void *arg)
{
    struct judge_request *r = xcalloc(1, sizeof(*r));

    *r = (struct judge_request){.judge = j,
                                .ignore = ignore_rules_ref(c->ignore),
                                .server_side_diff = c->server_side_diff,
                                .user = c->user,
                                .done = done,
                                .arg = arg};
    desired_copy(&r->desired, c->desired);
    j->stats.waiting++;
    return r;
}

static struct judge_request *wait_for_types(struct judge *j, struct judge_request *r,
                                            const json_t *live)
{
    r->state = JUDGE_TYPES;
    r->live_text = json_dumps(live, JSON_COMPACT);
    r->deadline_ms = time_monotonic_ms() + SCHEMA_WAIT_MS;
    ptrvec_push(&j->waiting, r);
    if (j->waiting.len == 1)
        arm_timer(j);
    return r;
}

/* Without a request. DRIFT_UNDECIDED: that is not possible. */
static enum drift decide_now(struct judge *j, const struct judge_case *c, json_t *desired,
                             const struct kube_type *type, struct drifts *drifts)
{
    const struct desired *d = c->desired;
    struct compare_input in = {.desired = desired, .live = c->live, .type = type};
    cleanup_ignored struct ignored *ignored = NULL;

    if (ignore_rules_match(c->ignore, d->group, d->kind, d->namespace, d->name)) {
        ignored = ignored_new();
        ignore_rules_apply(c->ignore, desired, c->live, NULL, NULL, ignored);
        in.ignored = ignored;
    }
    return compare_locally(j, &in, c->server_side_diff, drifts);
}

struct judge_request *judge_start(struct judge *j, const struct judge_case *c, enum drift *drift,
                                  struct drifts *drifts, judge_done_fn *done, void *arg)
{
    bool pending;
    bool by_jq = is_ignored_by_jq(j, c->ignore, c->desired);
    const struct kube_type *type = find_type(j, c->desired, &pending);
    cleanup_json json_t *desired = NULL;
    struct judge_request *r;

    if (verdict_memory_find(&j->memory, c->desired, c->ignore, c->live, drift, drifts)) {
        j->stats.kept++;
        return NULL;
    }
    if (pending)
        return wait_for_types(j, request_new(j, c, done, arg), c->live);
    desired = json_loadb(c->desired->body, c->desired->body_len, JSON_ALLOW_NUL, NULL);
    if (!by_jq && (*drift = decide_now(j, c, desired, type, drifts)) != DRIFT_UNDECIDED)
        return NULL;
    drifts_clear(drifts);
    r = request_new(j, c, done, arg);
    r->live = json_incref((json_t *)c->live);
    r->other = TAKE(desired);
    if (by_jq) {
        r->state = JUDGE_PATHS;
        ask_jq(r);
        return r;
    }
    if (!resource_of(r)) {
        request_free(r);
        *drift = DRIFT_VALUE;
        return NULL;
    }
    ask_server(r);
    return r;
}
