/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/events_print.h"

#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static const char documents[] =
    "app:\n"
    "  metadata: {name: shop, namespace: argocd}\n"
    "  status:\n"
    "    resources:\n"
    "    - {group: apps, kind: Deployment, namespace: shop, name: web}\n"
    "    - {kind: ConfigMap, namespace: shop, name: conf}\n"
    "events:\n"
    "- {reason: last, lastTimestamp: \"2026-11-30T12:00:00Z\",\n"
    "   involvedObject: {kind: Deployment, namespace: shop, name: web}}\n"
    "- {reason: pod, series: {lastObservedTime: \"2026-11-30T11:00:00.123456Z\", count: 4},\n"
    "   involvedObject: {kind: Pod, namespace: shop, name: web-12ab-xyz}}\n"
    "- {reason: first, eventTime: \"2026-11-30T10:00:00.000001Z\", lastTimestamp: null,\n"
    "   involvedObject: {kind: Application, namespace: argocd, name: shop}}\n"
    "- {reason: other, lastTimestamp: \"2026-11-30T10:00:00Z\",\n"
    "   involvedObject: {kind: Pod, namespace: shop, name: webby-1}}\n"
    "- {reason: elsewhere, lastTimestamp: \"2026-11-30T10:00:00Z\",\n"
    "   involvedObject: {kind: Deployment, namespace: other, name: web}}\n"
    "- {reason: conf, lastTimestamp: \"2026-11-30T10:00:00Z\",\n"
    "   involvedObject: {kind: Pod, namespace: shop, name: conf-1}}\n";

TEST(events_of_the_application_and_its_objects_come_by_time)
{
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *chosen = NULL;
    cleanup_error struct error *err = NULL;
    const json_t *doc;

    EXPECT_OK(yaml_parse("test", documents, strlen(documents), YAML_KUBECTL, &docs, &err));
    doc = json_array_get(docs, 0);
    chosen = events_choose(json_object_get(doc, "app"), json_object_get(doc, "events"));
    EXPECT_INT(json_array_size(chosen), 3);
    EXPECT_STR(object_string(json_array_get(chosen, 0), "reason"), "first");
    EXPECT_STR(object_string(json_array_get(chosen, 1), "reason"), "pod");
    EXPECT_STR(object_string(json_array_get(chosen, 2), "reason"), "last");
}
