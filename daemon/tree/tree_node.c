/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/tree/tree_node.h"

#include "daemon/health/builtin.h"
#include "daemon/object/identity.h"
#include "lib/base/map.h"

#define REVISION_ANNOTATION "deployment.kubernetes.io/revision"

json_t *tree_reference(const char *group, const char *version, const char *kind, const char *ns,
                       const char *name, const char *uid)
{
    json_t *ref = object_reference(group, version, kind, ns, name);

    object_put_text(ref, "uid", uid);
    return ref;
}

static void put_info(json_t *list, const char *name, const char *value)
{
    json_array_append_new(list, json_pack("{s:s, s:s}", "name", name, "value", value));
}

/* ---- Pods ---- */

/* What kubectl shows of a Pod's containers. */
struct pod_look {
    char *reason;
    size_t ready;
    json_int_t restarts;
    bool initializing;
};

static void set_reason(struct pod_look *look, char *reason)
{
    free(look->reason);
    look->reason = reason;
}

static const json_t *state_of(const json_t *container, const char *state)
{
    return json_object_get(json_object_get(container, "state"), state);
}

/* Why it ended, in a word. Heap string. */
static char *end_of(const json_t *terminated)
{
    json_int_t signal = json_integer_value(json_object_get(terminated, "signal"));

    if (*object_string(terminated, "reason"))
        return xstrdup(object_string(terminated, "reason"));
    if (signal)
        return xasprintf("Signal:%" JSON_INTEGER_FORMAT, signal);
    return xasprintf("ExitCode:%" JSON_INTEGER_FORMAT,
                     json_integer_value(json_object_get(terminated, "exitCode")));
}

/* The item of a list whose field has this value, or NULL. */
static const json_t *item_with(const json_t *list, const char *field, const char *value)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        if (streq(object_string(item, field), value))
            return item;
    }
    return NULL;
}

static bool condition_is_true(const json_t *pod, const char *type)
{
    const json_t *conditions = json_object_get(json_object_get(pod, "status"), "conditions");

    return streq(object_string(item_with(conditions, "type", type), "status"), "True");
}

/* An init container that runs beside the others (a sidecar). */
static bool is_sidecar(const json_t *pod, const char *name)
{
    const json_t *containers = json_object_get(json_object_get(pod, "spec"), "initContainers");

    return streq(object_string(item_with(containers, "name", name), "restartPolicy"), "Always");
}

/* Returns false when the Pod has not come further than this one. */
static bool look_at_init(struct pod_look *look, const json_t *pod, const json_t *container,
                         size_t number)
{
    const json_t *terminated = state_of(container, "terminated");
    const char *waiting = object_string(state_of(container, "waiting"), "reason");
    cleanup_free char *end = NULL;

    look->restarts += json_integer_value(json_object_get(container, "restartCount"));
    if (terminated && json_integer_value(json_object_get(terminated, "exitCode")) == 0)
        return true;
    if (is_sidecar(pod, object_string(container, "name")) &&
        json_is_true(json_object_get(container, "started"))) {
        look->ready += json_is_true(json_object_get(container, "ready"));
        return true;
    }
    look->initializing = true;
    if (terminated) {
        end = end_of(terminated);
        set_reason(look, xasprintf("Init:%s", end));
    } else if (*waiting && !streq(waiting, "PodInitializing")) {
        set_reason(look, xasprintf("Init:%s", waiting));
    } else {
        set_reason(look, xasprintf("Init:%zu/%zu", number,
                                   json_array_size(json_object_get(json_object_get(pod, "spec"),
                                                                   "initContainers"))));
    }
    return false;
}

static void look_at_containers(struct pod_look *look, const json_t *pod, const json_t *statuses)
{
    bool is_running = false;

    for (size_t i = json_array_size(statuses); i-- > 0;) {
        const json_t *container = json_array_get(statuses, i);
        const json_t *terminated = state_of(container, "terminated");
        const char *waiting = object_string(state_of(container, "waiting"), "reason");

        look->restarts += json_integer_value(json_object_get(container, "restartCount"));
        if (*waiting) {
            set_reason(look, xstrdup(waiting));
        } else if (terminated) {
            set_reason(look, end_of(terminated));
        } else if (json_is_true(json_object_get(container, "ready")) &&
                   state_of(container, "running")) {
            is_running = true;
            look->ready++;
        }
    }
    if (is_running && streq(look->reason, "Completed"))
        set_reason(look, xstrdup(condition_is_true(pod, "Ready") ? "Running" : "NotReady"));
}

static void look_at_end(struct pod_look *look, const json_t *pod, const json_t *status)
{
    const char *phase = object_string(status, "phase");

    if (!*object_meta_string(pod, "deletionTimestamp"))
        return;
    if (streq(object_string(status, "reason"), "NodeLost"))
        set_reason(look, xstrdup("Unknown"));
    else if (!streq(phase, "Failed") && !streq(phase, "Succeeded"))
        set_reason(look, xstrdup("Terminating"));
}

/* Source: kubectl's printer of Pods, as Argo CD has it. */
static void look_at_pod(struct pod_look *look, const json_t *pod)
{
    const json_t *status = json_object_get(pod, "status");
    const char *reason = object_string(status, "reason");
    const json_t *container;
    size_t i;

    set_reason(look, xstrdup(*reason ? reason : object_string(status, "phase")));
    json_array_foreach (json_object_get(status, "initContainerStatuses"), i, container) {
        if (!look_at_init(look, pod, container, i))
            break;
    }
    if (!look->initializing || condition_is_true(pod, "Initialized"))
        look_at_containers(look, pod, json_object_get(status, "containerStatuses"));
    look_at_end(look, pod, status);
}

static char *trouble_of(const json_t *container)
{
    const json_t *waiting = state_of(container, "waiting");
    const json_t *terminated = state_of(container, "terminated");
    const char *reason = object_string(waiting, "reason");
    const char *message = object_string(waiting, "message");
    cleanup_free char *end = NULL;

    if (terminated && json_integer_value(json_object_get(terminated, "exitCode")) != 0) {
        end = end_of(terminated);
        reason = end;
        message = object_string(terminated, "message");
    }
    if (!*reason || streq(reason, "PodInitializing") || streq(reason, "ContainerCreating"))
        return NULL;
    return xasprintf("container \"%s\": %s%s%s", object_string(container, "name"), reason,
                     *message ? ": " : "", message);
}

/* The first container that waits or ended for a reason that is not normal. Heap string; NULL: there
 * is none. */
static char *pod_trouble(const json_t *pod)
{
    static const char *const lists[] = {"initContainerStatuses", "containerStatuses"};
    const json_t *status = json_object_get(pod, "status");

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        const json_t *container;
        size_t j;

        json_array_foreach (json_object_get(status, lists[i]), j, container) {
            char *trouble = trouble_of(container);

            if (trouble)
                return trouble;
        }
    }
    return NULL;
}

static void put_pod_info(json_t *list, const json_t *pod)
{
    const json_t *spec = json_object_get(pod, "spec");
    struct pod_look look = {0};
    cleanup_free char *containers = NULL;
    cleanup_free char *restarts = NULL;
    cleanup_free char *trouble = pod_trouble(pod);

    look_at_pod(&look, pod);
    containers =
        xasprintf("%zu/%zu", look.ready, json_array_size(json_object_get(spec, "containers")));
    restarts = xasprintf("%" JSON_INTEGER_FORMAT, look.restarts);
    if (*look.reason)
        put_info(list, "Status Reason", look.reason);
    put_info(list, "Node", object_string(spec, "nodeName"));
    put_info(list, "Containers", containers);
    if (look.restarts)
        put_info(list, "Restart Count", restarts);
    if (trouble)
        put_info(list, "Trouble", trouble);
    free(look.reason);
}

static void add_images(const json_t *containers, struct map *seen, json_t *images)
{
    const json_t *container;
    size_t i;

    json_array_foreach (containers, i, container) {
        const char *image = object_string(container, "image");

        if (*image && !map_has(seen, image)) {
            map_set(seen, image, seen);
            json_array_append_new(images, json_string(image));
        }
    }
}

static json_t *images_of(const json_t *pod)
{
    const json_t *spec = json_object_get(pod, "spec");
    cleanup_map struct map seen = {0};
    json_t *images = json_array();

    add_images(json_object_get(spec, "initContainers"), &seen, images);
    add_images(json_object_get(spec, "containers"), &seen, images);
    return images;
}

/* ---- any object ---- */

static json_t *info_of(const json_t *object, const char *kind)
{
    json_t *list = json_array();
    const char *revision = object_annotation(object, REVISION_ANNOTATION);
    const json_t *number = json_object_get(object, "revision");
    cleanup_free char *text = NULL;

    if (streq(kind, "Pod"))
        put_pod_info(list, object);
    else if (streq(kind, "ReplicaSet") && *revision)
        text = xasprintf("Rev:%s", revision);
    else if (streq(kind, "ControllerRevision") && json_is_integer(number))
        text = xasprintf("Rev:%" JSON_INTEGER_FORMAT, json_integer_value(number));
    if (text)
        put_info(list, "Revision", text);
    return list;
}

static json_t *parents_of(const json_t *object)
{
    const json_t *metadata = json_object_get(object, "metadata");
    json_t *list = json_array();
    const json_t *owner;
    size_t i;

    json_array_foreach (json_object_get(metadata, "ownerReferences"), i, owner) {
        cleanup_free char *group = NULL;
        cleanup_free char *version = NULL;

        api_version_parts(object_string(owner, "apiVersion"), &group, &version);
        json_array_append_new(list, tree_reference(group, version, object_string(owner, "kind"),
                                                   object_string(metadata, "namespace"),
                                                   object_string(owner, "name"),
                                                   object_string(owner, "uid")));
    }
    return list;
}

static json_t *health_of(const json_t *object)
{
    cleanup_free char *message = NULL;
    enum health_status status;
    json_t *health;

    if (!health_assess(object, &status, &message))
        return NULL;
    health = json_pack("{s:s}", "status", health_status_name(status));
    object_put_text(health, "message", message);
    return health;
}

static void put_list(json_t *node, const char *field, json_t *list)
{
    if (json_array_size(list))
        json_object_set_new(node, field, list);
    else
        json_decref(list);
}

json_t *tree_node(const json_t *object)
{
    const char *kind = object_string(object, "kind");
    json_t *health = health_of(object);
    cleanup_free char *group = NULL;
    cleanup_free char *version = NULL;
    json_t *node;

    api_version_parts(object_string(object, "apiVersion"), &group, &version);
    node = tree_reference(group, version, kind, object_meta_string(object, "namespace"),
                          object_meta_string(object, "name"), object_meta_string(object, "uid"));
    put_list(node, "parentRefs", parents_of(object));
    put_list(node, "info", info_of(object, kind));
    if (streq(kind, "Pod"))
        put_list(node, "images", images_of(object));
    object_put_text(node, "resourceVersion", object_meta_string(object, "resourceVersion"));
    object_put_text(node, "createdAt", object_meta_string(object, "creationTimestamp"));
    if (health)
        json_object_set_new(node, "health", health);
    return node;
}
