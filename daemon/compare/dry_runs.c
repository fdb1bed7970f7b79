/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/dry_runs.h"

#include "daemon/object/identity.h"
#include "daemon/object/redact.h"
#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "lib/doc/yaml.h"

#define IN_FLIGHT 4
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 300000

struct dry_runs {
    struct kube_client *client;
    struct ptrvec waiting; /* in the order of their turns */
    size_t in_flight;
    uv_timer_t timer; /* the next one that may be tried again */
    bool stopped;
    uint64_t requests;
};

struct dry_run {
    struct dry_runs *runs;
    struct kube_discovery *discovery; /* holds `resource` */
    const struct kube_resource *resource;
    const struct desired *desired;
    uint64_t due_ms; /* monotonic; 0: now */
    uint64_t delay_ms;
    bool sent;     /* it is on the wire, not in `waiting` */
    bool canceled; /* meanwhile */
    dry_run_user_fn *user;
    dry_run_done_fn *done;
    void *arg;
};

static void send_next(struct dry_runs *runs);

struct dry_runs *dry_runs_new(struct kube_client *client)
{
    struct dry_runs *runs = xcalloc(1, sizeof(*runs));

    runs->client = client;
    uv_timer_init(kube_client_loop(client), &runs->timer);
    return runs;
}

void dry_runs_stop(struct dry_runs *runs)
{
    if (runs->stopped)
        return;
    runs->stopped = true;
    uv_close((uv_handle_t *)&runs->timer, NULL);
}

void dry_runs_free(struct dry_runs *runs)
{
    if (!runs)
        return;
    ptrvec_clear(&runs->waiting);
    free(runs);
}

uint64_t dry_runs_count(const struct dry_runs *runs)
{
    return runs->requests;
}

static void dry_run_free(struct dry_run *run)
{
    kube_discovery_unref(run->discovery);
    free(run);
}

/* The server's words; of a Secret it may have repeated a value. Heap string. */
static char *problem_text(const struct dry_run *run, const struct error *err)
{
    const struct desired *d = run->desired;
    cleanup_json json_t *secret = NULL;
    cleanup_free char *text = NULL;

    if (streq(d->kind, "Secret") && !*d->group)
        secret = json_loadb(d->body, d->body_len, JSON_ALLOW_NUL, NULL);
    text = secret ? redact_secret(error_message(err), secret) : xstrdup(error_message(err));
    return xasprintf("%s %s%s%s: %s", d->kind, d->namespace, *d->namespace ? "/" : "", d->name,
                     text);
}

static void on_answer(void *arg, const json_t *answer, const struct error *err)
{
    struct dry_run *run = arg;
    struct dry_runs *runs = run->runs;
    uint64_t asked = err ? error_retry_after_ms(err) : 0;
    cleanup_free char *problem = NULL;

    runs->in_flight--;
    run->sent = false;
    if (run->canceled || runs->stopped || (err && error_kind(err) == ERROR_CANCELED)) {
        if (run->canceled)
            dry_run_free(run);
    } else if (!err) {
        run->done(run->arg, answer, NULL);
        dry_run_free(run);
    } else {
        run->delay_ms = run->delay_ms ? run->delay_ms * 2 : RETRY_MIN_MS;
        if (run->delay_ms > RETRY_MAX_MS)
            run->delay_ms = RETRY_MAX_MS;
        run->due_ms = time_monotonic_ms() + (asked > run->delay_ms ? asked : run->delay_ms);
        ptrvec_push(&runs->waiting, run);
        problem = problem_text(run, err);
        run->done(run->arg, NULL, problem);
    }
    send_next(runs);
}

static void send_one(struct dry_run *run)
{
    static const struct kube_apply_options options = {
        .field_manager = FIELD_MANAGER, .force = true, .dry_run = true};
    struct dry_runs *runs = run->runs;
    const struct desired *d = run->desired;
    cleanup_free char *user = run->user(run->arg);
    struct kube_client *client = user ? kube_client_as(runs->client, user) : runs->client;

    run->sent = true;
    runs->in_flight++;
    runs->requests++;
    kube_apply(client, run->resource, d->namespace, d->name, d->body, d->body_len, &options,
               on_answer, run);
    if (user)
        kube_client_free(client);
}

static void on_timer(uv_timer_t *timer)
{
    send_next(CONTAINER_OF(timer, struct dry_runs, timer));
}

/* Those whose time has come, in order, as far as there is room. */
static void send_next(struct dry_runs *runs)
{
    uint64_t now = time_monotonic_ms();
    uint64_t next = 0;

    if (runs->stopped)
        return;
    for (size_t i = 0; i < runs->waiting.len && runs->in_flight < IN_FLIGHT;) {
        struct dry_run *run = runs->waiting.items[i];

        if (run->due_ms > now) {
            next = !next || run->due_ms < next ? run->due_ms : next;
            i++;
            continue;
        }
        ptrvec_remove(&runs->waiting, i);
        send_one(run);
    }
    if (next)
        uv_timer_start(&runs->timer, on_timer, next - now, 0);
    else
        uv_timer_stop(&runs->timer);
}

struct dry_run *dry_run_start(struct dry_runs *runs, struct kube_discovery *d,
                              const struct kube_resource *r, const struct desired *desired,
                              dry_run_user_fn *user, dry_run_done_fn *done, void *arg)
{
    struct dry_run *run = xcalloc(1, sizeof(*run));

    *run = (struct dry_run){.runs = runs,
                            .discovery = kube_discovery_ref(d),
                            .resource = r,
                            .desired = desired,
                            .user = user,
                            .done = done,
                            .arg = arg};
    ptrvec_push(&runs->waiting, run);
    send_next(runs);
    return run;
}

void dry_run_cancel(struct dry_run *run)
{
    if (!run)
        return;
    run->canceled = true;
    if (run->sent)
        return; /* its answer frees it */
    for (size_t i = 0; i < run->runs->waiting.len; i++)
        if (run->runs->waiting.items[i] == run)
            ptrvec_remove(&run->runs->waiting, i--);
    dry_run_free(run);
}
