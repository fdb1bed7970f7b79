/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/relations.h"

struct relations {
    struct map sets; /* a name (below) -> struct map: key of an object -> document, borrowed */
};

/* ---- names of sets ---- */

static char *controlled_name(const char *group, const char *plural, const char *uid)
{
    return xasprintf("controlled %s/%s %s", group, plural, uid);
}

/* `key` NULL: all Pods of the namespace. */
static char *pods_name(const char *ns, const char *key, const json_t *value)
{
    return xasprintf("pods %s %s=%s", ns, key ? key : "", json_string_value(value));
}

/* By one of the labels that it wants. `key` NULL: those that want none. */
static char *selecting_name(const char *group, const char *plural, const char *ns, const char *key,
                            const json_t *value)
{
    return xasprintf("selecting %s/%s %s %s=%s", group, plural, ns, key ? key : "",
                     json_string_value(value));
}

static char *event_name(const char *uid, const char *reason, const char *message)
{
    return xasprintf("event %s %s %s", uid, reason, message);
}

static const json_t *labels_of(const json_t *object)
{
    return json_object_get(json_object_get(object, "metadata"), "labels");
}

static bool is_of(const struct collection *c, const char *group, const char *plural)
{
    return streq(c->plural, plural) && streq(c->group, group);
}

static void name_owners(const struct collection *c, const json_t *object, struct strvec *names)
{
    size_t i;
    json_t *owner;

    json_array_foreach (json_object_get(json_object_get(object, "metadata"), "ownerReferences"), i,
                        owner) {
        const char *uid = json_string_value(json_object_get(owner, "uid"));

        if (uid && json_is_true(json_object_get(owner, "controller")))
            strvec_take(names, controlled_name(c->group, c->plural, uid));
    }
}

static void name_labels(const json_t *pod, struct strvec *names)
{
    const char *ns = object_meta(pod, "namespace"), *key;
    json_t *value;

    strvec_take(names, pods_name(ns, NULL, NULL));
    json_object_foreach ((json_t *)labels_of(pod), key, value)
        strvec_take(names, pods_name(ns, key, value));
}

static void name_selector(const struct collection *c, const json_t *object, const json_t *labels,
                          struct strvec *names)
{
    void *first = json_object_iter((json_t *)labels);

    strvec_take(names, selecting_name(c->group, c->plural, object_meta(object, "namespace"),
                                      first ? json_object_iter_key(first) : NULL,
                                      first ? json_object_iter_value(first) : NULL));
}

static void name_event(const json_t *event, struct strvec *names)
{
    const char *uid =
        json_string_value(json_object_get(json_object_get(event, "involvedObject"), "uid"));
    const char *reason = json_string_value(json_object_get(event, "reason"));
    const char *message = json_string_value(json_object_get(event, "message"));

    if (uid && reason && message)
        strvec_take(names, event_name(uid, reason, message));
}

/* All sets that the object is in. NULL: it is in none. */
static void name_sets(const struct collection *c, const json_t *object, struct strvec *names)
{
    const json_t *selector = json_object_get(json_object_get(object, "spec"), "selector");

    name_owners(c, object, names);
    if (object && is_of(c, "", "pods"))
        name_labels(object, names);
    if (object && is_of(c, "", "events"))
        name_event(object, names);
    if (object && is_of(c, "", "services"))
        name_selector(c, object, selector, names);
    if (object && is_of(c, "policy", "poddisruptionbudgets"))
        name_selector(c, object, json_object_get(selector, "matchLabels"), names);
}

/* ---- keeping them ---- */

static void leave(struct relations *r, const char *name, const char *key)
{
    struct map *set = map_find(&r->sets, name);

    if (!set)
        return;
    map_remove(set, key);
    if (set->count == 0) {
        map_clear(set);
        free(map_remove(&r->sets, name));
    }
}

static void join(struct relations *r, const char *name, const char *key, const json_t *object)
{
    struct map *set = map_find(&r->sets, name);

    if (!set) {
        set = xcalloc(1, sizeof(*set));
        map_set(&r->sets, name, set);
    }
    map_set(set, key, (json_t *)object);
}

void relations_note(struct relations *r, const struct change *change)
{
    cleanup_strvec struct strvec before = {0}, now = {0};

    name_sets(change->collection, change->before, &before);
    for (size_t i = 0; i < before.len; i++)
        leave(r, before.items[i], change->key);
    if (change->type == CHANGE_DELETED)
        return;
    name_sets(change->collection, change->object, &now);
    for (size_t i = 0; i < now.len; i++)
        join(r, now.items[i], change->key, change->object);
}

/* ---- asking ---- */

const struct map *relations_controlled(const struct relations *r, const char *group,
                                       const char *plural, const json_t *owner)
{
    cleanup_free char *name = controlled_name(group, plural, object_meta(owner, "uid"));

    return map_find(&r->sets, name);
}

const struct map *relations_pods(const struct relations *r, const char *ns, const json_t *labels)
{
    cleanup_free char *all = pods_name(ns, NULL, NULL);
    const struct map *fewest = map_find(&r->sets, all);
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)labels, key, value) {
        cleanup_free char *name = pods_name(ns, key, value);
        const struct map *set = map_find(&r->sets, name);

        if (!set)
            return NULL;
        if (set->count < fewest->count)
            fewest = set;
    }
    return fewest;
}

const json_t *relations_event(const struct relations *r, const json_t *about, const char *reason,
                              const char *message)
{
    cleanup_free char *name = event_name(object_meta(about, "uid"), reason, message);
    const struct map *set = map_find(&r->sets, name);
    size_t it = 0;

    return set ? map_next(set, &it)->value : NULL;
}

static void tell(const struct relations *r, const char *name, relations_found_fn *found, void *arg)
{
    const struct map *set = map_find(&r->sets, name);
    struct map_entry *e;
    size_t it = 0;

    while (set && (e = map_next(set, &it)))
        found(arg, e->value);
}

void relations_selecting(const struct relations *r, const char *group, const char *plural,
                         const json_t *pod, relations_found_fn *found, void *arg)
{
    const char *ns = object_meta(pod, "namespace"), *key;
    cleanup_free char *of_all = selecting_name(group, plural, ns, NULL, NULL);
    json_t *value;

    tell(r, of_all, found, arg);
    json_object_foreach ((json_t *)labels_of(pod), key, value) {
        cleanup_free char *name = selecting_name(group, plural, ns, key, value);

        tell(r, name, found, arg);
    }
}

/* ---- from start to end ---- */

struct relations *relations_new(void)
{
    return xcalloc(1, sizeof(struct relations));
}

static void set_free(void *p)
{
    map_clear(p);
    free(p);
}

void relations_free(struct relations *r)
{
    if (!r)
        return;
    map_clear_with(&r->sets, set_free);
    free(r);
}
