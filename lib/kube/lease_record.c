/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/lease_record.h"

#include "lib/base/time.h"

#define PROCESS_ANNOTATION "gitopsd.io/process"

static const json_t *spec_of(const json_t *lease)
{
    return json_object_get(lease, "spec");
}

static const char *text_of(const json_t *lease, const char *field)
{
    const char *text = json_string_value(json_object_get(spec_of(lease), field));

    return text ? text : "";
}

const char *lease_record_holder(const json_t *lease)
{
    return text_of(lease, "holderIdentity");
}

static json_t *annotations_of(const json_t *lease)
{
    return json_object_get(json_object_get(lease, "metadata"), "annotations");
}

const char *lease_record_process(const json_t *lease)
{
    const char *process =
        json_string_value(json_object_get(annotations_of(lease), PROCESS_ANNOTATION));

    return process ? process : "";
}

uint64_t lease_record_duration_ms(const json_t *lease)
{
    json_int_t seconds =
        json_integer_value(json_object_get(spec_of(lease), "leaseDurationSeconds"));

    return seconds > 0 ? (uint64_t)seconds * 1000 : 0;
}

/* metav1.MicroTime has six digits. */
static json_t *micro_time(int64_t wall_ms)
{
    char text[TIME_RFC3339_BYTES];

    time_format_rfc3339_ms(wall_ms, text);
    return json_sprintf("%.*s000Z", (int)strlen(text) - 1, text);
}

static json_t *with_spec(const json_t *live, json_t *spec)
{
    json_t *lease = json_deep_copy(live);

    json_object_set_new(lease, "spec", spec);
    return lease;
}

static void set_process(json_t *lease, const char *process)
{
    json_t *annotations = annotations_of(lease);

    if (!json_is_object(annotations))
        json_object_set_new(json_object_get(lease, "metadata"), "annotations",
                            annotations = json_object());
    json_object_set_new(annotations, PROCESS_ANNOTATION, json_string(process));
}

json_t *lease_record_claim(const json_t *live, const struct lease_claim *claim, int64_t wall_ms)
{
    bool is_ours = live && streq(lease_record_holder(live), claim->identity);
    json_int_t transitions =
        json_integer_value(json_object_get(spec_of(live), "leaseTransitions")) + (live && !is_ours);
    json_t *acquired = is_ours ? json_object_get(spec_of(live), "acquireTime") : NULL;
    json_t *now = micro_time(wall_ms);
    json_t *spec = json_pack(
        "{s:s, s:I, s:O, s:O, s:I}", "holderIdentity", claim->identity, "leaseDurationSeconds",
        (json_int_t)((claim->duration_ms + 999) / 1000), "acquireTime", acquired ? acquired : now,
        "renewTime", now, "leaseTransitions", transitions);
    json_t *lease;

    json_decref(now);
    if (live)
        lease = with_spec(live, spec);
    else
        lease = json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "apiVersion", "coordination.k8s.io/v1",
                          "kind", "Lease", "metadata", "namespace", claim->namespace, "name",
                          claim->name, "spec", spec);
    set_process(lease, claim->process);
    return lease;
}

json_t *lease_record_release(const json_t *live, int64_t wall_ms)
{
    json_t *now = micro_time(wall_ms);
    json_t *spec =
        json_pack("{s:s, s:i, s:O, s:O, s:I}", "holderIdentity", "", "leaseDurationSeconds", 1,
                  "acquireTime", now, "renewTime", now, "leaseTransitions",
                  json_integer_value(json_object_get(spec_of(live), "leaseTransitions")));

    json_decref(now);
    return with_spec(live, spec);
}
