/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/ignore.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static json_t *yaml(const char *text)
{
    cleanup_error struct error *err = NULL;
    json_t *list = NULL, *doc;

    EXPECT_OK(yaml_parse("test", text, strlen(text), YAML_KUSTOMIZE, &list, &err));
    doc = json_incref(json_array_get(list, 0));
    json_decref(list);
    return doc;
}

static struct ignore_rules *declared(const char *text)
{
    cleanup_json json_t *list = yaml(text);

    return ignore_rules_new(list, NULL, NULL);
}

static const json_t *at(const json_t *doc, const char *pointer)
{
    const json_t *v = doc;

    for (const char *p = pointer; v && *p;) {
        cleanup_free char *name = xstrndup(p, strcspn(p, "/"));

        v = json_is_array(v) ? json_array_get(v, (size_t)atoi(name)) : json_object_get(v, name);
        p += strlen(name);
        p += *p == '/';
    }
    return v;
}

#define LIVE                                                                                       \
    "apiVersion: apps/v1\nkind: Deployment\n"                                                      \
    "metadata: {name: web, namespace: prod, annotations: {a/b: x, 'c~d': y}}\n"                    \
    "spec: {replicas: 3, template: {spec: {containers: [{name: a}, {name: b, image: i}]}}}\n"

TEST(a_rule_concerns_what_its_globs_match)
{
    cleanup_ignore_rules struct ignore_rules *one =
        declared("[{group: apps, kind: Deployment, name: web, namespace: prod}]");
    cleanup_ignore_rules struct ignore_rules *wide = declared("[{group: '*', kind: '*'}]");
    cleanup_ignore_rules struct ignore_rules *globs =
        declared("[{group: '*.example.org', kind: 'Foo*', name: 'w?b-{a,b}', namespace: 'p*'}]");
    cleanup_ignore_rules struct ignore_rules *core = declared("[{kind: Service}]");

    EXPECT(ignore_rules_match(one, "apps", "Deployment", "prod", "web"));
    EXPECT(!ignore_rules_match(one, "apps", "StatefulSet", "prod", "web"));
    EXPECT(!ignore_rules_match(one, "", "Deployment", "prod", "web"));
    EXPECT(!ignore_rules_match(one, "apps", "Deployment", "test", "web"));
    EXPECT(!ignore_rules_match(one, "apps", "Deployment", "prod", "db"));
    EXPECT(ignore_rules_match(wide, "", "ConfigMap", "", "x"));
    EXPECT(ignore_rules_match(globs, "a.b.example.org", "Foobar", "prod", "wub-b"));
    EXPECT(!ignore_rules_match(globs, "a.b.example.org", "Foobar", "prod", "wub-c"));
    EXPECT(ignore_rules_match(core, "", "Service", "n", "x"));
    EXPECT(!ignore_rules_match(core, "serving.knative.dev", "Service", "n", "x"));
    EXPECT(!ignore_rules_match(NULL, "", "Service", "n", "x"));
    EXPECT_NULL(ignore_rules_report(one, NULL));
}

TEST(a_pointer_is_a_place_in_both_documents)
{
    cleanup_ignore_rules struct ignore_rules *r =
        declared("[{group: apps, kind: Deployment, jsonPointers: [/spec/replicas, "
                 "/metadata/annotations/a~1b, /metadata/annotations/c~0d, "
                 "/spec/template/spec/containers/1, /spec/template/spec/containers/0/image, "
                 "/no/way, /spec/template/spec/containers/7, /spec/template/spec/containers/-]}]");
    cleanup_json json_t *live = yaml(LIVE);
    cleanup_json json_t *desired = yaml("{apiVersion: apps/v1, kind: Deployment, "
                                        "metadata: {name: web, namespace: prod}, spec: {}}");
    cleanup_ignored struct ignored *s = ignored_new();

    EXPECT_NULL(ignore_rules_report(r, NULL));
    ignore_rules_apply(r, desired, live, NULL, NULL, s);
    EXPECT(ignored_has_field(s, at(live, "spec"), "replicas"));
    EXPECT(ignored_has_field(s, at(desired, "spec"), "replicas"));
    EXPECT(ignored_has_field(s, at(live, "metadata/annotations"), "a/b"));
    EXPECT(ignored_has_field(s, at(live, "metadata/annotations"), "c~d"));
    EXPECT(ignored_has_item(s, at(live, "spec/template/spec/containers"), 1));
    EXPECT(ignored_has_field(s, at(live, "spec/template/spec/containers/0"), "image"));
    EXPECT_INT(ignored_count(s), 6);
}

TEST(rules_of_other_objects_add_nothing)
{
    cleanup_ignore_rules struct ignore_rules *r =
        declared("[{group: apps, kind: StatefulSet, jsonPointers: [/spec/replicas]},"
                 " {group: apps, kind: Deployment, name: db, managedFieldsManagers: [m]}]");
    cleanup_json json_t *live = yaml(LIVE);
    cleanup_ignored struct ignored *s = ignored_new();

    ignore_rules_apply(r, live, live, NULL, NULL, s);
    EXPECT_INT(ignored_count(s), 0);
}

TEST(a_bad_rule_is_named_and_the_others_hold)
{
    cleanup_ignore_rules struct ignore_rules *r =
        declared("[{kind: A, jsonPointers: [/ok]}, {group: apps, kind: Deployment, jsonPointers: "
                 "[spec/replicas, '', /spec/~2, 5, /spec/replicas]}, {group: x}, {kind: '[a'}, 7, "
                 "{kind: B, jqPathExpressions: .a}]");
    cleanup_json json_t *live = yaml(LIVE);
    cleanup_ignored struct ignored *s = ignored_new();
    cleanup_free char *report = ignore_rules_report(r, NULL);

    EXPECT_CONTAINS(report, "spec.ignoreDifferences[1]: jsonPointers \"spec/replicas\": ");
    EXPECT_CONTAINS(report, "jsonPointers \"/spec/~2\": ");
    EXPECT_CONTAINS(report, "spec.ignoreDifferences[1]: jsonPointers \"\": an entry is not a");
    EXPECT_CONTAINS(report, "spec.ignoreDifferences[2]: kind \"\": is missing");
    EXPECT_CONTAINS(report, "spec.ignoreDifferences[3]: kind \"[a\": ");
    EXPECT_CONTAINS(report, "spec.ignoreDifferences[5]: jqPathExpressions");
    EXPECT(!strstr(report, "ignoreDifferences[0]"));
    ignore_rules_apply(r, live, live, NULL, NULL, s);
    EXPECT(ignored_has_field(s, at(live, "spec"), "replicas"));
    EXPECT_INT(ignored_count(s), 1);
}

TEST(rules_of_the_settings_hold_for_all_applications)
{
    cleanup_json json_t *system = yaml(
        "{all: {managedFieldsManagers: [m]}, apps/Deployment: {jsonPointers: [/spec/replicas], "
        "jqPathExpressions: ['.spec.a']}, /Service: {jsonPointers: [/spec/x]}, "
        "'*.example.org/*': {jsonPointers: [bad]}}");
    cleanup_ignore_rules struct ignore_rules *r = ignore_rules_new(NULL, system, NULL);
    cleanup_json json_t *live = yaml(LIVE);
    cleanup_ignored struct ignored *s = ignored_new();

    EXPECT(ignore_rules_match(r, "any", "Thing", "", "x"));
    EXPECT(ignore_rules_need_jq(r, "apps", "Deployment", "n", "x"));
    EXPECT(!ignore_rules_need_jq(r, "", "Service", "n", "x"));
    ignore_rules_apply(r, live, live, NULL, NULL, s);
    EXPECT(ignored_has_field(s, at(live, "spec"), "replicas"));
    EXPECT_NULL(ignore_rules_report(r, NULL)); /* not this application's fault */
}

TEST(the_expressions_of_an_object_are_those_of_its_rules)
{
    cleanup_ignore_rules struct ignore_rules *r =
        declared("[{group: apps, kind: Deployment, jqPathExpressions: [.a, .b]},"
                 " {group: apps, kind: '*', jqPathExpressions: [.c]},"
                 " {kind: Service, jqPathExpressions: [.d]}]");
    cleanup_strvec struct strvec list = {0};

    ignore_rules_expressions(r, "apps", "Deployment", "n", "x", &list);
    EXPECT_INT(list.len, 3);
    EXPECT_STR(list.items[2], ".c");
}

TEST(jq_paths_become_places)
{
    cleanup_ignore_rules struct ignore_rules *r = declared("[{kind: A}]");
    cleanup_json json_t *live = yaml("{a: [10, 11, 12, {b: 1}], c: {d: 1}}");
    cleanup_json json_t *desired = yaml("{a: [10], c: {}}");
    cleanup_json json_t *of_live =
        yaml("[[a, -1, b], [c, d], [], [a, 9], [c, 0], [nope, x], [a, {start: 1, end: 3}],"
             " [a, {start: 1, end: null}, 2, b]]");
    cleanup_json json_t *of_desired = yaml("[[c, d], [a, 0]]");
    cleanup_ignored struct ignored *s = ignored_new();

    ignore_rules_apply(r, desired, live, of_desired, of_live, s);
    EXPECT(ignored_has_field(s, at(live, "a/3"), "b"));
    EXPECT(ignored_has_field(s, at(live, "c"), "d"));
    EXPECT(ignored_has_item(s, at(live, "a"), 1));
    EXPECT(ignored_has_item(s, at(live, "a"), 2));
    EXPECT(!ignored_has_item(s, at(live, "a"), 3));
    EXPECT(ignored_has_field(s, at(desired, "c"), "d"));
    EXPECT(ignored_has_item(s, at(desired, "a"), 0));
    EXPECT_INT(ignored_count(s), 6);
}

TEST(what_a_manager_owns_and_has_changed_is_ignored)
{
    cleanup_ignore_rules struct ignore_rules *r =
        declared("[{group: apps, kind: Deployment, managedFieldsManagers: [tuner]}]");
    cleanup_json json_t *live =
        yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: prod\n"
             "  labels: {same: a, other: b}\n"
             "  managedFields:\n"
             "  - manager: tuner\n    operation: Update\n    fieldsV1:\n"
             "      f:metadata: {f:labels: {f:same: {}, f:other: {}}}\n"
             "      f:spec:\n        f:replicas: {}\n        f:template: {f:spec: {f:containers: "
             "{'k:{\"name\":\"b\"}': {'.': {}, f:image: {}, f:ports: {'k:{\"containerPort\":80,"
             "\"protocol\":\"TCP\"}': {f:name: {}}}}, 'k:{\"name\":\"side\"}': {'.': {}, f:name: "
             "{}}}}}\n"
             "        f:finalizers: {'v:\"x\"': {}}\n"
             "  - manager: other\n    operation: Apply\n    fieldsV1: {f:spec: {f:paused: {}}}\n"
             "spec:\n  replicas: 5\n  paused: true\n  finalizers: [y, x]\n"
             "  template: {spec: {containers: [{name: side, image: s}, {name: a, image: a}, "
             "{name: b, image: b2, ports: [{containerPort: 80, protocol: TCP, name: q}]}]}}\n");
    cleanup_json json_t *desired = yaml(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {same: a, other: "
        "z}}\n"
        "spec: {replicas: 2, paused: false, finalizers: [y], template: {spec: {containers: "
        "[{name: b, image: b1, ports: [{containerPort: 80, name: p}]}, {name: a, image: a}]}}}\n");
    cleanup_ignored struct ignored *s = ignored_new();

    ignore_rules_apply(r, desired, live, NULL, NULL, s);
    EXPECT(ignored_has_field(s, at(live, "spec"), "replicas"));
    EXPECT(ignored_has_field(s, at(desired, "spec"), "replicas"));
    EXPECT(ignored_has_field(s, at(live, "metadata/labels"), "other"));
    EXPECT(!ignored_has_field(s, at(live, "metadata/labels"), "same"));
    EXPECT(!ignored_has_field(s, at(live, "spec"), "paused"));
    EXPECT(ignored_has_field(s, at(live, "spec/template/spec/containers/2"), "image"));
    EXPECT(ignored_has_field(s, at(desired, "spec/template/spec/containers/0"), "image"));
    EXPECT(ignored_has_field(s, at(desired, "spec/template/spec/containers/0/ports/0"), "name"));
    EXPECT(ignored_has_item(s, at(live, "spec/template/spec/containers"), 0));
    EXPECT(!ignored_has_field(s, at(desired, "spec/template/spec/containers/1"), "image"));
    EXPECT(ignored_has_item(s, at(live, "spec/finalizers"), 1));
}

static struct desired_set *render(const char *text)
{
    cleanup_error struct error *err = NULL;
    struct desired_options options = {.instance = "app", .namespace = "prod"};
    struct desired_set *set = NULL;
    json_t *list = NULL;

    EXPECT_OK(yaml_parse("test", text, strlen(text), YAML_KUSTOMIZE, &list, &err));
    EXPECT_OK(desired_set_build(list, &options, &set, &err));
    return set;
}

TEST(what_an_autoscaler_scales_has_its_replicas_ignored)
{
    cleanup_desired_set struct desired_set *set = render(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\n"
        "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n---\n"
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: k, namespace: other}\n"
        "spec: {scaleTargetRef: {name: web}}\n---\n"
        "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: h2}\n"
        "spec: {scaleTargetRef: {apiVersion: example.org/v1, kind: Thing, name: t}}\n---\n"
        "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: broken}\n");
    cleanup_ignore_rules struct ignore_rules *r = ignore_rules_new(NULL, NULL, set);
    cleanup_ignore_rules struct ignore_rules *none = declared("[{kind: '*', group: '*'}]");
    cleanup_json json_t *live = yaml(LIVE);
    cleanup_ignored struct ignored *s = ignored_new();

    EXPECT(ignore_rules_imply(r, "apps", "Deployment", "prod", "web"));
    EXPECT(ignore_rules_imply(r, "apps", "Deployment", "other", "web"));
    EXPECT(ignore_rules_imply(r, "example.org", "Thing", "prod", "t"));
    EXPECT(!ignore_rules_imply(r, "apps", "Deployment", "prod", "db"));
    EXPECT(!ignore_rules_imply(r, "apps", "StatefulSet", "prod", "web"));
    EXPECT(!ignore_rules_imply(none, "apps", "Deployment", "prod", "web"));
    ignore_rules_apply_implied(r, live, live, s);
    EXPECT(ignored_has_field(s, at(live, "spec"), "replicas"));
    EXPECT_INT(ignored_count(s), 1);
}

TEST(implied_rules_are_told_from_declared_ones)
{
    cleanup_ignore_rules struct ignore_rules *r =
        declared("[{group: apps, kind: Deployment, jsonPointers: [/spec/paused]}]");
    cleanup_json json_t *live = yaml(LIVE);
    cleanup_ignored struct ignored *s = ignored_new();

    ignore_rules_apply_implied(r, live, live, s);
    EXPECT_INT(ignored_count(s), 0);
}

TEST(the_hash_is_that_of_the_rules)
{
    cleanup_ignore_rules struct ignore_rules *a = declared("[{kind: A, jsonPointers: [/a]}]");
    cleanup_ignore_rules struct ignore_rules *b = declared("[{kind: A, jsonPointers: [/a]}]");
    cleanup_ignore_rules struct ignore_rules *c = declared("[{kind: A, jsonPointers: [/b]}]");
    cleanup_ignore_rules struct ignore_rules *none = ignore_rules_new(NULL, NULL, NULL);

    EXPECT(ignore_rules_hash(a) == ignore_rules_hash(b));
    EXPECT(ignore_rules_hash(a) != ignore_rules_hash(c));
    EXPECT(ignore_rules_hash(none) == 0);
    EXPECT(ignore_rules_hash(NULL) == 0);
}
