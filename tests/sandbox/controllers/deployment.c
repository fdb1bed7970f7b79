/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deployment: one ReplicaSet for each template. A rollout brings up all of the new one, and takes
 * down the old ones when that is available; with the strategy Recreate the other way around.
 */
#include "tests/sandbox/controllers/control.h"

#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/controllers/event.h"
#include "tests/sandbox/place.h"

#define REVISION "deployment.kubernetes.io/revision"
#define HASH "pod-template-hash"
#define HASH_LEN 10

struct rollout {
    const json_t *deployment;
    json_t *sets;         /* its ReplicaSets */
    const json_t *newest; /* that of its template; NULL: not made yet */
    char *hash;
    json_int_t wanted;
};

static json_int_t revision_of(const json_t *object)
{
    const char *text = json_string_value(json_object_get(
        json_object_get(json_object_get(object, "metadata"), "annotations"), REVISION));

    return text ? strtoll(text, NULL, 10) : 0;
}

static json_int_t next_revision(const struct rollout *r)
{
    json_int_t highest = 0;
    size_t i;
    json_t *set;

    json_array_foreach (r->sets, i, set) {
        if (revision_of(set) > highest)
            highest = revision_of(set);
    }
    return highest + 1;
}

static void set_revision(json_t *object, json_int_t revision)
{
    cleanup_free char *text = xasprintf("%lld", (long long)revision);
    json_t *meta = json_object_get(object, "metadata");

    if (!json_object_get(meta, "annotations"))
        json_object_set_new(meta, "annotations", json_object());
    json_object_set_new(json_object_get(meta, "annotations"), REVISION, json_string(text));
}

static void tell_scaled(struct sandbox *s, const struct rollout *r, const char *set,
                        json_int_t from, json_int_t to)
{
    const struct event_kind what = {.component = "deployment-controller",
                                    .reason = "ScalingReplicaSet"};

    if (from != to)
        event_tell(s, r->deployment, &what, "Scaled %s replica set %s from %lld to %lld",
                   from < to ? "up" : "down", set, (long long)from, (long long)to);
}

static void scale_set(struct sandbox *s, const struct rollout *r, const json_t *set,
                      json_int_t replicas)
{
    tell_scaled(s, r, object_meta(set, "name"), control_number(set, ".spec.replicas"), replicas);
    control_scale(s, "apps", "replicasets", set, replicas);
}

static void create_set(struct sandbox *s, const struct rollout *r)
{
    json_t *template = json_deep_copy(place_at(r->deployment, ".spec.template"));
    json_t *selector = json_deep_copy(place_at(r->deployment, ".spec.selector"));
    cleanup_free char *name = xasprintf("%s-%s", object_meta(r->deployment, "name"), r->hash);
    json_t *set;

    place_put(template, ".metadata.labels." HASH, json_string(r->hash));
    place_put(selector, ".matchLabels." HASH, json_string(r->hash));
    set = json_pack("{s:{s:s, s:s, s:O, s:o}, s:{s:I, s:o, s:o}}", "metadata", "name", name,
                    "namespace", object_meta(r->deployment, "namespace"), "labels",
                    place_at(template, ".metadata.labels"), "ownerReferences",
                    control_owner(r->deployment), "spec", "replicas", r->wanted, "selector",
                    selector, "template", template);
    place_put(set, ".spec.minReadySeconds",
              json_integer(control_seconds(r->deployment, ".spec.minReadySeconds")));
    set_revision(set, next_revision(r));
    control_create(s, "apps", "replicasets", set);
    tell_scaled(s, r, name, 0, r->wanted);
}

/* A template that was there before counts as the newest again. */
static void raise_revision(struct sandbox *s, const struct rollout *r)
{
    json_int_t next = next_revision(r);
    json_t *set;

    if (revision_of(r->newest) == next - 1)
        return;
    set = json_deep_copy(r->newest);
    set_revision(set, next);
    control_update(s, kinds_find(&s->kinds, "apps", "v1", "replicasets"), set, NULL);
}

static void show_revision(struct sandbox *s, const struct rollout *r)
{
    json_int_t revision = r->newest ? revision_of(r->newest) : 0;
    json_t *next;

    if (revision == 0 || revision_of(r->deployment) == revision)
        return;
    next = json_deep_copy(r->deployment);
    set_revision(next, revision);
    control_update(s, kinds_find(&s->kinds, "apps", "v1", "deployments"), next, NULL);
}

static void scale_old(struct sandbox *s, const struct rollout *r)
{
    size_t i;
    json_t *set;

    json_array_foreach (r->sets, i, set) {
        if (set != r->newest)
            scale_set(s, r, set, 0);
    }
}

/* The oldest of the ReplicaSets that are empty, when there are too many. */
static void forget_old(struct sandbox *s, const struct rollout *r)
{
    json_int_t limit = control_number(r->deployment, ".spec.revisionHistoryLimit"), empty = 0;
    const json_t *oldest = NULL;
    size_t i;
    json_t *set;

    json_array_foreach (r->sets, i, set) {
        if (set == r->newest || control_number(set, ".spec.replicas") > 0 ||
            control_number(set, ".status.replicas") > 0 || control_is_ending(set))
            continue;
        empty++;
        if (!oldest || revision_of(set) < revision_of(oldest))
            oldest = set;
    }
    if (oldest && empty > limit)
        control_delete(s, "apps", "replicasets", oldest);
}

static void roll(struct sandbox *s, const struct rollout *r)
{
    bool recreates = streq(control_text(r->deployment, ".spec.strategy.type"), "Recreate");
    json_int_t available = r->newest ? control_number(r->newest, ".status.availableReplicas") : 0;

    if (recreates || (r->newest && available >= r->wanted))
        scale_old(s, r);
    if (!r->newest) {
        create_set(s, r);
        return;
    }
    raise_revision(s, r);
    scale_set(s, r, r->newest, r->wanted);
    forget_old(s, r);
}

/* ---- the status ---- */

static json_int_t sum(const struct rollout *r, const char *path)
{
    json_int_t total = 0;
    size_t i;
    json_t *set;

    json_array_foreach (r->sets, i, set) {
        total += control_number(set, path);
    }
    return total;
}

static bool is_observed(const json_t *set)
{
    return control_number(set, ".status.observedGeneration") ==
           control_number(set, ".metadata.generation");
}

static bool is_complete(const struct rollout *r)
{
    return r->newest && is_observed(r->newest) &&
           control_number(r->newest, ".status.availableReplicas") >= r->wanted &&
           sum(r, ".status.replicas") == r->wanted;
}

static const json_t *condition_of(const json_t *object, const char *type)
{
    size_t i;
    json_t *c;

    json_array_foreach ((json_t *)place_at(object, ".status.conditions"), i, c) {
        if (streq(control_text(c, ".type"), type))
            return c;
    }
    return NULL;
}

/* When the rollout counts as failed, unless something moves; 0: it does not wait. */
static int64_t deadline_ms(const struct rollout *r)
{
    const json_t *c = condition_of(r->deployment, "Progressing");
    cleanup_error struct error *err = NULL;
    int64_t since;

    if (!c || !streq(control_text(c, ".reason"), "ReplicaSetUpdated") ||
        time_parse_rfc3339(control_text(c, ".lastUpdateTime"), &since, &err) < 0)
        return 0;
    return since + control_seconds(r->deployment, ".spec.progressDeadlineSeconds") * 1000;
}

static json_t *progress(const struct rollout *r, const json_t *old)
{
    const char *set = r->newest ? object_meta(r->newest, "name") : "";
    const json_t *before = condition_of(r->deployment, "Progressing");
    cleanup_free char *done = xasprintf("ReplicaSet \"%s\" has successfully progressed.", set);
    cleanup_free char *late = xasprintf("ReplicaSet \"%s\" has timed out progressing.", set);
    cleanup_free char *going = xasprintf("ReplicaSet \"%s\" is progressing.", set);
    bool is_same = before && strstr(control_text(before, ".message"), set);

    if (is_complete(r))
        return control_condition(old, "Progressing", true, "NewReplicaSetAvailable", done);
    if (is_same && ((deadline_ms(r) && deadline_ms(r) < time_wall_ms()) ||
                    streq(control_text(before, ".reason"), "ProgressDeadlineExceeded")))
        return control_condition(old, "Progressing", false, "ProgressDeadlineExceeded", late);
    return control_condition(old, "Progressing", true, "ReplicaSetUpdated", going);
}

static void put_number(json_t *status, const char *key, json_int_t value)
{
    if (value != 0)
        json_object_set_new(status, key, json_integer(value));
}

static void show_status(struct sandbox *s, const struct rollout *r)
{
    const json_t *now = store_find_uid(s->store, object_meta(r->deployment, "uid"));
    const json_t *old = place_at(r->deployment, ".status.conditions");
    json_int_t available = sum(r, ".status.availableReplicas");
    bool is_available = available >= r->wanted;
    json_t *status = json_pack(
        "{s:I, s:[o, o]}", "observedGeneration",
        control_number(r->deployment, ".metadata.generation"), "conditions",
        control_condition(old, "Available", is_available,
                          is_available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                          is_available ? "Deployment has minimum availability."
                                       : "Deployment does not have minimum availability."),
        progress(r, old));

    put_number(status, "replicas", sum(r, ".status.replicas"));
    put_number(status, "updatedReplicas",
               r->newest ? control_number(r->newest, ".status.replicas") : 0);
    put_number(status, "readyReplicas", sum(r, ".status.readyReplicas"));
    put_number(status, "availableReplicas", available);
    put_number(status, "unavailableReplicas", is_available ? 0 : r->wanted - available);
    if (now)
        control_status(s, "apps", "deployments", now, status);
    else
        json_decref(status);
}

unsigned control_deployment(struct sandbox *s, const json_t *deployment)
{
    struct rollout r = {
        .deployment = deployment,
        .sets = control_children(s, "apps", "replicasets", deployment),
        .hash = control_template_hash(place_at(deployment, ".spec.template"), HASH_LEN),
        .wanted = control_pods(deployment, ".spec.replicas"),
    };
    int64_t late;
    size_t i;
    json_t *set;

    json_array_foreach (r.sets, i, set) {
        if (streq(json_string_value(json_object_get(
                      json_object_get(json_object_get(set, "metadata"), "labels"), HASH)),
                  r.hash))
            r.newest = set;
    }
    if (!control_is_ending(deployment)) {
        if (!json_is_true(place_at(deployment, ".spec.paused")))
            roll(s, &r);
        show_revision(s, &r);
        show_status(s, &r);
    }
    late = deadline_ms(&r) - time_wall_ms();
    json_decref(r.sets);
    free(r.hash);
    return late > 0 ? control_again(late + 1000) : 0;
}
