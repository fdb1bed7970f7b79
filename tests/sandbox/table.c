/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/table.h"

#include "lib/base/buf.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/place.h"

#include <stdio.h>

/* A cell is what stands at a path, or what a function makes of the object. */
struct column {
    const char *kind;
    const char *name;
    const char *path;
    json_t *(*cell)(const json_t *object);
    const char *type; /* NULL: string */
};

static const char *text_at(const json_t *object, const char *path)
{
    const char *text = json_string_value(place_at(object, path));

    return text ? text : "";
}

static json_int_t number_at(const json_t *object, const char *path)
{
    return json_integer_value(place_at(object, path));
}

/* ---- cells ---- */

/* As kubectl: the largest units that say enough. */
static json_t *age_cell(const char *since)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *text = NULL;
    int64_t then_ms, s;

    if (time_parse_rfc3339(since, &then_ms, &err) < 0)
        return json_string("<unknown>");
    s = (time_wall_ms() - then_ms) / 1000;
    if (s < 0)
        s = 0;
    if (s < 120)
        text = xasprintf("%llds", (long long)s);
    else if (s < 600)
        text = s % 60 ? xasprintf("%lldm%llds", (long long)(s / 60), (long long)(s % 60))
                      : xasprintf("%lldm", (long long)(s / 60));
    else if (s < 10800)
        text = xasprintf("%lldm", (long long)(s / 60));
    else if (s < 172800)
        text = xasprintf("%lldh", (long long)(s / 3600));
    else
        text = xasprintf("%lldd", (long long)(s / 86400));
    return json_string(text);
}

static json_t *ratio(json_int_t part, json_int_t whole)
{
    char text[48];

    snprintf(text, sizeof(text), "%lld/%lld", (long long)part, (long long)whole);
    return json_string(text);
}

static json_t *replicas_cell(const json_t *object)
{
    return ratio(number_at(object, ".status.readyReplicas"), number_at(object, ".spec.replicas"));
}

static json_t *pod_ready_cell(const json_t *object)
{
    const json_t *statuses = place_at(object, ".status.containerStatuses");
    json_int_t ready = 0;
    size_t i;
    json_t *status;

    json_array_foreach ((json_t *)statuses, i, status) {
        ready += json_is_true(json_object_get(status, "ready"));
    }
    return ratio(ready, (json_int_t)json_array_size(place_at(object, ".spec.containers")));
}

static json_t *pod_status_cell(const json_t *object)
{
    const char *waiting = text_at(object, ".status.containerStatuses[0].state.waiting.reason");
    const char *phase = text_at(object, ".status.phase");

    if (*text_at(object, ".metadata.deletionTimestamp"))
        return json_string("Terminating");
    if (*waiting)
        return json_string(waiting);
    if (streq(phase, "Succeeded"))
        return json_string("Completed");
    return json_string(streq(phase, "Failed") ? "Error" : phase);
}

static json_t *restarts_cell(const json_t *object)
{
    return json_integer(number_at(object, ".status.containerStatuses[0].restartCount"));
}

static json_t *completions_cell(const json_t *object)
{
    return ratio(number_at(object, ".status.succeeded"), number_at(object, ".spec.completions"));
}

static json_t *job_status_cell(const json_t *object)
{
    static const char *const ends[] = {"Complete", "Failed"};
    size_t i;
    json_t *condition;

    json_array_foreach ((json_t *)place_at(object, ".status.conditions"), i, condition) {
        for (size_t k = 0; k < ARRAY_LEN(ends); k++)
            if (streq(text_at(condition, ".type"), ends[k]))
                return json_string(ends[k]);
    }
    return json_string("Running");
}

static json_t *data_cell(const json_t *object)
{
    size_t entries = json_object_size(json_object_get(object, "data")) +
                     json_object_size(json_object_get(object, "binaryData"));

    return json_integer((json_int_t)entries);
}

static json_t *ports_cell(const json_t *object)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    size_t i;
    json_t *port;

    json_array_foreach ((json_t *)place_at(object, ".spec.ports"), i, port) {
        buf_printf(&text, "%s%lld/%s", i > 0 ? "," : "", (long long)number_at(port, ".port"),
                   text_at(port, ".protocol"));
    }
    return json_string(text.len > 0 ? text.data : "<none>");
}

static json_t *external_cell(const json_t *object)
{
    const char *ip = text_at(object, ".status.loadBalancer.ingress[0].ip");

    return json_string(*ip ? ip : "<none>");
}

static json_t *event_object_cell(const json_t *object)
{
    cleanup_free char *kind = xstrdup(text_at(object, ".involvedObject.kind"));
    cleanup_free char *text = NULL;

    for (char *p = kind; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    text = xasprintf("%s/%s", kind, text_at(object, ".involvedObject.name"));
    return json_string(text);
}

static json_t *event_age_cell(const json_t *object)
{
    const char *last = text_at(object, ".lastTimestamp");

    return age_cell(*last ? last : text_at(object, ".metadata.creationTimestamp"));
}

static json_t *node_status_cell(const json_t *object)
{
    bool is_off = json_is_true(place_at(object, ".spec.unschedulable"));

    return json_string(is_off ? "Ready,SchedulingDisabled" : "Ready");
}

static json_t *hosts_cell(const json_t *object)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    size_t i;
    json_t *rule;

    json_array_foreach ((json_t *)place_at(object, ".spec.rules"), i, rule) {
        const char *host = text_at(rule, ".host");

        buf_printf(&text, "%s%s", i > 0 ? "," : "", *host ? host : "*");
    }
    return json_string(text.len > 0 ? text.data : "*");
}

static json_t *class_cell(const json_t *object)
{
    const char *name = text_at(object, ".spec.ingressClassName");

    return json_string(*name ? name : "<none>");
}

static json_t *ingress_ports_cell(const json_t *object)
{
    return json_string(place_at(object, ".spec.tls[0]") ? "80, 443" : "80");
}

static json_t *scaled_cell(const json_t *object)
{
    return json_sprintf("%s/%s", text_at(object, ".spec.scaleTargetRef.kind"),
                        text_at(object, ".spec.scaleTargetRef.name"));
}

/* ---- the columns of built-in kinds; all begin with Name and end with Age ---- */

static const struct column columns[] = {
    {"Pod", "Ready", NULL, pod_ready_cell, NULL},
    {"Pod", "Status", NULL, pod_status_cell, NULL},
    {"Pod", "Restarts", NULL, restarts_cell, "integer"},
    {"Deployment", "Ready", NULL, replicas_cell, NULL},
    {"Deployment", "Up-to-date", ".status.updatedReplicas", NULL, "integer"},
    {"Deployment", "Available", ".status.availableReplicas", NULL, "integer"},
    {"ReplicaSet", "Desired", ".spec.replicas", NULL, "integer"},
    {"ReplicaSet", "Current", ".status.replicas", NULL, "integer"},
    {"ReplicaSet", "Ready", ".status.readyReplicas", NULL, "integer"},
    {"StatefulSet", "Ready", NULL, replicas_cell, NULL},
    {"DaemonSet", "Desired", ".status.desiredNumberScheduled", NULL, "integer"},
    {"DaemonSet", "Current", ".status.currentNumberScheduled", NULL, "integer"},
    {"DaemonSet", "Ready", ".status.numberReady", NULL, "integer"},
    {"Job", "Status", NULL, job_status_cell, NULL},
    {"Job", "Completions", NULL, completions_cell, NULL},
    {"CronJob", "Schedule", ".spec.schedule", NULL, NULL},
    {"Service", "Type", ".spec.type", NULL, NULL},
    {"Service", "Cluster-IP", ".spec.clusterIP", NULL, NULL},
    {"Service", "External-IP", NULL, external_cell, NULL},
    {"Service", "Port(s)", NULL, ports_cell, NULL},
    {"ConfigMap", "Data", NULL, data_cell, "integer"},
    {"Secret", "Type", ".type", NULL, NULL},
    {"Secret", "Data", NULL, data_cell, "integer"},
    {"Namespace", "Status", ".status.phase", NULL, NULL},
    {"Node", "Status", NULL, node_status_cell, NULL},
    {"Ingress", "Class", NULL, class_cell, NULL},
    {"Ingress", "Hosts", NULL, hosts_cell, NULL},
    {"Ingress", "Address", ".status.loadBalancer.ingress[0].ip", NULL, NULL},
    {"Ingress", "Ports", NULL, ingress_ports_cell, NULL},
    {"HorizontalPodAutoscaler", "Reference", NULL, scaled_cell, NULL},
    {"HorizontalPodAutoscaler", "MinPods", ".spec.minReplicas", NULL, "integer"},
    {"HorizontalPodAutoscaler", "MaxPods", ".spec.maxReplicas", NULL, "integer"},
    {"PersistentVolumeClaim", "Status", ".status.phase", NULL, NULL},
    {"PersistentVolumeClaim", "Volume", ".spec.volumeName", NULL, NULL},
    {"Lease", "Holder", ".spec.holderIdentity", NULL, NULL},
    {"Event", "Type", ".type", NULL, NULL},
    {"Event", "Reason", ".reason", NULL, NULL},
    {"Event", "Object", NULL, event_object_cell, NULL},
    {"Event", "Message", ".message", NULL, NULL},
    {"Event", "Last Seen", NULL, event_age_cell, NULL},
};

static json_t *column_definition(const char *name, const char *type, const char *format,
                                 json_int_t priority)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I}", "name", name, "type", type, "format", format,
                     "description", "", "priority", priority);
}

static json_t *definitions_of(const struct kind *kind)
{
    json_t *definitions = json_array();
    const json_t *printed = json_object_get(kind->definition, "additionalPrinterColumns");
    size_t i;
    json_t *column;

    json_array_append_new(definitions, column_definition("Name", "string", "name", 0));
    json_array_foreach ((json_t *)printed, i, column) {
        json_array_append_new(definitions,
                              column_definition(text_at(column, ".name"), text_at(column, ".type"),
                                                "", number_at(column, ".priority")));
    }
    for (i = 0; !kind_is_custom(kind) && i < ARRAY_LEN(columns); i++)
        if (streq(columns[i].kind, kind->kind))
            json_array_append_new(definitions,
                                  column_definition(columns[i].name,
                                                    columns[i].type ? columns[i].type : "string",
                                                    "", 0));
    if (!printed)
        json_array_append_new(definitions, column_definition("Age", "string", "", 0));
    return definitions;
}

static json_t *printed_cell(const json_t *column, const json_t *object)
{
    const json_t *value = place_at(object, text_at(column, ".jsonPath"));

    if (!value)
        return json_null();
    if (streq(text_at(column, ".type"), "date"))
        return age_cell(json_string_value(value));
    return json_incref((json_t *)value);
}

static json_t *column_cell(const struct column *column, const json_t *object)
{
    const json_t *value;

    if (column->cell)
        return column->cell(object);
    value = place_at(object, column->path);
    if (value)
        return json_incref((json_t *)value);
    return column->type ? json_integer(0) : json_string("");
}

/* Takes `object`. */
static json_t *row_of(const struct kind *kind, json_t *object)
{
    json_t *cells = json_array();
    const json_t *printed = json_object_get(kind->definition, "additionalPrinterColumns");
    size_t i;
    json_t *column;

    json_array_append_new(cells, json_string(text_at(object, ".metadata.name")));
    json_array_foreach ((json_t *)printed, i, column) {
        json_array_append_new(cells, printed_cell(column, object));
    }
    for (i = 0; !kind_is_custom(kind) && i < ARRAY_LEN(columns); i++)
        if (streq(columns[i].kind, kind->kind))
            json_array_append_new(cells, column_cell(&columns[i], object));
    if (!printed)
        json_array_append_new(cells, age_cell(text_at(object, ".metadata.creationTimestamp")));
    return json_pack("{s:o, s:o}", "cells", cells, "object", table_metadata(object));
}

static json_t *table_new(const struct kind *kind, const json_t *meta, json_t *rows)
{
    json_t *shown = json_object();

    json_object_set(shown, "resourceVersion", json_object_get(meta, "resourceVersion"));
    json_object_set(shown, "continue", json_object_get(meta, "continue"));
    json_object_set(shown, "remainingItemCount", json_object_get(meta, "remainingItemCount"));
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "kind", "Table", "apiVersion", "meta.k8s.io/v1",
                     "metadata", shown, "columnDefinitions", definitions_of(kind), "rows", rows);
}

json_t *table_of_object(const struct kind *kind, json_t *object)
{
    cleanup_json json_t *mine = object;

    return table_new(kind, json_object_get(mine, "metadata"),
                     json_pack("[o]", row_of(kind, json_incref(mine))));
}

json_t *table_of_list(const struct kind *kind, json_t *list)
{
    cleanup_json json_t *mine = list;
    json_t *rows = json_array(), *object;
    size_t i;

    json_array_foreach (json_object_get(mine, "items"), i, object) {
        json_array_append_new(rows, row_of(kind, json_incref(object)));
    }
    return table_new(kind, json_object_get(mine, "metadata"), rows);
}

json_t *table_metadata(json_t *object)
{
    cleanup_json json_t *mine = object;

    return json_pack("{s:s, s:s, s:O}", "kind", "PartialObjectMetadata", "apiVersion",
                     "meta.k8s.io/v1", "metadata", json_object_get(mine, "metadata"));
}

json_t *table_metadata_list(json_t *list)
{
    cleanup_json json_t *mine = list;
    json_t *items = json_array(), *object;
    size_t i;

    json_array_foreach (json_object_get(mine, "items"), i, object) {
        json_array_append_new(items, table_metadata(json_incref(object)));
    }
    return json_pack("{s:s, s:s, s:O, s:o}", "kind", "PartialObjectMetadataList", "apiVersion",
                     "meta.k8s.io/v1", "metadata", json_object_get(mine, "metadata"), "items",
                     items);
}
