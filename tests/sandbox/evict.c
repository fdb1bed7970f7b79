/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subresource eviction: a deletion that the PodDisruptionBudgets of the Pod allow.
 * Source: Kubernetes, pkg/registry/core/pod/storage/eviction.go.
 */
#include "lib/base/time.h"
#include "tests/sandbox/label_selector.h"
#include "tests/sandbox/place.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/subresource.h"

#define BUSY_S 10 /* when to come again while a budget is not counted yet */

static const char *text_at(const json_t *object, const char *path)
{
    const char *text = json_string_value(place_at(object, path));

    return text ? text : "";
}

static json_int_t number_at(const json_t *object, const char *path)
{
    return json_integer_value(place_at(object, path));
}

/* What ended, or did not begin, disturbs nobody. */
static bool is_free(const json_t *pod)
{
    const char *phase = text_at(pod, ".status.phase");

    return streq(phase, "Succeeded") || streq(phase, "Failed") || streq(phase, "Pending") ||
           *object_meta(pod, "deletionTimestamp");
}

/* The budget of the Pod; NULL: none. */
static int find_budget(struct api_request *r, const json_t *pod, const struct kind *budgets,
                       const json_t **out, json_t **refused)
{
    cleanup_ptrvec struct ptrvec all = {0};
    size_t count = 0;

    *out = NULL;
    store_list(r->s->store, budgets->collection, r->ns, 0, &all);
    for (size_t i = 0; i < all.len; i++) {
        if (!label_selector_matches(place_at(all.items[i], ".spec.selector"),
                                    place_at(pod, ".metadata.labels")))
            continue;
        *out = all.items[i];
        count++;
    }
    if (count > 1)
        return refuse(refused, 500, NULL, NULL,
                      "This pod has more than one PodDisruptionBudget, which the eviction "
                      "subresource does not support.");
    return 0;
}

static int too_many(json_t **refused, unsigned wait_s, char *why)
{
    json_t *details =
        json_pack("{s:[{s:s, s:s}]}", "causes", "reason", "DisruptionBudget", "message", why);

    free(why);
    if (wait_s > 0)
        json_object_set_new(details, "retryAfterSeconds", json_integer(wait_s));
    return refuse(refused, 429, "TooManyRequests", details,
                  "Cannot evict pod as it would violate the pod's disruption budget.");
}

/* What is not ready may go, unless the others are too few. */
static bool may_go_unready(const json_t *budget, const json_t *pod)
{
    json_int_t desired = number_at(budget, ".status.desiredHealthy");

    if (streq(text_at(pod, ".status.conditions[?(@.type==\"Ready\")].status"), "True"))
        return false;
    return streq(text_at(budget, ".spec.unhealthyPodEvictionPolicy"), "AlwaysAllow") ||
           (desired > 0 && number_at(budget, ".status.currentHealthy") >= desired);
}

/* Count the Pod as disrupted until it is gone. */
static int take_from(struct api_request *r, const struct kind *budgets, const json_t *budget,
                     bool dry_run, json_t **refused)
{
    const struct write_options options = {
        .manager = r->manager, .subresource = "status", .dry_run = dry_run};
    json_int_t allowed = number_at(budget, ".status.disruptionsAllowed");
    cleanup_free char *name = xstrdup(object_meta(budget, "name"));
    char now[TIME_RFC3339_BYTES];
    json_t *next, *disrupted;

    if (number_at(budget, ".status.observedGeneration") < number_at(budget, ".metadata.generation"))
        return too_many(refused, BUSY_S,
                        xasprintf("The disruption budget %s is still being processed by the "
                                  "server.",
                                  name));
    if (allowed <= 0)
        return too_many(
            refused, 0,
            xasprintf("The disruption budget %s needs %lld healthy pods and has %lld currently",
                      name, (long long)number_at(budget, ".status.desiredHealthy"),
                      (long long)number_at(budget, ".status.currentHealthy")));
    time_format_rfc3339(time_wall_ms(), now);
    next = json_deep_copy(budget);
    place_put(next, ".status.disruptionsAllowed", json_integer(allowed - 1));
    disrupted = json_object_get(json_object_get(next, "status"), "disruptedPods");
    if (!disrupted) {
        disrupted = json_object();
        place_put(next, ".status.disruptedPods", disrupted);
    }
    json_object_set_new(disrupted, r->name, json_string(now));
    return registry_update(r->s, budgets, r->ns, name, next, &options, NULL, NULL, refused);
}

/* `pod` is kept for the call. */
static int ask_budget(struct api_request *r, const json_t *pod, bool dry_run, json_t **refused)
{
    const struct kind *budgets = kinds_find(&r->s->kinds, "policy", "v1", "poddisruptionbudgets");
    const json_t *budget;

    if (is_free(pod))
        return 0;
    if (find_budget(r, pod, budgets, &budget, refused) < 0)
        return -1;
    if (!budget || may_go_unready(budget, pod))
        return 0;
    return take_from(r, budgets, budget, dry_run, refused);
}

static int evict(struct api_request *r, const json_t *body, json_t **refused)
{
    cleanup_json json_t *pod =
        json_incref((json_t *)store_find(r->kind->collection, r->ns, r->name));
    const json_t *asked = json_object_get(body, "deleteOptions");
    const json_t *grace = json_object_get(asked, "gracePeriodSeconds");
    const struct delete_options options = {
        .uid = json_string_value(place_at(asked, ".preconditions.uid")),
        .resource_version = json_string_value(place_at(asked, ".preconditions.resourceVersion")),
        .dry_run = r->write.dry_run || json_array_size(json_object_get(asked, "dryRun")) > 0,
        .now = json_is_integer(grace) && json_integer_value(grace) == 0,
    };
    bool gone;

    if (!streq(object_meta(body, "name"), r->name))
        return refuse_bad_request(refused, "name in URL does not match name in Eviction object");
    if (!pod)
        return refuse_not_found(refused, r->kind, r->name);
    if (ask_budget(r, pod, options.dry_run, refused) < 0)
        return -1;
    return registry_delete(r->s, r->kind, r->ns, r->name, &options, NULL, &gone, refused);
}

void api_evict(struct api_request *r)
{
    cleanup_json json_t *body = NULL;
    json_t *refused = NULL;

    if (api_body(r, &body, &refused) < 0 || evict(r, body, &refused) < 0)
        api_refuse(r->http, refused);
    else
        api_answer(r->http, 201,
                   json_pack("{s:s, s:s, s:{}, s:s, s:i}", "kind", "Status", "apiVersion", "v1",
                             "metadata", "status", "Success", "code", 201));
}
