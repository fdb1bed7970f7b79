/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/desired.h"

#include "daemon/object/identity.h"
#include "lib/base/buf.h"
#include "lib/doc/yaml.h"
#include "lib/kube/discovery_table.h"
#include "tests/test.h"

/* What a small API server serves, in the form of aggregated discovery. */
static struct kube_discovery *discovery(void)
{
    static const char text[] =
        "{'kind': 'APIGroupDiscoveryList', 'apiVersion': 'apidiscovery.k8s.io/v2', 'items': ["
        "{'metadata': {'name': ''}, 'versions': [{'version': 'v1', 'resources': ["
        "  {'resource': 'namespaces', 'responseKind': {'group': '', 'version': 'v1', 'kind': "
        "'Namespace'}, 'scope': 'Cluster', 'verbs': ['list', 'patch']},"
        "  {'resource': 'configmaps', 'responseKind': {'group': '', 'version': 'v1', 'kind': "
        "'ConfigMap'}, 'scope': 'Namespaced', 'verbs': ['list', 'patch']},"
        "  {'resource': 'secrets', 'responseKind': {'group': '', 'version': 'v1', 'kind': "
        "'Secret'}, 'scope': 'Namespaced', 'verbs': ['list', 'patch']}]}]},"
        "{'metadata': {'name': 'apiextensions.k8s.io'}, 'versions': [{'version': 'v1', "
        "'resources': [{'resource': 'customresourcedefinitions', 'responseKind': {'group': "
        "'apiextensions.k8s.io', 'version': 'v1', 'kind': 'CustomResourceDefinition'}, 'scope': "
        "'Cluster', 'verbs': ['list', 'patch']}]}]}]}";
    struct group_versions list = {0};
    const struct group_versions *lists[] = {&list};
    struct error *err = NULL;
    struct kube_discovery *d;
    cleanup_json json_t *answer = NULL;
    cleanup_free char *quoted = xstrdup(text);

    for (char *p = quoted; *p; p++)
        if (*p == '\'')
            *p = '"';
    answer = json_loads(quoted, 0, NULL);
    EXPECT_OK(group_versions_read(&list, answer, &err));
    d = kube_discovery_new(lists, 1);
    group_versions_clear(&list);
    return d;
}

static int build_in(const char *yaml, const char *ns, struct desired_set **set, struct error **err)
{
    struct kube_discovery *d = discovery();
    struct desired_options options = {.instance = "web", .namespace = ns, .discovery = d};
    json_t *objects = NULL;
    int rc;

    if (yaml_parse("input", yaml, strlen(yaml), YAML_KUBECTL, &objects, err) < 0)
        fail_msg("%s", error_message(*err));
    rc = desired_set_build(objects, &options, set, err);
    kube_discovery_unref(d);
    return rc;
}

static struct desired_set *build(const char *yaml)
{
    struct desired_set *set = NULL;
    struct error *err = NULL;

    EXPECT_OK(build_in(yaml, "prod", &set, &err));
    return set;
}

static void expect_error(const char *yaml, const char *ns, enum error_kind kind, const char *part)
{
    cleanup_desired_set struct desired_set *set = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_INT(build_in(yaml, ns, &set, &err), -1);
    EXPECT_CONTAINS(error_message(err), part);
    EXPECT_INT(error_kind(err), kind);
    EXPECT_NULL(set);
}

static void expect_order(const char *yaml, const char *want)
{
    cleanup_desired_set struct desired_set *set = build(yaml);
    cleanup_buf struct buf keys = BUF_UNLIMITED;

    for (size_t i = 0; i < set->len; i++)
        buf_printf(&keys, "%s%s", i ? " " : "", set->items[i].key);
    EXPECT_STR(keys.data, want);
}

TEST(the_body_is_what_is_applied)
{
    cleanup_desired_set struct desired_set *set = build("kind: ConfigMap\n"
                                                        "apiVersion: v1\n"
                                                        "metadata:\n"
                                                        "  name: a\n"
                                                        "  uid: x\n"
                                                        "  resourceVersion: '1'\n"
                                                        "  generation: 2\n"
                                                        "  selfLink: /x\n"
                                                        "  creationTimestamp: null\n"
                                                        "  managedFields: []\n"
                                                        "  labels: {a: b, gone: null}\n"
                                                        "data: {k: v, list: [null]}\n"
                                                        "status: {}\n");
    const struct desired *d = &set->items[0];

    EXPECT_INT(set->len, 1);
    EXPECT_STR(d->body, "{\"apiVersion\":\"v1\",\"data\":{\"k\":\"v\",\"list\":[null]},\"kind\":"
                        "\"ConfigMap\",\"metadata\":{\"annotations\":{"
                        "\"argocd.argoproj.io/tracking-id\":\"web:/ConfigMap:prod/a\"},\"labels\":{"
                        "\"a\":\"b\"},\"name\":\"a\",\"namespace\":\"prod\"}}");
    EXPECT_INT(d->body_len, strlen(d->body));
    EXPECT_STR(d->key, "/ConfigMap/prod/a");
    EXPECT_STR(d->group, "");
    EXPECT_STR(d->version, "v1");
    EXPECT_STR(d->kind, "ConfigMap");
    EXPECT_STR(d->namespace, "prod");
    EXPECT_STR(d->name, "a");
    EXPECT(d->known);
    EXPECT_INT(set->warnings.len, 0);
}

TEST(equal_objects_have_equal_hashes_however_they_are_written)
{
    cleanup_desired_set struct desired_set *a =
        build("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: '1', y: '2'}}");
    cleanup_desired_set struct desired_set *b =
        build("{data: {y: '2', x: '1'}, kind: ConfigMap, metadata: {namespace: prod, name: a}, "
              "apiVersion: v1}");
    cleanup_desired_set struct desired_set *c =
        build("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: '1', y: '3'}}");

    EXPECT(a->items[0].hash == b->items[0].hash);
    EXPECT(a->items[0].hash != c->items[0].hash);
}

TEST(objects_come_by_wave_then_kind_then_name)
{
    expect_order("{apiVersion: v1, kind: Unlisted, metadata: {name: a}}\n"
                 "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: w}}\n"
                 "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: v}}\n"
                 "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: z}}\n"
                 "---\n{apiVersion: v1, kind: Namespace, metadata: {name: z}}\n"
                 "---\n{apiVersion: v1, kind: Namespace, metadata: {name: late, annotations: "
                 "{argocd.argoproj.io/sync-wave: '5'}}}\n"
                 "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: early, annotations: "
                 "{argocd.argoproj.io/sync-wave: '-1'}}}\n",
                 "/ConfigMap/prod/early /Namespace//z /ConfigMap/z/a /ConfigMap/v/b /ConfigMap/w/b "
                 "/Unlisted/prod/a /Namespace//late");
}

TEST(a_wave_is_an_integer_or_zero)
{
    static const struct {
        const char *annotations;
        int wave;
    } cases[] = {
        {"argocd.argoproj.io/sync-wave: '7'", 7},
        {"argocd.argoproj.io/sync-wave: '+3'", 3},
        {"argocd.argoproj.io/sync-wave: first", 0},
        {"argocd.argoproj.io/sync-wave: ''", 0},
        {"argocd.argoproj.io/sync-wave: ' 1'", 0},
        {"argocd.argoproj.io/sync-wave: '1.5'", 0},
        {"argocd.argoproj.io/sync-wave: '99999999999999999999'", 0},
        {"helm.sh/hook-weight: '-2'", -2},
        {"helm.sh/hook-weight: '-2', argocd.argoproj.io/sync-wave: '4'", 4},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *yaml =
            xasprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {%s}}}",
                      cases[i].annotations);
        cleanup_desired_set struct desired_set *set = build(yaml);

        if (set->items[0].wave != cases[i].wave)
            fail_msg("%s: %d", cases[i].annotations, set->items[0].wave);
    }
}

TEST(scope_decides_about_the_namespace)
{
    cleanup_desired_set struct desired_set *set =
        build("{apiVersion: v1, kind: Namespace, metadata: {name: a, namespace: nonsense}}\n");

    EXPECT_STR(set->items[0].namespace, "");
    EXPECT_STR(set->items[0].key, "/Namespace//a");
    EXPECT_NULL(strstr(set->items[0].body, "nonsense"));
    EXPECT_CONTAINS(set->items[0].body, "\"web:/Namespace:prod/a\"");
    expect_error("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", "", ERROR_INVALID,
                 "Namespace for a /v1, Kind=ConfigMap is missing.");
}

TEST(a_definition_in_the_set_tells_the_scope_of_its_kind)
{
    static const char crds[] =
        "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: "
        "fleets.example.org}, spec: {group: example.org, scope: Cluster, names: {kind: Fleet}}}\n"
        "---\n{apiVersion: example.org/v1, kind: Fleet, metadata: {name: f}}\n"
        "---\n{apiVersion: example.org/v1, kind: Ship, metadata: {name: s}}\n";
    cleanup_desired_set struct desired_set *set = build(crds);

    EXPECT_INT(set->len, 3);
    EXPECT_STR(set->items[0].kind, "CustomResourceDefinition");
    EXPECT(set->items[0].known);
    EXPECT_NULL(strstr(set->items[0].body, TRACKING_ANNOTATION));
    EXPECT_STR(set->items[1].key, "example.org/Fleet//f");
    EXPECT(!set->items[1].known);
    EXPECT_STR(set->items[2].key, "example.org/Ship/prod/s");
    EXPECT(!set->items[2].known);
}

TEST(lists_are_flattened_and_nothing_is_nothing)
{
    expect_order("apiVersion: v1\n"
                 "kind: List\n"
                 "items:\n"
                 "- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"
                 "- null\n"
                 "- apiVersion: v1\n"
                 "  kind: ConfigMapList\n"
                 "  items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}]\n"
                 "---\n"
                 "null\n"
                 "---\n"
                 "{apiVersion: v1, kind: List, items: null}\n"
                 "---\n"
                 "{apiVersion: v1, kind: List, items: []}\n",
                 "/ConfigMap/prod/a /ConfigMap/prod/b");
}

TEST(of_duplicates_the_last_one_wins_with_a_warning)
{
    cleanup_desired_set struct desired_set *set =
        build("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {v: first}}\n"
              "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n"
              "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: prod}, data: "
              "{v: last}}\n");

    EXPECT_INT(set->len, 2);
    EXPECT_CONTAINS(set->items[0].body, "last");
    EXPECT_INT(set->warnings.len, 1);
    EXPECT_STR(set->warnings.items[0], "Resource /ConfigMap/prod/a appeared 2 times among "
                                       "application resources.");
}

TEST(string_data_of_a_secret_becomes_data)
{
    cleanup_desired_set struct desired_set *set =
        build("{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {x: b2xk, z: eQ==}, "
              "stringData: {x: new}}");

    EXPECT_CONTAINS(set->items[0].body, "\"data\":{\"x\":\"bmV3\",\"z\":\"eQ==\"}");
    EXPECT_NULL(strstr(set->items[0].body, "stringData"));
    expect_error("{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {x: 123456}}",
                 "prod", ERROR_INVALID, "stringData[\"x\"] must be a string");
}

TEST(the_rules_of_an_aggregated_role_are_left_to_their_controller)
{
    cleanup_desired_set struct desired_set *set = build(
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, "
        "aggregationRule: {clusterRoleSelectors: []}, rules: []}\n"
        "---\n{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: b}, "
        "rules: []}\n");

    EXPECT_NULL(strstr(set->items[0].body, "rules"));
    EXPECT_CONTAINS(set->items[1].body, "\"rules\":[]");
}

TEST(errors_name_the_object)
{
    expect_error("{apiVersion: v1, metadata: {name: a}}", "prod", ERROR_INVALID,
                 "object 1 (of no kind a): kind is missing");
    expect_error("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n{a: b}", "prod",
                 ERROR_INVALID, "object 2: apiVersion is missing");
    expect_error("{kind: ConfigMap, metadata: {name: a, namespace: s}}", "prod", ERROR_INVALID,
                 "object 1 (ConfigMap s/a): apiVersion is missing");
    expect_error("{apiVersion: v1, kind: ConfigMap, metadata: {}}", "prod", ERROR_INVALID,
                 "metadata.name is missing");
    expect_error("{apiVersion: v1, kind: ConfigMap}", "prod", ERROR_INVALID,
                 "metadata.name is missing");
    expect_error("{apiVersion: batch/v1, kind: Job, metadata: {generateName: j-}}", "prod",
                 ERROR_UNSUPPORTED, "object 1 (Job j-): metadata.generateName");
    expect_error("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: n}}", "prod",
                 ERROR_INVALID, "object 1 (ConfigMap a): metadata.namespace must be a string");
    expect_error("{apiVersion: v1, kind: ConfigMap, metadata: {name: 12}}", "prod", ERROR_INVALID,
                 "object 1 (ConfigMap without name): metadata.name must be a string");
    expect_error("- 1\n", "prod", ERROR_INVALID, "object 1: must be a map");
    expect_error("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {o: 1}}}",
                 "prod", ERROR_INVALID, "metadata.annotations[\"o\"] must be a string");
    expect_error("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: []}}", "prod",
                 ERROR_INVALID, "metadata.labels must be a map");
}

TEST(without_discovery_every_kind_is_unknown)
{
    struct desired_options options = {.instance = "web", .namespace = "prod"};
    cleanup_desired_set struct desired_set *set = NULL;
    struct error *err = NULL;
    json_t *objects = json_pack("[{s:s, s:s, s:{s:s}}]", "apiVersion", "v1", "kind", "ConfigMap",
                                "metadata", "name", "a");

    EXPECT_OK(desired_set_build(objects, &options, &set, &err));
    EXPECT(!set->items[0].known);
    EXPECT_STR(set->items[0].namespace, "prod");
}

TEST(what_the_settings_exclude_is_left_out_and_told)
{
    cleanup_json json_t *data = json_pack("{s:s, s:s}", "resource.exclusions", "- kinds: [Secret]",
                                          "application.resourceTrackingMethod", "label");
    cleanup_settings struct settings *settings = settings_parse(data, "argocd", NULL, NULL);
    struct kube_discovery *d = discovery();
    struct desired_options options = {
        .instance = "web", .namespace = "prod", .discovery = d, .settings = settings};
    static const char yaml[] = "{apiVersion: v1, kind: Secret, metadata: {name: s}}\n---\n"
                               "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n";
    cleanup_desired_set struct desired_set *set = NULL;
    cleanup_error struct error *err = NULL;
    json_t *objects;

    EXPECT_OK(yaml_parse("in", yaml, strlen(yaml), YAML_KUBECTL, &objects, &err));
    EXPECT_OK(desired_set_build(objects, &options, &set, &err));
    kube_discovery_unref(d);
    EXPECT_INT(set->len, 1);
    EXPECT_STR(set->items[0].body,
               "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"labels\":{"
               "\"app.kubernetes.io/instance\":\"web\"},\"name\":\"c\",\"namespace\":"
               "\"prod\"}}");
    EXPECT_INT(set->excluded.len, 1);
    EXPECT_STR(set->excluded.items[0], "Resource /Secret s is excluded in the settings");
}
