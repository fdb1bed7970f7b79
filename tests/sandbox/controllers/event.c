/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/controllers/event.h"

#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/controllers/control.h"
#include "tests/sandbox/relations.h"

#include <ctype.h>

/* As the real ones: in the order of their names, the Events of an object are in that of their time.
 */
static char *name_of(const struct sandbox *s, const json_t *object)
{
    return xasprintf("%s.%016llx", object_meta(object, "name"),
                     (unsigned long long)time_wall_ms() * 1000000 +
                         store_version(s->store) % 1000000);
}

static json_t *reference_to(const json_t *object, const char *container)
{
    json_t *reference = json_pack(
        "{s:O, s:O, s:s, s:s, s:s, s:s}", "apiVersion", json_object_get(object, "apiVersion"),
        "kind", json_object_get(object, "kind"), "name", object_meta(object, "name"), "namespace",
        object_meta(object, "namespace"), "uid", object_meta(object, "uid"), "resourceVersion",
        object_meta(object, "resourceVersion"));

    if (container) {
        cleanup_free char *path = xasprintf("spec.containers{%s}", container);

        json_object_set_new(reference, "fieldPath", json_string(path));
    }
    return reference;
}

static json_t *event_new(const struct sandbox *s, const json_t *object,
                         const struct event_kind *what, const char *message)
{
    cleanup_free char *name = name_of(s, object);
    bool is_of_node = streq(what->component, EVENT_KUBELET);
    json_t *event;
    char now[32];

    control_now(now);
    event = json_pack("{s:{s:s, s:s}, s:o, s:s, s:s, s:s, s:i, s:s, s:s, s:n, s:{s:s}, s:s, s:s}",
                      "metadata", "name", name, "namespace", object_meta(object, "namespace"),
                      "involvedObject", reference_to(object, what->container), "type",
                      what->is_warning ? "Warning" : "Normal", "reason", what->reason, "message",
                      message, "count", 1, "firstTimestamp", now, "lastTimestamp", now, "eventTime",
                      "source", "component", what->component, "reportingComponent", what->component,
                      "reportingInstance", is_of_node ? CONTROL_NODE : "");
    if (is_of_node)
        json_object_set_new(json_object_get(event, "source"), "host", json_string(CONTROL_NODE));
    return event;
}

static void count_again(struct sandbox *s, const json_t *event)
{
    json_t *next = json_deep_copy(event);
    char now[32];

    control_now(now);
    json_object_set_new(next, "count", json_integer(control_number(event, ".count") + 1));
    json_object_set_new(next, "lastTimestamp", json_string(now));
    control_update(s, kinds_find(&s->kinds, "", "v1", "events"), next, NULL);
}

void event_tell(struct sandbox *s, const json_t *object, const struct event_kind *what,
                const char *fmt, ...)
{
    cleanup_free char *message = NULL;
    const json_t *known;
    va_list ap;

    va_start(ap, fmt);
    message = xvasprintf(fmt, ap);
    va_end(ap);
    known = relations_event(s->relations, object, what->reason, message);
    if (known)
        count_again(s, known);
    else
        control_create(s, "", "events", event_new(s, object, what, message));
}

/* ---- Pods that come and go for an owner ---- */

static void tell_of_pod(struct sandbox *s, const json_t *owner, const char *pod, bool is_new)
{
    const char *kind = control_text(owner, ".kind");
    cleanup_free char *component = xasprintf("%s-controller", kind);
    const struct event_kind what = {.component = component,
                                    .reason = is_new ? "SuccessfulCreate" : "SuccessfulDelete"};

    for (char *c = component; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (streq(kind, "StatefulSet"))
        event_tell(s, owner, &what, "%s Pod %s in StatefulSet %s successful",
                   is_new ? "Create" : "Delete", pod, object_meta(owner, "name"));
    else
        event_tell(s, owner, &what, "%s pod: %s", is_new ? "Created" : "Deleted", pod);
}

void event_create_pod(struct sandbox *s, const json_t *owner, json_t *pod)
{
    cleanup_json json_t *made = control_make(s, "", "pods", pod);

    if (made)
        tell_of_pod(s, owner, object_meta(made, "name"), true);
}

void event_delete_pod(struct sandbox *s, const json_t *owner, const json_t *pod)
{
    cleanup_free char *name = xstrdup(object_meta(pod, "name"));

    control_delete(s, "", "pods", pod);
    tell_of_pod(s, owner, name, false);
}
