/* SPDX-License-Identifier: Apache-2.0 */
/* job: Pods until enough of them succeeded, or too many failed. */
#include "tests/sandbox/controllers/control.h"

#include "lib/doc/yaml.h"
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

static void end(json_t *status, const json_t *old, bool failed)
{
    json_t *conditions = json_array();
    char now[32];

    control_now(now);
    if (failed) {
        json_array_append_new(conditions,
                              control_condition(old, "Failed", true, "BackoffLimitExceeded",
                                                "Job has reached the specified backoff limit"));
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
        control_create(s, "", "pods",
                       control_pod_new(job, place_at(job, ".spec.template"), NULL, base));
}

unsigned control_job(struct sandbox *s, const json_t *job)
{
    cleanup_json json_t *pods = control_children(s, "", "pods", job);
    const json_t *completions = place_at(job, ".spec.completions");
    json_int_t wanted = completions ? json_integer_value(completions) : 1;
    json_int_t parallel = control_number(job, ".spec.parallelism");
    struct counts n = count(pods);
    bool failed = n.failed > control_number(job, ".spec.backoffLimit");
    bool complete = n.succeeded >= wanted;
    const char *started = control_text(job, ".status.startTime");
    char now[32];
    json_t *status;

    if (control_is_ending(job) || json_is_true(place_at(job, ".spec.suspend")) ||
        json_array_size(place_at(job, ".status.conditions")) > 0)
        return 0;
    control_now(now);
    if (!failed && !complete && n.active < parallel && n.active + n.succeeded < wanted) {
        json_int_t missing = wanted - n.active - n.succeeded;

        start_pods(s, job, missing < parallel - n.active ? missing : parallel - n.active);
    }
    status = json_pack("{s:s, s:{}, s:i}", "startTime", *started ? started : now,
                       "uncountedTerminatedPods", "terminating", 0);
    put_number(status, "active", n.active);
    json_object_set_new(status, "ready", json_integer(n.ready));
    put_number(status, "succeeded", n.succeeded);
    put_number(status, "failed", n.failed);
    if (failed || complete)
        end(status, place_at(job, ".status.conditions"), failed);
    control_status(s, "batch", "jobs", job, status);
    return 0;
}
