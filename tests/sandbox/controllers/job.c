/* SPDX-License-Identifier: Apache-2.0 */
/* job: Pods until enough of them succeeded, or too many failed. */
#include "tests/sandbox/controllers/control.h"

#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/controllers/event.h"
#include "tests/sandbox/place.h"

struct counts {
    json_int_t active, ready, succeeded, failed;
};

static struct counts count(const json_t *pods)
{
    struct counts n = {0};
    size_t i;
    json_t *pod;

    json_array_foreach ((json_t *)pods, i, pod) {
        const char *phase = control_text(pod, ".status.phase");

        if (streq(phase, "Succeeded"))
            n.succeeded++;
        else if (streq(phase, "Failed"))
            n.failed++;
        else if (!control_is_ending(pod))
            n.active++;
        n.ready += control_is_ready(pod);
    }
    return n;
}

static void put_number(json_t *status, const char *key, json_int_t value)
{
    if (value > 0)
        json_object_set_new(status, key, json_integer(value));
}

enum job_end { JOB_RUNS, JOB_COMPLETE, JOB_FAILED, JOB_LATE };

static void end(json_t *status, const json_t *old, enum job_end how)
{
    json_t *conditions = json_array();
    char now[32];

    control_now(now);
    if (how == JOB_FAILED) {
        json_array_append_new(conditions,
                              control_condition(old, "Failed", true, "BackoffLimitExceeded",
                                                "Job has reached the specified backoff limit"));
    } else if (how == JOB_LATE) {
        json_array_append_new(conditions,
                              control_condition(old, "Failed", true, "DeadlineExceeded",
                                                "Job was active longer than specified deadline"));
    } else {
        json_array_append_new(
            conditions, control_condition(old, "SuccessCriteriaMet", true, "CompletionsReached",
                                          "Reached expected number of succeeded pods"));
        json_array_append_new(conditions,
                              control_condition(old, "Complete", true, "CompletionsReached",
                                                "Reached expected number of succeeded pods"));
        json_object_set_new(status, "completionTime", json_string(now));
    }
    for (size_t i = 0; i < json_array_size(conditions); i++) {
        json_t *c = json_array_get(conditions, i);

        json_object_set(c, "lastProbeTime", json_object_get(c, "lastTransitionTime"));
        json_object_del(c, "lastUpdateTime");
    }
    json_object_set_new(status, "conditions", conditions);
}

static void start_pods(struct sandbox *s, const json_t *job, json_int_t number)
{
    cleanup_free char *base = xasprintf("%s-", object_meta(job, "name"));

    for (; number > 0; number--)
        event_create_pod(s, job, control_pod_new(job, place_at(job, ".spec.template"), NULL, base));
}

static void stop_pods(struct sandbox *s, const json_t *job, const json_t *pods)
{
    size_t i;
    json_t *pod;

    json_array_foreach ((json_t *)pods, i, pod) {
        if (!control_is_over(pod) && !control_is_ending(pod))
            event_delete_pod(s, job, pod);
    }
}

/* Of one that ended: it may go by itself. Returns when to look again. */
static unsigned expire(struct sandbox *s, const json_t *job)
{
    const json_t *ttl = place_at(job, ".spec.ttlSecondsAfterFinished");
    size_t last = json_array_size(place_at(job, ".status.conditions")) - 1;
    cleanup_free char *path = xasprintf(".status.conditions[%zu].lastTransitionTime", last);
    int64_t left = control_time(job, path) +
                   control_seconds(job, ".spec.ttlSecondsAfterFinished") * 1000 - time_wall_ms();

    if (!ttl)
        return 0;
    if (left > 0)
        return control_again(left);
    control_delete(s, "batch", "jobs", job);
    return 0;
}

/* In how many ms it has been active for too long; 0: at no time. */
static int64_t deadline_left(const json_t *job)
{
    const json_t *deadline = place_at(job, ".spec.activeDeadlineSeconds");
    int64_t started = control_time(job, ".status.startTime");
    int64_t left =
        started + control_seconds(job, ".spec.activeDeadlineSeconds") * 1000 - time_wall_ms();

    if (!deadline || !started)
        return 0;
    return left > 0 ? left : -1;
}

static void tell_end(struct sandbox *s, const json_t *job, enum job_end how)
{
    const struct event_kind done = {.component = "job-controller", .reason = "Completed"};
    const struct event_kind failed = {
        .component = "job-controller", .reason = "BackoffLimitExceeded", .is_warning = true};
    const struct event_kind late = {
        .component = "job-controller", .reason = "DeadlineExceeded", .is_warning = true};

    if (how == JOB_COMPLETE)
        event_tell(s, job, &done, "Job completed");
    else if (how == JOB_FAILED)
        event_tell(s, job, &failed, "Job has reached the specified backoff limit");
    else
        event_tell(s, job, &late, "Job was active longer than specified deadline");
}

unsigned control_job(struct sandbox *s, const json_t *job)
{
    cleanup_json json_t *pods = control_children(s, "", "pods", job);
    const json_t *completions = place_at(job, ".spec.completions");
    json_int_t wanted = completions ? control_pods(job, ".spec.completions") : 1;
    json_int_t parallel = control_pods(job, ".spec.parallelism");
    struct counts n = count(pods);
    int64_t left = deadline_left(job);
    enum job_end how = n.succeeded >= wanted                                  ? JOB_COMPLETE
                       : n.failed > control_number(job, ".spec.backoffLimit") ? JOB_FAILED
                       : left < 0                                             ? JOB_LATE
                                                                              : JOB_RUNS;
    const char *started = control_text(job, ".status.startTime");
    char now[32];
    json_t *status;

    if (control_is_ending(job) || json_is_true(place_at(job, ".spec.suspend")))
        return 0;
    if (json_array_size(place_at(job, ".status.conditions")) > 0)
        return expire(s, job);
    control_now(now);
    if (how == JOB_LATE)
        stop_pods(s, job, pods);
    if (how == JOB_RUNS && n.active < parallel && n.active + n.succeeded < wanted) {
        json_int_t missing = wanted - n.active - n.succeeded;

        start_pods(s, job, missing < parallel - n.active ? missing : parallel - n.active);
    }
    status = json_pack("{s:s, s:{}, s:i}", "startTime", *started ? started : now,
                       "uncountedTerminatedPods", "terminating", 0);
    put_number(status, "active", how == JOB_RUNS ? n.active : 0);
    json_object_set_new(status, "ready", json_integer(n.ready));
    put_number(status, "succeeded", n.succeeded);
    put_number(status, "failed", n.failed);
    if (how != JOB_RUNS) {
        end(status, place_at(job, ".status.conditions"), how);
        tell_end(s, job, how);
    }
    control_status(s, "batch", "jobs", job, status);
    return left > 0 ? control_again(left) : 0;
}
