/* SPDX-License-Identifier: Apache-2.0 */
/* health_each: how many times a second the health of one Deployment is told, by its built-in check
 * and by a script that does the same, each time in a new state. */
#include "daemon/health/builtin.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "lua/script.h"

#include <stdio.h>

#define RUN_US 2000000

static const char deployment[] =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop, generation: 2,\n"
    "  labels: {app: web, tier: front}, annotations: {a: b, c: d}}\n"
    "spec: {replicas: 3, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: "
    "web}},\n"
    "  spec: {containers: [{name: web, image: 'registry.example.com/web:1.0', env: [{name: A, "
    "value: b}],\n"
    "    ports: [{containerPort: 80}], resources: {limits: {cpu: 1, memory: 1Gi}}}]}}}\n"
    "status: {observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 2,\n"
    "  conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True'}]}\n";

static const char script[] =
    "local hs = {status = 'Healthy'}\n"
    "if obj.spec.paused then return {status = 'Suspended', message = 'Deployment is paused'} end\n"
    "if obj.metadata.generation > obj.status.observedGeneration then hs.status = 'Progressing' "
    "end\n"
    "for _, c in ipairs(obj.status.conditions or {}) do\n"
    "  if c.type == 'Progressing' and c.reason == 'ProgressDeadlineExceeded' then\n"
    "    return {status = 'Degraded', message = 'exceeded its progress deadline'}\n"
    "  end\n"
    "end\n"
    "if obj.status.availableReplicas < obj.status.updatedReplicas then\n"
    "  hs.status = 'Progressing'\n"
    "  hs.message = obj.status.availableReplicas .. ' of ' .. obj.status.updatedReplicas\n"
    "end\n"
    "return hs\n";

static void by_kind(const json_t *object)
{
    cleanup_free char *message = NULL;
    enum health_status status;

    if (!health_assess(object, &status, &message) || status != HEALTH_PROGRESSING)
        abort();
}

static void by_script(const json_t *object)
{
    cleanup_script_result struct script_result result = {0};
    cleanup_error struct error *err = NULL;

    if (script_run(&(struct script){.text = script, .open_libs = true}, object, &result, &err) <
            0 ||
        !streq(result.message, "2 of 3"))
        abort();
}

static void measure(const char *name, void (*assess)(const json_t *), const json_t *object)
{
    uint64_t start = time_monotonic_us();
    uint64_t count = 0;
    uint64_t used;

    do {
        for (unsigned i = 0; i < 100; i++)
            assess(object);
        count += 100;
        used = time_monotonic_us() - start;
    } while (used < RUN_US);
    printf("%s: %.0f a second, %.2f us each\n", name, (double)count * 1e6 / (double)used,
           (double)used / (double)count);
}

int main(void)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *docs = NULL;

    if (yaml_parse("object", deployment, strlen(deployment), YAML_KUBECTL, &docs, &err) < 0) {
        fprintf(stderr, "%s\n", error_message(err));
        return 1;
    }
    measure("built-in", by_kind, json_array_get(docs, 0));
    measure("script", by_script, json_array_get(docs, 0));
    return 0;
}
