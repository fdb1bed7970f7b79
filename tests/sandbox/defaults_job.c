/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/defaults_job.h"

#include "tests/sandbox/defaults_fill.h"

/* A Job without labels has those of its Pods. */
static void take_labels(json_t *job)
{
    json_t *meta = json_object_get(job, "metadata");
    const json_t *template = json_object_get(json_object_get(job, "spec"), "template");
    json_t *labels = json_object_get(json_object_get(template, "metadata"), "labels");

    if (json_object_size(labels) > 0 && json_object_size(json_object_get(meta, "labels")) == 0)
        json_object_set_new(meta, "labels", json_copy(labels));
}

void defaults_job_admitted(json_t *job)
{
    json_t *spec = json_object_get(job, "spec");
    const json_t *meta = json_object_get(job, "metadata");
    json_t *labels;

    if (!json_is_object(spec) || json_is_true(json_object_get(spec, "manualSelector")) ||
        json_object_get(spec, "selector"))
        return;
    fill_text(spec, "{\"template\":{\"metadata\":{\"labels\":{}}}}");
    labels =
        json_object_get(json_object_get(json_object_get(spec, "template"), "metadata"), "labels");
    json_object_set(labels, "controller-uid", json_object_get(meta, "uid"));
    json_object_set(labels, "job-name", json_object_get(meta, "name"));
    json_object_set(labels, "batch.kubernetes.io/controller-uid", json_object_get(meta, "uid"));
    json_object_set(labels, "batch.kubernetes.io/job-name", json_object_get(meta, "name"));
    json_object_set_new(spec, "selector",
                        json_pack("{s:{s:O}}", "matchLabels", "batch.kubernetes.io/controller-uid",
                                  json_object_get(meta, "uid")));
    take_labels(job);
}

void defaults_job(struct sandbox *s, json_t *job)
{
    json_t *spec = json_object_get(job, "spec");

    (void)s;
    if (!json_is_object(spec))
        return;
    take_labels(job);
    if (!json_object_get(spec, "completions") && !json_object_get(spec, "parallelism"))
        json_object_set_new(spec, "completions", json_integer(1));
    if (!json_object_get(spec, "parallelism"))
        json_object_set_new(spec, "parallelism", json_integer(1));
}
