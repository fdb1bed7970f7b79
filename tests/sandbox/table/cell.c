/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buf.h"
#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/place.h"
#include "tests/sandbox/table/column.h"

#include <stdio.h>

const char *cell_text(const json_t *object, const char *path)
{
    const char *text = json_string_value(place_at(object, path));

    return text ? text : "";
}

json_int_t cell_number(const json_t *object, const char *path)
{
    return json_integer_value(place_at(object, path));
}

json_t *cell_duration(int64_t s)
{
    long long seconds = s < 0 ? 0 : s;

    if (seconds < 120)
        return json_sprintf("%llds", seconds);
    if (seconds < 600)
        return seconds % 60 ? json_sprintf("%lldm%llds", seconds / 60, seconds % 60)
                            : json_sprintf("%lldm", seconds / 60);
    if (seconds < 10800)
        return json_sprintf("%lldm", seconds / 60);
    if (seconds < 172800)
        return json_sprintf("%lldh", seconds / 3600);
    return json_sprintf("%lldd", seconds / 86400);
}

json_t *cell_age(const char *since)
{
    cleanup_error struct error *err = NULL;
    int64_t then_ms;

    if (time_parse_rfc3339(since, &then_ms, &err) < 0)
        return json_string("<unknown>");
    return cell_duration((time_wall_ms() - then_ms) / 1000);
}

json_t *cell_ratio(json_int_t part, json_int_t whole)
{
    return json_sprintf("%lld/%lld", (long long)part, (long long)whole);
}

json_t *cell_labels(const json_t *labels)
{
    cleanup_strvec struct strvec pairs = {0};
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)labels, key, value) {
        strvec_pushf(&pairs, "%s=%s", key, cell_text(value, ""));
    }
    strvec_sort(&pairs);
    for (size_t i = 0; i < pairs.len; i++)
        buf_printf(&text, "%s%s", i > 0 ? "," : "", pairs.items[i]);
    return json_string(text.len > 0 ? text.data : "<none>");
}

json_t *cell_join(const json_t *items, const char *path, const char *separator, size_t max,
                  const char *absent)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    size_t i, shown = 0, all = 0;
    json_t *item;

    json_array_foreach ((json_t *)items, i, item) {
        const char *word = cell_text(item, path);

        if (!*word)
            continue;
        if (max == 0 || shown < max)
            buf_printf(&text, "%s%s", shown++ > 0 ? separator : "", word);
        all++;
    }
    if (all > shown)
        buf_printf(&text, " + %zu more...", all - shown);
    return json_string(text.len > 0 ? text.data : absent);
}

/* ---- what many kinds have ---- */

json_t *cell_created(const json_t *object)
{
    return cell_age(cell_text(object, ".metadata.creationTimestamp"));
}

/* Where a kind keeps the containers of its Pods. */
static const json_t *template_of(const json_t *object)
{
    static const char *const places[] = {".spec.template", ".spec.jobTemplate.spec.template",
                                         ".template"};

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        const json_t *found = place_at(object, places[i]);

        if (found)
            return found;
    }
    return NULL;
}

json_t *cell_containers(const json_t *object)
{
    return cell_join(place_at(template_of(object), ".spec.containers"), ".name", ",", 0, "");
}

json_t *cell_images(const json_t *object)
{
    return cell_join(place_at(template_of(object), ".spec.containers"), ".image", ",", 0, "");
}

static void put_expression(struct buf *text, const json_t *expression)
{
    static const struct {
        const char *operator, * text;
    } operators[] = {{"In", " in "}, {"NotIn", " notin "}};
    const char *operator= cell_text(expression, ".operator");
    const char *key = cell_text(expression, ".key");
    cleanup_json json_t *values = cell_join(place_at(expression, ".values"), "", ",", 0, "");

    for (size_t i = 0; i < ARRAY_LEN(operators); i++)
        if (streq(operators[i].operator, operator))
            buf_printf(text, "%s%s(%s)", key, operators[i].text, json_string_value(values));
    if (streq(operator, "Exists"))
        buf_puts(text, key);
    if (streq(operator, "DoesNotExist"))
        buf_printf(text, "!%s", key);
}

/* A selector with matchLabels and matchExpressions. */
static json_t *label_selector(const json_t *selector)
{
    const json_t *expressions = json_object_get(selector, "matchExpressions");
    cleanup_json json_t *labels = cell_labels(json_object_get(selector, "matchLabels"));
    cleanup_buf struct buf text = BUF_UNLIMITED;
    size_t i;
    json_t *expression;

    if (json_array_size(expressions) == 0)
        return TAKE(labels);
    if (json_object_size(json_object_get(selector, "matchLabels")) > 0)
        buf_puts(&text, json_string_value(labels));
    json_array_foreach ((json_t *)expressions, i, expression) {
        buf_puts(&text, text.len > 0 ? "," : "");
        put_expression(&text, expression);
    }
    return json_string(text.data);
}

json_t *cell_selector(const json_t *object)
{
    static const char *const selectors[] = {".spec.selector", ".spec.podSelector",
                                            ".spec.jobTemplate.spec.selector"};
    const char *kind = cell_text(object, ".kind");

    if (streq(kind, "PodTemplate"))
        return cell_labels(place_at(object, ".template.metadata.labels"));
    for (size_t i = 0; i < ARRAY_LEN(selectors); i++) {
        const json_t *found = place_at(object, selectors[i]);

        if (found)
            return streq(kind, "Service") || streq(kind, "ReplicationController")
                       ? cell_labels(found)
                       : label_selector(found);
    }
    return json_string("<none>");
}

json_t *cell_data(const json_t *object)
{
    size_t entries = json_object_size(json_object_get(object, "data")) +
                     json_object_size(json_object_get(object, "binaryData"));

    return json_integer((json_int_t)entries);
}

json_t *cell_replicas(const json_t *object)
{
    return cell_ratio(cell_number(object, ".status.readyReplicas"),
                      cell_number(object, ".spec.replicas"));
}

json_t *cell_webhooks(const json_t *object)
{
    const json_t *all = json_object_get(object, "webhooks");

    return json_integer(
        (json_int_t)json_array_size(all ? all : place_at(object, ".spec.validations")));
}
