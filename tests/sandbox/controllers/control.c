/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/controllers/control.h"

#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/identity.h"
#include "tests/sandbox/label_selector.h"
#include "tests/sandbox/place.h"
#include "tests/sandbox/registry.h"
#include "tests/sandbox/relations.h"

#define AGAIN_MAX_MS 3600000
#define MANAGER "kube-controller-manager"

bool control_is_kind(const char *plural, const char *kind)
{
    size_t len = strlen(plural) - 1; /* without the s: none of ours has another plural */

    return strncasecmp(plural, kind, len) == 0 && !kind[len];
}

void control_now(char out[32])
{
    time_format_rfc3339(time_wall_ms(), out);
}

/* ---- writing ---- */

static const struct kind *kind_of(const struct sandbox *s, const char *group, const char *plural)
{
    return kinds_find(&s->kinds, group, "v1", plural);
}

json_t *control_make(struct sandbox *s, const char *group, const char *plural, json_t *object)
{
    const struct write_options options = {.manager = MANAGER};
    cleanup_free char *ns = xstrdup(object_meta(object, "namespace"));
    json_t *refused = NULL, *created = NULL;

    if (registry_create(s, kind_of(s, group, plural), *ns ? ns : NULL, object, &options, &created,
                        &refused) < 0)
        json_decref(refused);
    return created;
}

void control_create(struct sandbox *s, const char *group, const char *plural, json_t *object)
{
    json_decref(control_make(s, group, plural, object));
}

void control_update(struct sandbox *s, const struct kind *kind, json_t *object,
                    const char *subresource)
{
    const struct write_options options = {.manager = MANAGER, .subresource = subresource};
    cleanup_free char *ns = xstrdup(object_meta(object, "namespace"));
    cleanup_free char *name = xstrdup(object_meta(object, "name"));
    json_t *refused = NULL;

    if (registry_update(s, kind, *ns ? ns : NULL, name, object, &options, NULL, NULL, &refused) < 0)
        json_decref(refused);
}

void control_status(struct sandbox *s, const char *group, const char *plural, const json_t *object,
                    json_t *status)
{
    json_t *next;

    if (json_equal(json_object_get(object, "status"), status)) {
        json_decref(status);
        return;
    }
    next = json_deep_copy(object);
    json_object_set_new(next, "status", status);
    control_update(s, kind_of(s, group, plural), next, "status");
}

void control_delete(struct sandbox *s, const char *group, const char *plural, const json_t *object)
{
    const struct delete_options options = {.uid = object_meta(object, "uid"),
                                           .propagation = "Background"};
    json_t *refused = NULL;
    bool gone;

    if (registry_delete(s, kind_of(s, group, plural), object_meta(object, "namespace"),
                        object_meta(object, "name"), &options, NULL, &gone, &refused) < 0)
        json_decref(refused);
}

void control_scale(struct sandbox *s, const char *group, const char *plural, const json_t *object,
                   json_int_t replicas)
{
    json_t *next;

    if (control_number(object, ".spec.replicas") == replicas)
        return;
    next = json_deep_copy(object);
    place_put(next, ".spec.replicas", json_integer(replicas));
    control_update(s, kind_of(s, group, plural), next, NULL);
}

/* ---- reading ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(object_meta(*(json_t *const *)a, "name"),
                  object_meta(*(json_t *const *)b, "name"));
}

/* Objects of one namespace in the order of their names, as a new array. */
static json_t *in_order(struct ptrvec *objects)
{
    json_t *array = json_array();

    if (objects->len > 1)
        qsort(objects->items, objects->len, sizeof(*objects->items), by_name);
    for (size_t i = 0; i < objects->len; i++)
        json_array_append(array, objects->items[i]);
    return array;
}

json_t *control_children(struct sandbox *s, const char *group, const char *plural,
                         const json_t *owner)
{
    const struct map *all = relations_controlled(s->relations, group, plural, owner);
    const char *ns = object_meta(owner, "namespace");
    cleanup_ptrvec struct ptrvec found = {0};
    struct map_entry *e;
    size_t it = 0;

    while (all && (e = map_next(all, &it)))
        if (streq(object_meta(e->value, "namespace"), ns))
            ptrvec_push(&found, e->value);
    return in_order(&found);
}

json_t *control_selected(struct sandbox *s, const char *ns, const json_t *selector)
{
    const struct map *pods =
        relations_pods(s->relations, ns, json_object_get(selector, "matchLabels"));
    cleanup_ptrvec struct ptrvec found = {0};
    struct map_entry *e;
    size_t it = 0;

    while (pods && (e = map_next(pods, &it))) {
        const json_t *meta = json_object_get(e->value, "metadata");

        if (label_selector_matches(selector, json_object_get(meta, "labels")))
            ptrvec_push(&found, e->value);
    }
    return in_order(&found);
}

json_int_t control_number(const json_t *object, const char *path)
{
    return json_integer_value(place_at(object, path));
}

static json_int_t bounded(json_int_t number, json_int_t max)
{
    return number < 0 ? 0 : number > max ? max : number;
}

json_int_t control_pods(const json_t *object, const char *path)
{
    return bounded(control_number(object, path), CONTROL_PODS_MAX);
}

json_int_t control_seconds(const json_t *object, const char *path)
{
    return bounded(control_number(object, path), CONTROL_SECONDS_MAX);
}

unsigned control_again(int64_t ms)
{
    return (unsigned)bounded(ms, AGAIN_MAX_MS) + 1;
}

const char *control_text(const json_t *object, const char *path)
{
    const char *text = json_string_value(place_at(object, path));

    return text ? text : "";
}

bool control_is_ready(const json_t *pod)
{
    return streq(control_text(pod, ".status.conditions[?(@.type==\"Ready\")].status"), "True");
}

int64_t control_time(const json_t *object, const char *path)
{
    cleanup_error struct error *err = NULL;
    int64_t ms;

    return time_parse_rfc3339(control_text(object, path), &ms, &err) == 0 ? ms : 0;
}

int64_t control_ready_since(const json_t *pod)
{
    return control_is_ready(pod)
               ? control_time(pod, ".status.conditions[?(@.type==\"Ready\")].lastTransitionTime")
               : 0;
}

bool control_is_ending(const json_t *object)
{
    return *object_meta(object, "deletionTimestamp") != '\0';
}

bool control_is_over(const json_t *pod)
{
    const char *phase = control_text(pod, ".status.phase");

    return streq(phase, "Succeeded") || streq(phase, "Failed");
}

/* ---- making ---- */

json_t *control_owner(const json_t *object)
{
    return json_pack("[{s:O, s:O, s:s, s:s, s:b, s:b}]", "apiVersion",
                     json_object_get(object, "apiVersion"), "kind", json_object_get(object, "kind"),
                     "name", object_meta(object, "name"), "uid", object_meta(object, "uid"),
                     "controller", 1, "blockOwnerDeletion", 1);
}

json_t *control_pod_new(const json_t *owner, const json_t *template, const char *name,
                        const char *base)
{
    json_t *pod = json_deep_copy(template);
    json_t *meta = json_object_get(pod, "metadata");

    if (!meta) {
        meta = json_object();
        json_object_set_new(pod, "metadata", meta);
    }
    json_object_del(meta, "creationTimestamp");
    json_object_set_new(meta, "namespace", json_string(object_meta(owner, "namespace")));
    if (name)
        json_object_set_new(meta, "name", json_string(name));
    else
        json_object_set_new(meta, "generateName", json_string(base));
    json_object_set_new(meta, "ownerReferences", control_owner(owner));
    return pod;
}

char *control_template_hash(const json_t *template, size_t len)
{
    cleanup_free char *text = json_dumps(template, JSON_COMPACT | JSON_SORT_KEYS);

    return identity_hash(text ? text : "", len);
}

json_t *control_condition(const json_t *old, const char *type, bool is_true, const char *reason,
                          const char *message)
{
    const char *status = is_true ? "True" : "False";
    char now[TIME_RFC3339_BYTES];
    const char *changed = now, *updated = now;
    size_t i;
    json_t *c;

    control_now(now);
    json_array_foreach ((json_t *)old, i, c) {
        if (!streq(control_text(c, ".type"), type))
            continue;
        if (streq(control_text(c, ".status"), status))
            changed = control_text(c, ".lastTransitionTime");
        if (streq(control_text(c, ".status"), status) &&
            streq(control_text(c, ".reason"), reason) &&
            streq(control_text(c, ".message"), message))
            updated = control_text(c, ".lastUpdateTime");
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", type, "status", status, "reason",
                     reason, "message", message, "lastTransitionTime", changed, "lastUpdateTime",
                     *updated ? updated : now);
}
