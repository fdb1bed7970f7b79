/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/lease.h"

#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/kube/lease_record.h"
#include "lib/kube/watch.h"

#include <inttypes.h>

#define RELEASE_TIMEOUT_MS 2000
#define JITTER_PERCENT 120 /* of retry_ms, while waiting */

static const struct kube_resource leases = {.group = "coordination.k8s.io",
                                            .version = "v1",
                                            .kind = "Lease",
                                            .plural = "leases",
                                            .namespaced = true,
                                            .can_list = true,
                                            .can_watch = true};

/*
 * look -> take -> hold <-> renew; look -> wait -> look while another one has it. Of a renewal that
 * found it changed: renew -> look_again -> renew, or it is lost. At the end: release -> over.
 * A lost one goes on where it is: the answer that it waits for says what is next.
 */
enum lease_state {
    LEASE_LOOK,
    LEASE_WAIT,
    LEASE_TAKE,
    LEASE_HOLD,
    LEASE_RENEW,
    LEASE_LOOK_AGAIN,
    LEASE_RELEASE,
    LEASE_OVER,
    LEASE_FREED, /* its parts are being closed */
};

struct lease {
    struct kube_client *client;
    struct lease_options options;
    struct lease_callbacks callbacks;
    void *arg;
    char *namespace, *name, *identity;
    char *process; /* tells us from others that go by the same identity */
    enum lease_state state;
    uv_timer_t timer;  /* of LEASE_WAIT and LEASE_HOLD; of the last call while it ends */
    uv_timer_t expiry; /* looks whether the proof still holds */
    struct kube_watch *watch;
    bool is_watching; /* and the watch works */
    struct kube_call *call;
    json_t *record;       /* the Lease as seen last; NULL: there is none, or it is not known */
    uint64_t observed_ms; /* boot time: since when it is like that */
    uint64_t sent_ms;     /* boot time: before the last renewal was sent */
    bool held;
    uint64_t proven_until_ms; /* boot time: while held */
    char *problem;            /* as told; NULL: none */
    void (*released)(void *arg);
    unsigned open_parts; /* timer, expiry, call; while LEASE_FREED */
};

static void lease_enter(struct lease *l, enum lease_state next);

static uint64_t random_below(uint64_t limit)
{
    static uint64_t counter;
    uint64_t seed[2] = {time_monotonic_us(), counter++};

    return limit ? hash64(seed, sizeof(seed)) % limit : 0;
}

static bool is_proven(const struct lease *l)
{
    return time_boottime_ms() < l->proven_until_ms;
}

bool lease_is_held(const struct lease *l)
{
    return l->held && is_proven(l);
}

const char *lease_holder(const struct lease *l)
{
    return lease_record_holder(l->record);
}

static bool is_ours(const struct lease *l)
{
    return streq(lease_holder(l), l->identity);
}

static uint64_t expires_ms(const struct lease *l)
{
    uint64_t duration = lease_record_duration_ms(l->record);

    return l->observed_ms + (duration ? duration : l->options.duration_ms);
}

/* Nobody has it, or who had it is gone. */
static bool may_take(const struct lease *l)
{
    return !*lease_holder(l) || is_ours(l) || time_boottime_ms() >= expires_ms(l);
}

static const char *version_of(const json_t *record)
{
    return json_string_value(
        json_object_get(json_object_get(record, "metadata"), "resourceVersion"));
}

static void observe(struct lease *l, const json_t *record)
{
    if (record && l->record && streq(version_of(record), version_of(l->record)))
        return;
    json_decref(l->record);
    l->record = record ? json_deep_copy(record) : NULL;
    l->observed_ms = time_boottime_ms();
}

/* ---- what is told ---- */

static void tell_problem(struct lease *l, const struct error *err)
{
    if (streq(l->problem, err ? error_message(err) : NULL) || l->released)
        return;
    free(l->problem);
    l->problem = err ? xstrdup(error_message(err)) : NULL;
    l->callbacks.problem(l->arg, err);
}

static void tell_held(struct lease *l, bool held)
{
    if (l->held == held)
        return;
    l->held = held;
    if (!l->released)
        l->callbacks.changed(l->arg, held);
}

/* Somebody else goes by our name: a copy of this machine, perhaps. */
static void change_name(struct lease *l)
{
    char *other = xasprintf("%s-%" PRIx64, l->identity, random_below(UINT64_MAX));

    free(l->identity);
    l->identity = other;
}

static void arm_expiry(struct lease *l);

static void on_expiry(uv_timer_t *timer)
{
    struct lease *l = CONTAINER_OF(timer, struct lease, expiry);

    if (is_proven(l))
        arm_expiry(l); /* timers run by another clock */
    if (!l->held || is_proven(l))
        return;
    tell_held(l, false);
    if (l->state == LEASE_HOLD)
        lease_enter(l, LEASE_LOOK);
}

static void arm_expiry(struct lease *l)
{
    uint64_t now = time_boottime_ms();

    uv_timer_start(&l->expiry, on_expiry, l->proven_until_ms > now ? l->proven_until_ms - now : 0,
                   0);
}

static void prove(struct lease *l)
{
    l->proven_until_ms = l->sent_ms + l->options.renew_deadline_ms;
    if (!is_proven(l))
        return; /* the answer took too long */
    if (l->options.fence)
        fence_set(l->options.fence, l->proven_until_ms);
    arm_expiry(l);
    tell_held(l, true);
}

/* ---- the watch of who waits ---- */

static void on_watched(void *arg, enum kube_event event, const json_t *object)
{
    struct lease *l = arg;

    if (l->state != LEASE_WAIT)
        return; /* an answer that is on its way tells more */
    observe(l, event == KUBE_DELETED ? NULL : object);
    lease_enter(l, !*lease_holder(l) ? LEASE_TAKE : LEASE_WAIT);
}

static void on_list_start(void *arg, bool is_check)
{
    (void)arg;
    (void)is_check;
}

static void on_list_done(void *arg, uint64_t version)
{
    (void)version;
    ((struct lease *)arg)->is_watching = true;
}

static void on_watch_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    struct lease *l = arg;

    (void)retry_ms;
    l->is_watching = err == NULL;
    if (err)
        log_debug("lease %s/%s: not watched: %s", l->namespace, l->name, error_message(err));
    if (err && l->state == LEASE_WAIT)
        lease_enter(l, LEASE_WAIT);
}

static void follow(struct lease *l)
{
    static const struct kube_watch_callbacks callbacks = {.list_start = on_list_start,
                                                          .object = on_watched,
                                                          .list_done = on_list_done,
                                                          .failed = on_watch_failed};
    cleanup_free char *selector = NULL;
    struct kube_watch_tuning tuning = {0};

    if (l->watch)
        return;
    selector = xasprintf("metadata.name=%s", l->name);
    tuning.field_selector = selector;
    l->watch =
        kube_watch_start_tuned(l->client, &leases, l->namespace, NULL, &tuning, &callbacks, l);
}

static void unfollow(struct lease *l)
{
    if (l->watch)
        kube_watch_stop(TAKE(l->watch));
    l->is_watching = false;
}

/* ---- calls ---- */

static void part_closed(struct lease *l)
{
    if (--l->open_parts > 0)
        return;
    json_decref(l->record);
    free(l->namespace);
    free(l->name);
    free(l->identity);
    free(l->process);
    free(l->problem);
    free(l);
}

/* The answer of a call came. Does anybody still want to know? */
static bool is_freed(struct lease *l)
{
    l->call = NULL;
    if (l->state != LEASE_FREED)
        return false;
    part_closed(l);
    return true;
}

static void next_is(struct lease *l, enum lease_state next)
{
    if (l->released)
        next = l->held && l->record && l->state != LEASE_RELEASE ? LEASE_RELEASE : LEASE_OVER;
    lease_enter(l, next);
}

static enum lease_state after_failure(const struct lease *l)
{
    return l->held ? LEASE_HOLD : LEASE_WAIT;
}

/* The holder looks because a renewal found it changed: by a person, or by our own renewal whose
 * answer got lost? Else it is ours no more. */
static enum lease_state after_look(struct lease *l)
{
    if (!l->held) {
        if (!may_take(l)) {
            tell_problem(l, NULL);
            return LEASE_WAIT;
        }
        return LEASE_TAKE;
    }
    if (!l->record || (is_ours(l) && streq(lease_record_process(l->record), l->process)))
        return LEASE_RENEW;
    if (is_ours(l))
        change_name(l);
    tell_held(l, false);
    return LEASE_WAIT;
}

static void on_read(void *arg, const json_t *object, const struct error *err)
{
    struct lease *l = arg;

    if (is_freed(l))
        return;
    if (err && error_kind(err) != ERROR_NOT_FOUND) {
        tell_problem(l, err);
        next_is(l, after_failure(l));
        return;
    }
    observe(l, object);
    next_is(l, after_look(l));
}

static void on_written(void *arg, const json_t *object, const struct error *err)
{
    struct lease *l = arg;
    bool was_known = l->record != NULL;

    if (is_freed(l))
        return;
    if (l->state == LEASE_RELEASE) {
        next_is(l, LEASE_OVER);
    } else if (!err) {
        observe(l, object);
        prove(l);
        tell_problem(l, NULL);
        next_is(l, l->held ? LEASE_HOLD : LEASE_LOOK);
    } else if (error_kind(err) == ERROR_CONFLICT) {
        next_is(l, l->held ? LEASE_LOOK_AGAIN : LEASE_LOOK);
    } else if (error_kind(err) == ERROR_NOT_FOUND && was_known) { /* somebody deleted it */
        observe(l, NULL);
        next_is(l, l->held ? LEASE_RENEW : LEASE_LOOK);
    } else {
        tell_problem(l, err);
        next_is(l, after_failure(l));
    }
}

static struct kube_call *start_write(struct lease *l, const json_t *lease, uint64_t timeout_ms)
{
    cleanup_free char *path = kube_resource_path(&leases, l->namespace, l->record ? l->name : NULL);
    cleanup_free char *body = json_dumps(lease, JSON_COMPACT);
    struct kube_call_spec spec = {
        .method = l->record ? "PUT" : "POST",
        .path = path,
        .content_type = "application/json",
        .body = body,
        .body_len = strlen(body),
        .timeout_ms = timeout_ms,
    };

    return kube_call_start(l->client, &spec, on_written, l);
}

static void start_claim(struct lease *l)
{
    struct lease_claim claim = {.namespace = l->namespace,
                                .name = l->name,
                                .identity = l->identity,
                                .process = l->process,
                                .duration_ms = l->options.duration_ms};
    json_t *lease = lease_record_claim(l->record, &claim, time_wall_ms());

    l->sent_ms = time_boottime_ms();
    l->call = start_write(l, lease, l->options.renew_deadline_ms / 2);
    json_decref(lease);
}

static void start_release(struct lease *l)
{
    json_t *lease = lease_record_release(l->record, time_wall_ms());

    l->call = start_write(l, lease, RELEASE_TIMEOUT_MS);
    json_decref(lease);
}

static void start_read(struct lease *l)
{
    cleanup_free char *path = kube_resource_path(&leases, l->namespace, l->name);
    struct kube_call_spec spec = {
        .method = "GET", .path = path, .timeout_ms = l->options.renew_deadline_ms / 2};

    l->call = kube_call_start(l->client, &spec, on_read, l);
}

/* ---- the map ---- */

static void on_timer(uv_timer_t *timer)
{
    struct lease *l = CONTAINER_OF(timer, struct lease, timer);

    if (l->released) {
        if (l->call)
            kube_call_cancel(l->call); /* its answer goes on */
        else
            lease_enter(l, LEASE_OVER);
        return;
    }
    if (l->held && !is_proven(l)) /* the process slept */
        tell_held(l, false);
    lease_enter(l, l->held ? LEASE_RENEW : LEASE_LOOK);
}

/* A watch tells when it is given back, so that only its end is awaited. */
static uint64_t wait_ms(const struct lease *l)
{
    uint64_t retry = l->options.retry_ms;
    uint64_t now = time_boottime_ms();
    uint64_t expires = expires_ms(l);

    if (l->is_watching && *lease_holder(l) && expires > now)
        return expires - now + random_below(retry / 2);
    return retry + random_below(retry * JITTER_PERCENT / 100);
}

/* The only place that changes the state. */
static void lease_enter(struct lease *l, enum lease_state next)
{
    l->state = next;
    uv_timer_stop(&l->timer);
    switch (next) {
    case LEASE_LOOK:
    case LEASE_LOOK_AGAIN: start_read(l); break;
    case LEASE_WAIT:
        follow(l);
        uv_timer_start(&l->timer, on_timer, wait_ms(l), 0);
        break;
    case LEASE_TAKE:
    case LEASE_RENEW: start_claim(l); break;
    case LEASE_HOLD:
        unfollow(l);
        uv_timer_start(&l->timer, on_timer, l->options.retry_ms, 0);
        break;
    case LEASE_RELEASE: start_release(l); break;
    case LEASE_OVER: l->released(l->arg); break;
    case LEASE_FREED: UNREACHABLE();
    }
}

struct lease *lease_new(struct kube_client *client, const struct lease_options *options,
                        const struct lease_callbacks *callbacks, void *arg)
{
    struct lease *l = xcalloc(1, sizeof(*l));

    l->client = client;
    l->options = *options;
    l->callbacks = *callbacks;
    l->arg = arg;
    l->namespace = xstrdup(options->namespace);
    l->name = xstrdup(options->name);
    l->identity = xstrdup(options->identity);
    l->process = xasprintf("%016" PRIx64, random_below(UINT64_MAX));
    uv_timer_init(kube_client_loop(client), &l->timer);
    uv_timer_init(kube_client_loop(client), &l->expiry);
    lease_enter(l, LEASE_LOOK);
    return l;
}

void lease_release(struct lease *l, void (*done)(void *arg))
{
    l->released = done;
    bool is_writing = l->state == LEASE_TAKE || l->state == LEASE_RENEW;

    unfollow(l);
    uv_timer_stop(&l->expiry);
    if (l->held && l->record && !l->call)
        lease_enter(l, LEASE_RELEASE);
    else /* what is being written may make it ours */
        uv_timer_start(&l->timer, on_timer, is_writing ? RELEASE_TIMEOUT_MS : 0, 0);
}

static void on_timer_closed(uv_handle_t *handle)
{
    part_closed(CONTAINER_OF(handle, struct lease, timer));
}

static void on_expiry_closed(uv_handle_t *handle)
{
    part_closed(CONTAINER_OF(handle, struct lease, expiry));
}

void lease_free(struct lease *l)
{
    if (!l)
        return;
    unfollow(l);
    l->state = LEASE_FREED;
    l->open_parts = l->call ? 3 : 2;
    if (l->call)
        kube_call_cancel(l->call);
    uv_close((uv_handle_t *)&l->timer, on_timer_closed);
    uv_close((uv_handle_t *)&l->expiry, on_expiry_closed);
}
