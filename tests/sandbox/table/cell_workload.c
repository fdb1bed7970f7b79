/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of what makes Pods, and of what watches over them. */
#include "lib/base/buf.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/place.h"
#include "tests/sandbox/table/column.h"

#define TARGETS_MAX 2

/* ---- Jobs ---- */

json_t *cell_job_status(const json_t *object)
{
    static const char *const ends[] = {"Complete", "Failed", "Suspended"};
    size_t i;
    json_t *condition;

    if (*cell_text(object, ".metadata.deletionTimestamp"))
        return json_string("Terminating");
    json_array_foreach ((json_t *)place_at(object, ".status.conditions"), i, condition) {
        for (size_t k = 0; k < ARRAY_LEN(ends); k++)
            if (streq(cell_text(condition, ".type"), ends[k]) &&
                streq(cell_text(condition, ".status"), "True"))
                return json_string(ends[k]);
    }
    return json_string("Running");
}

json_t *cell_completions(const json_t *object)
{
    json_int_t done = cell_number(object, ".status.succeeded");
    json_int_t parallel = cell_number(object, ".spec.parallelism");

    if (place_at(object, ".spec.completions"))
        return cell_ratio(done, cell_number(object, ".spec.completions"));
    if (parallel > 1)
        return json_sprintf("%lld/1 of %lld", (long long)done, (long long)parallel);
    return cell_ratio(done, 1);
}

json_t *cell_job_duration(const json_t *object)
{
    cleanup_error struct error *err = NULL;
    cleanup_error struct error *running = NULL;
    int64_t begin_ms, end_ms;

    if (time_parse_rfc3339(cell_text(object, ".status.startTime"), &begin_ms, &err) < 0)
        return json_string("");
    if (time_parse_rfc3339(cell_text(object, ".status.completionTime"), &end_ms, &running) < 0)
        end_ms = time_wall_ms();
    return cell_duration((end_ms - begin_ms) / 1000);
}

json_t *cell_cron_last(const json_t *object)
{
    const char *last = cell_text(object, ".status.lastScheduleTime");

    return *last ? cell_age(last) : json_string("<none>");
}

json_t *cell_cron_active(const json_t *object)
{
    return json_integer((json_int_t)json_array_size(place_at(object, ".status.active")));
}

json_t *cell_cron_suspend(const json_t *object)
{
    return json_string(json_is_true(place_at(object, ".spec.suspend")) ? "True" : "False");
}

/* ---- others ---- */

json_t *cell_node_selector(const json_t *object)
{
    return cell_labels(place_at(object, ".spec.template.spec.nodeSelector"));
}

json_t *cell_controller(const json_t *object)
{
    size_t i;
    json_t *owner;

    json_array_foreach ((json_t *)place_at(object, ".metadata.ownerReferences"), i, owner) {
        const char *version = cell_text(owner, ".apiVersion");
        const char *slash = strchr(version, '/');
        cleanup_free char *kind = xstrdup(cell_text(owner, ".kind"));

        if (!json_is_true(json_object_get(owner, "controller")))
            continue;
        for (char *p = kind; *p; p++)
            if (*p >= 'A' && *p <= 'Z')
                *p = (char)(*p - 'A' + 'a');
        return json_sprintf("%s%s%.*s/%s", kind, slash ? "." : "",
                            slash ? (int)(slash - version) : 0, version, cell_text(owner, ".name"));
    }
    return json_string("<none>");
}

static json_t *number_or(const json_t *value, const char *absent)
{
    if (json_is_integer(value))
        return json_sprintf("%lld", (long long)json_integer_value(value));
    return json_string(json_is_string(value) ? json_string_value(value) : absent);
}

json_t *cell_budget_min(const json_t *object)
{
    return number_or(place_at(object, ".spec.minAvailable"), "N/A");
}

json_t *cell_budget_max(const json_t *object)
{
    return number_or(place_at(object, ".spec.maxUnavailable"), "N/A");
}

/* ---- HorizontalPodAutoscalers ---- */

json_t *cell_scaled(const json_t *object)
{
    return json_sprintf("%s/%s", cell_text(object, ".spec.scaleTargetRef.kind"),
                        cell_text(object, ".spec.scaleTargetRef.name"));
}

json_t *cell_min_pods(const json_t *object)
{
    return number_or(place_at(object, ".spec.minReplicas"), "<unset>");
}

/* What the type of a metric keeps its target under. */
static const json_t *source_of(const json_t *metric)
{
    static const char *const sources[] = {"resource", "containerResource", "pods", "object",
                                          "external"};

    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        const json_t *source = json_object_get(metric, sources[i]);

        if (source)
            return source;
    }
    return NULL;
}

/* Nothing measures here: what is, is unknown. */
static void put_target(struct buf *text, const json_t *metric)
{
    const json_t *source = source_of(metric), *target = json_object_get(source, "target");
    const json_t *utilization = json_object_get(target, "averageUtilization");
    const char *average = cell_text(target, ".averageValue");
    const char *name = cell_text(source, ".name");

    if (*name)
        buf_printf(text, "%s: ", name);
    buf_puts(text, "<unknown>/");
    if (utilization)
        buf_printf(text, "%lld%%", (long long)json_integer_value(utilization));
    else
        buf_puts(text, *average ? average : cell_text(target, ".value"));
    if (*average && json_object_get(metric, "external"))
        buf_puts(text, " (avg)");
}

json_t *cell_targets(const json_t *object)
{
    const json_t *metrics = place_at(object, ".spec.metrics");
    const json_t *of_v1 = place_at(object, ".spec.targetCPUUtilizationPercentage");
    cleanup_buf struct buf text = BUF_UNLIMITED;
    size_t i, count = json_array_size(metrics);
    json_t *metric;

    if (of_v1)
        return json_sprintf("cpu: <unknown>/%lld%%", (long long)json_integer_value(of_v1));
    json_array_foreach ((json_t *)metrics, i, metric) {
        if (i >= TARGETS_MAX)
            break;
        buf_puts(&text, i > 0 ? ", " : "");
        put_target(&text, metric);
    }
    if (count > TARGETS_MAX)
        buf_printf(&text, " + %zu more...", count - TARGETS_MAX);
    return json_string(text.len > 0 ? text.data : "<none>");
}
