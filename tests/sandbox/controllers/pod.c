/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pod: the scheduler and the kubelet. A Pod gets the Node, then runs; with a restartPolicy other
 * than Always it ends a moment later. What else happens is said by the tag of its first image, or
 * by the annotation OUTCOME: "never-ready", "missing" (no such image), "crash", "fail" (of what
 * ends).
 */
#include "tests/sandbox/controllers/control.h"

#include "lib/doc/yaml.h"
#include "tests/sandbox/controllers/event.h"
#include "tests/sandbox/place.h"
#include "tests/sandbox/registry.h"

#define OUTCOME "sandbox.gitopsd.dev/outcome"
#define RUN_MS 100
#define START_MS 30

enum outcome { POD_RUNS, POD_NEVER_READY, POD_MISSING, POD_CRASHES, POD_FAILS };

static const char *const outcome_names[] = {
    [POD_RUNS] = "",           [POD_NEVER_READY] = "never-ready",
    [POD_MISSING] = "missing", [POD_CRASHES] = "crash",
    [POD_FAILS] = "fail",
};

static enum outcome outcome_of(const json_t *pod)
{
    const char *image = control_text(pod, ".spec.containers[0].image");
    const char *colon = strrchr(image, ':');
    const char *word = json_string_value(
        json_object_get(json_object_get(json_object_get(pod, "metadata"), "annotations"), OUTCOME));

    if (!word)
        word = colon ? colon + 1 : "";
    for (size_t i = 1; i < ARRAY_LEN(outcome_names); i++)
        if (streq(outcome_names[i], word))
            return (enum outcome)i;
    return POD_RUNS;
}

static json_t *waiting(const char *reason, const char *message)
{
    return json_pack("{s:{s:s, s:s}}", "waiting", "reason", reason, "message", message);
}

static json_t *ended(const char *since, int code)
{
    return json_pack("{s:{s:i, s:s, s:s, s:s}}", "terminated", "exitCode", code, "reason",
                     code == 0 ? "Completed" : "Error", "startedAt", since, "finishedAt", since);
}

static json_t *state_of(enum outcome outcome, const char *phase, const char *now)
{
    if (streq(phase, "Succeeded") || streq(phase, "Failed"))
        return ended(now, streq(phase, "Failed"));
    if (outcome == POD_MISSING)
        return waiting("ImagePullBackOff", "Back-off pulling image: there is none (simulated)");
    if (outcome == POD_CRASHES)
        return waiting("CrashLoopBackOff", "back-off restarting failed container (simulated)");
    return json_pack("{s:{s:s}}", "running", "startedAt", now);
}

static json_t *containers_of(const json_t *pod, enum outcome outcome, const char *phase, bool ready,
                             const char *now)
{
    json_t *statuses = json_array(), *container;
    size_t i;

    json_array_foreach ((json_t *)place_at(pod, ".spec.containers"), i, container) {
        json_array_append_new(statuses, json_pack("{s:O, s:O, s:s, s:b, s:b, s:i, s:o}", "name",
                                                  json_object_get(container, "name"), "image",
                                                  json_object_get(container, "image"), "imageID",
                                                  "", "ready", ready, "started", ready,
                                                  "restartCount", outcome == POD_CRASHES ? 3 : 0,
                                                  "state", state_of(outcome, phase, now)));
    }
    return statuses;
}

static json_t *conditions_of(const json_t *pod, bool ready, const char *reason)
{
    static const char *const types[] = {"PodScheduled", "Initialized", "ContainersReady", "Ready"};
    const json_t *old = place_at(pod, ".status.conditions");
    json_t *conditions = json_array();

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        bool is_true = i < 2 || ready;
        json_t *c = control_condition(old, types[i], is_true, is_true ? "" : reason, "");

        json_object_del(c, "lastUpdateTime");
        json_object_del(c, "message");
        if (is_true)
            json_object_del(c, "reason");
        json_array_append_new(conditions, c);
    }
    return conditions;
}

static void set_status(struct sandbox *s, const json_t *pod, enum outcome outcome,
                       const char *phase)
{
    bool is_over = streq(phase, "Succeeded") || streq(phase, "Failed");
    bool ready = streq(phase, "Running") && outcome != POD_NEVER_READY && outcome != POD_CRASHES;
    const char *ip = control_text(pod, ".status.podIP");
    cleanup_free char *address = NULL;
    char now[32];
    json_t *status;

    control_now(now);
    address =
        *ip ? xstrdup(ip)
            : xasprintf("10.244.%u.%u", s->next_address / 250 % 250, s->next_address % 250 + 1);
    s->next_address += !*ip;
    status =
        json_pack("{s:s, s:o, s:o, s:s, s:s, s:[{s:s}], s:s, s:s}", "phase", phase, "conditions",
                  conditions_of(pod, ready, is_over ? "PodCompleted" : "ContainersNotReady"),
                  "containerStatuses", containers_of(pod, outcome, phase, ready, now), "hostIP",
                  CONTROL_NODE_IP, "podIP", address, "podIPs", "ip", address, "startTime", now,
                  "qosClass", control_text(pod, ".status.qosClass"));
    control_status(s, "", "pods", pod, status);
}

/* ---- what the kubelet tells ---- */

static void tell(struct sandbox *s, const json_t *pod, const json_t *container, const char *reason,
                 char *message) /* taken */
{
    const struct event_kind what = {.component = EVENT_KUBELET,
                                    .reason = reason,
                                    .is_warning = streq(reason, "BackOff") ||
                                                  streq(reason, "Failed") ||
                                                  streq(reason, "Unhealthy"),
                                    .container = control_text(container, ".name")};

    event_tell(s, pod, &what, "%s", message);
    free(message);
}

static void tell_missing(struct sandbox *s, const json_t *pod, const json_t *container)
{
    const char *image = control_text(container, ".image");

    tell(s, pod, container, "Pulling", xasprintf("Pulling image \"%s\"", image));
    tell(s, pod, container, "Failed",
         xasprintf("Failed to pull image \"%s\": there is none (simulated)", image));
    tell(s, pod, container, "BackOff", xasprintf("Back-off pulling image \"%s\"", image));
}

static void tell_started(struct sandbox *s, const json_t *pod, enum outcome outcome)
{
    bool restarts = streq(control_text(pod, ".spec.restartPolicy"), "Always");
    json_t *container;
    size_t i;

    json_array_foreach ((json_t *)place_at(pod, ".spec.containers"), i, container) {
        const char *name = control_text(container, ".name");

        if (outcome == POD_MISSING) {
            tell_missing(s, pod, container);
            continue;
        }
        tell(s, pod, container, "Pulled",
             xasprintf("Container image \"%s\" already present on machine",
                       control_text(container, ".image")));
        tell(s, pod, container, "Created", xasprintf("Created container: %s", name));
        tell(s, pod, container, "Started", xasprintf("Started container %s", name));
        if (outcome == POD_NEVER_READY)
            tell(s, pod, container, "Unhealthy", xstrdup("Readiness probe failed: (simulated)"));
        if (outcome == POD_CRASHES && restarts)
            tell(s, pod, container, "BackOff",
                 xasprintf("Back-off restarting failed container %s in pod %s_%s(%s)", name,
                           object_meta(pod, "name"), object_meta(pod, "namespace"),
                           object_meta(pod, "uid")));
    }
}

static void tell_killed(struct sandbox *s, const json_t *pod)
{
    json_t *container;
    size_t i;

    if (!streq(control_text(pod, ".status.phase"), "Running"))
        return;
    json_array_foreach ((json_t *)place_at(pod, ".spec.containers"), i, container)
        tell(s, pod, container, "Killing",
             xasprintf("Stopping container %s", control_text(container, ".name")));
}

/* ---- the scheduler ---- */

static bool is_daemon(const json_t *pod)
{
    return streq(control_text(pod, ".metadata.ownerReferences[0].kind"), "DaemonSet");
}

/* There is one Node: its labels are what a nodeSelector must ask for. NULL: it fits. */
static const char *misfit(const struct sandbox *s, const json_t *pod)
{
    const struct kind *nodes = kinds_find(&s->kinds, "", "v1", "nodes");
    const json_t *node = store_find(nodes->collection, NULL, CONTROL_NODE);
    const json_t *labels = place_at(node, ".metadata.labels");
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)place_at(pod, ".spec.nodeSelector"), key, value) {
        const json_t *has = json_object_get(labels, key);

        if (!has || !json_equal(has, value))
            return "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
    }
    if (json_is_true(place_at(node, ".spec.unschedulable")) && !is_daemon(pod))
        return "0/1 nodes are available: 1 node(s) were unschedulable.";
    return NULL;
}

static void wait_for_node(struct sandbox *s, const json_t *pod, const char *why)
{
    const struct event_kind what = {
        .component = EVENT_SCHEDULER, .reason = "FailedScheduling", .is_warning = true};
    json_t *condition = control_condition(place_at(pod, ".status.conditions"), "PodScheduled",
                                          false, "Unschedulable", why);

    event_tell(s, pod, &what, "%s", why);
    json_object_del(condition, "lastUpdateTime");
    control_status(s, "", "pods", pod,
                   json_pack("{s:s, s:[o], s:s}", "phase", "Pending", "conditions", condition,
                             "qosClass", control_text(pod, ".status.qosClass")));
}

static void schedule(struct sandbox *s, const json_t *pod)
{
    const struct event_kind what = {.component = EVENT_SCHEDULER, .reason = "Scheduled"};
    json_t *next = json_deep_copy(pod);

    event_tell(s, pod, &what, "Successfully assigned %s/%s to %s", object_meta(pod, "namespace"),
               object_meta(pod, "name"), CONTROL_NODE);
    place_put(next, ".spec.nodeName", json_string(CONTROL_NODE));
    control_update(s, kinds_find(&s->kinds, "", "v1", "pods"), next, NULL);
}

static void finish_deletion(struct sandbox *s, const json_t *pod)
{
    const struct delete_options options = {.uid = object_meta(pod, "uid"), .now = true};
    json_t *refused = NULL;
    bool gone;

    if (registry_delete(s, kinds_find(&s->kinds, "", "v1", "pods"), object_meta(pod, "namespace"),
                        object_meta(pod, "name"), &options, NULL, &gone, &refused) < 0)
        json_decref(refused);
}

unsigned control_pod(struct sandbox *s, const json_t *pod)
{
    const char *phase = control_text(pod, ".status.phase");
    bool restarts = streq(control_text(pod, ".spec.restartPolicy"), "Always");
    enum outcome outcome = outcome_of(pod);

    if (control_is_ending(pod)) {
        if (json_array_size(json_object_get(json_object_get(pod, "metadata"), "finalizers")) == 0) {
            tell_killed(s, pod);
            finish_deletion(s, pod);
        }
        return 0;
    }
    if (control_is_over(pod))
        return 0;
    if (!*control_text(pod, ".spec.nodeName")) {
        const char *why = misfit(s, pod);

        if (why) {
            wait_for_node(s, pod, why);
            return 0;
        }
        schedule(s, pod);
        return START_MS;
    }
    if (!*control_text(pod, ".status.startTime")) {
        tell_started(s, pod, outcome);
        set_status(s, pod, outcome, outcome == POD_MISSING ? "Pending" : "Running");
        return restarts ? 0 : RUN_MS;
    }
    if (!restarts && outcome != POD_MISSING && outcome != POD_NEVER_READY &&
        streq(phase, "Running"))
        set_status(s, pod, outcome,
                   outcome == POD_FAILS || outcome == POD_CRASHES ? "Failed" : "Succeeded");
    return 0;
}

/* What waited for the Node may fit it now. */
unsigned control_node(struct sandbox *s, const json_t *node)
{
    cleanup_json json_t *waiting_pods = json_array();
    cleanup_ptrvec struct ptrvec all = {0};
    size_t i;
    json_t *pod;

    (void)node;
    store_list(s->store, store_collection(s->store, "", "pods"), NULL, 0, &all);
    for (i = 0; i < all.len; i++)
        if (!*control_text(all.items[i], ".spec.nodeName"))
            json_array_append(waiting_pods, all.items[i]);
    json_array_foreach (waiting_pods, i, pod) {
        control_pod(s, pod);
    }
    return 0;
}
