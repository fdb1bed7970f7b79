/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/settings/settings.h"
#include "tests/daemon/parts.h"

static struct settings *with(const char *key, const char *value, const struct settings *former)
{
    cleanup_json json_t *data = json_pack("{s:s}", key, value);

    return settings_parse(data, "argocd", "https://10.0.0.1:6443", former);
}

static void expect_json(const json_t *value, const char *expected)
{
    cleanup_json json_t *wanted = parse(expected);
    cleanup_free char *text = json_dumps(value, JSON_SORT_KEYS | JSON_ENCODE_ANY);

    if (!json_equal(value, wanted))
        fail_msg("%s is not %s", text, expected);
}

static const json_t *pointers(const json_t *rules, const char *kind)
{
    return json_object_get(json_object_get(rules, kind), "jsonPointers");
}

TEST(without_a_config_map_counts_what_argo_cd_ships)
{
    cleanup_settings struct settings *s = settings_default();

    EXPECT_INT(s->problems.len, 0);
    EXPECT_INT(s->tracking.method, TRACK_ANNOTATION);
    EXPECT_STR(s->tracking.label_key, "app.kubernetes.io/instance");
    EXPECT_STR(s->tracking.installation_id, "");
    EXPECT_INT(s->ignore_status, IGNORE_STATUS_ALL);
    EXPECT(s->ignore_updates_enabled);
    EXPECT(s->ignore_differences_on_updates);
    EXPECT(!(s->ignore_aggregated_roles));
    EXPECT(!(s->own_exclusions));
    EXPECT_INT(s->exclusions.len, 7);
    EXPECT_INT(s->inclusions.len, 0);
    EXPECT_INT(json_object_size(s->ignore_differences), 0);
    EXPECT_INT(json_object_size(s->ignore_updates), 8);
    expect_json(pointers(s->ignore_updates, "all"), "['/status']");
    expect_json(pointers(s->ignore_updates, "discovery.k8s.io/EndpointSlice"),
                "['/metadata', '/endpoints', '/ports']");
    EXPECT_INT(json_array_size(pointers(s->ignore_updates, "/ConfigMap")), 2);
}

TEST(the_shipped_exclusions_are_excluded_and_nothing_else)
{
    cleanup_settings struct settings *s = settings_default();

    EXPECT(settings_excludes(s, "", "Endpoints"));
    EXPECT(settings_excludes(s, "discovery.k8s.io", "EndpointSlice"));
    EXPECT(settings_excludes(s, "authorization.k8s.io", "SubjectAccessReview"));
    EXPECT(settings_excludes(s, "cilium.io", "CiliumEndpoint"));
    EXPECT(settings_excludes(s, "wgpolicyk8s.io", "PolicyReport"));
    EXPECT(!(settings_excludes(s, "apps", "Deployment")));
    EXPECT(!(settings_excludes(s, "", "ConfigMap")));
    EXPECT(!(settings_excludes(s, "cert-manager.io", "Certificate")));
    EXPECT(!(settings_excludes(s, "example.org", "Endpoints")));
}

TEST(own_exclusions_replace_the_shipped_ones_but_not_the_hard_ones)
{
    cleanup_settings struct settings *s =
        with("resource.exclusions",
             "- apiGroups: ['*.example.org', '']\n  kinds: [Widget, Secret]\n"
             "- kinds: ['*']\n  apiGroups: [noisy.io]\n",
             NULL);

    EXPECT(s->own_exclusions);
    EXPECT(settings_excludes(s, "a.example.org", "Widget"));
    EXPECT(settings_excludes(s, "", "Secret"));
    EXPECT(settings_excludes(s, "noisy.io", "Any"));
    EXPECT(!(settings_excludes(s, "", "Endpoints")));
    EXPECT(!(settings_excludes(s, "example.org", "Widget")));
    EXPECT(settings_excludes(s, "", "Event"));
    EXPECT(settings_excludes(s, "events.k8s.io", "Event"));
    EXPECT(settings_excludes(s, "metrics.k8s.io", "PodMetrics"));
    EXPECT(settings_excludes(s, "coordination.k8s.io", "Lease"));
}

TEST(a_filter_for_other_clusters_does_not_apply)
{
    cleanup_settings struct settings *other =
        with("resource.exclusions", "- kinds: [Secret]\n  clusters: ['https://192.168.*']\n", NULL);
    cleanup_settings struct settings *in_cluster = with(
        "resource.exclusions", "- kinds: [Secret]\n  clusters: ['*kubernetes.default*']\n", NULL);
    cleanup_settings struct settings *address =
        with("resource.exclusions", "- kinds: [Secret]\n  clusters: ['https://10.*']\n", NULL);

    EXPECT(!(settings_excludes(other, "", "Secret")));
    EXPECT(settings_excludes(in_cluster, "", "Secret"));
    EXPECT(settings_excludes(address, "", "Secret"));
}

TEST(with_inclusions_all_else_is_excluded_and_exclusion_wins)
{
    cleanup_json json_t *data =
        json_pack("{s:s, s:s}", "resource.inclusions", "- apiGroups: [apps, '']\n  kinds: ['*']\n",
                  "resource.exclusions", "- kinds: [Secret]\n");
    cleanup_settings struct settings *s = settings_parse(data, "argocd", NULL, NULL);
    cleanup_settings struct settings *elsewhere =
        with("resource.inclusions", "- kinds: [Pod]\n  clusters: [https://other]\n", NULL);

    EXPECT(!(settings_excludes(s, "apps", "Deployment")));
    EXPECT(!(settings_excludes(s, "", "ConfigMap")));
    EXPECT(settings_excludes(s, "", "Secret"));
    EXPECT(settings_excludes(s, "batch", "Job"));
    EXPECT(!(settings_excludes(elsewhere, "batch", "Job")));
}

TEST(customizations_come_from_keys_and_from_the_map_and_the_keys_win)
{
    cleanup_json json_t *data =
        json_pack("{s:s, s:s, s:s, s:s}", "resource.customizations",
                  "apps/Deployment:\n"
                  "  ignoreDifferences: |\n    jsonPointers: [/spec/replicas]\n"
                  "  health.lua: return {}\n"
                  "'*.crossplane.io/*':\n"
                  "  ignoreDifferences: |\n    jqPathExpressions: [.spec.x]\n"
                  "  knownTypeFields:\n  - {field: spec, type: core/v1/PodSpec}\n"
                  "ConfigMap:\n  ignoreResourceUpdates: |\n    jsonPointers: [/data]\n"
                  "'*/*':\n  ignoreDifferences: |\n    managedFieldsManagers: [vpa]\n",
                  "resource.customizations.ignoreDifferences.apps_Deployment",
                  "jsonPointers: [/spec/paused]\nmanagedFieldsManagers: [kcm]\n",
                  "resource.customizations.ignoreDifferences.admissionregistration.k8s.io_Webhook",
                  "jqPathExpressions:\n- '.webhooks[]?.clientConfig.caBundle'\n",
                  "resource.customizations.health.argoproj.io_Application", "return {}");
    cleanup_settings struct settings *s = settings_parse(data, "argocd", NULL, NULL);

    EXPECT_INT(s->problems.len, 0);
    expect_json(s->ignore_differences,
                "{'apps/Deployment': {'jsonPointers': ['/spec/paused'], 'managedFieldsManagers': "
                "['kcm']}, '*.crossplane.io/*': {'jqPathExpressions': ['.spec.x']}, 'all': "
                "{'managedFieldsManagers': ['vpa']}, 'admissionregistration.k8s.io/Webhook': "
                "{'jqPathExpressions': ['.webhooks[]?.clientConfig.caBundle']}}");
    expect_json(s->known_type_fields,
                "{'*.crossplane.io/*': [{'field': 'spec', 'type': 'core/v1/PodSpec'}]}");
    expect_json(pointers(s->ignore_updates, "/ConfigMap"), "['/data']");
    expect_json(pointers(s->ignore_updates, "all"), "['/status']");
}

static void expect_problem(const char *key, const char *value, const char *part)
{
    cleanup_settings struct settings *s = with(key, value, NULL);
    cleanup_free char *start = xasprintf("ConfigMap argocd/argocd-cm, key %s: ", key);

    if (s->problems.len != 1)
        fail_msg("%s: %zu problems, not one", key, s->problems.len);
    if (!str_has_prefix(s->problems.items[0], start) || !strstr(s->problems.items[0], part) ||
        !strstr(s->problems.items[0], "the default stays in use until the value is corrected"))
        fail_msg("%s: %s", key, s->problems.items[0]);
}

TEST(a_malformed_value_is_told_with_its_key)
{
    expect_problem("resource.exclusions", "- kinds: Secret", "rule 1: kinds is not a list");
    expect_problem("resource.exclusions", "kinds: [Secret]", "not a list of rules");
    expect_problem("resource.exclusions", "- apiGroups: ['[a']", "apiGroups[0]");
    expect_problem("resource.inclusions", "a: [", "value:");
    expect_problem("application.resourceTrackingMethod", "labels", "\"labels\" is none of");
    expect_problem("application.instanceLabelKey", "a b", "not the key of a label");
    expect_problem("resource.compareoptions", "ignoreAggregatedRoles: maybe", "neither true nor");
    expect_problem("resource.compareoptions", "ignoreResourceStatusField: some", "none of all");
    expect_problem("resource.ignoreResourceUpdatesEnabled", "ja", "neither true nor false");
    expect_problem("resource.respectRBAC", "on", "neither normal nor strict");
    expect_problem("resource.customizations.ignoreDifferences.a_b_C", "{}", "more than one");
    expect_problem("resource.customizations.ignoreDifference.C", "{}", "no customization named");
    expect_problem("resource.customizations.ignoreDifferences.C", "jsonPointers: [a]",
                   "does not start with");
    expect_problem("resource.customizations.ignoreDifferences.C", "jsonPointers: /a", "not a list");
    expect_problem("resource.customizations.ignoreResourceUpdates.all", "[1]", "not a map");
    expect_problem("resource.customizations.knownTypeFields.C", "[{field: a}]", "field and type");
    expect_problem("resource.customizations", "a/b/c: {}", "not GROUP/KIND");
    expect_problem("resource.customizations", "C:\n  ignoreDifferences: {jsonPointers: [/a]}",
                   "ignoreDifferences is not a string");
}

TEST(a_malformed_value_keeps_the_last_good_one_and_other_keys_go_on)
{
    cleanup_settings struct settings *first =
        with("resource.exclusions", "- kinds: [Secret]", NULL);
    cleanup_json json_t *bad = json_pack("{s:s, s:s}", "resource.exclusions", "- kinds: Secret",
                                         "application.resourceTrackingMethod", "label");
    cleanup_settings struct settings *second = settings_parse(bad, "argocd", NULL, first);
    cleanup_settings struct settings *third = settings_parse(bad, "argocd", NULL, second);
    cleanup_settings struct settings *gone = settings_parse(NULL, "argocd", NULL, third);

    EXPECT(settings_excludes(second, "", "Secret"));
    EXPECT_INT(second->tracking.method, TRACK_LABEL);
    EXPECT_INT(second->problems.len, 1);
    EXPECT_CONTAINS(second->problems.items[0], "the last good value stays");
    EXPECT(settings_excludes(third, "", "Secret"));
    EXPECT(!(settings_excludes(gone, "", "Secret")));
    EXPECT(settings_excludes(gone, "", "Endpoints"));
    EXPECT_INT(gone->problems.len, 0);
}

TEST(a_malformed_rule_of_updates_keeps_the_shipped_one)
{
    cleanup_settings struct settings *s =
        with("resource.customizations.ignoreResourceUpdates.all", "[1]", NULL);

    expect_json(pointers(s->ignore_updates, "all"), "['/status']");
}

TEST(nothing_of_a_malformed_map_of_customizations_counts)
{
    cleanup_settings struct settings *s = with(
        "resource.customizations",
        "A:\n  ignoreDifferences: 'jsonPointers: [/a]'\nB:\n  ignoreDifferences: '[1]'\n", NULL);

    EXPECT_INT(s->problems.len, 1);
    EXPECT_CONTAINS(s->problems.items[0], "B: ignoreDifferences: it is not a map");
    EXPECT_INT(json_object_size(s->ignore_differences), 0);
}

TEST(the_single_values_are_read)
{
    cleanup_json json_t *data =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "application.resourceTrackingMethod",
                  "annotation+label", "application.instanceLabelKey", "mycompany.com/app",
                  "installationID", "eu-1", "resource.compareoptions",
                  "ignoreAggregatedRoles: true\nignoreResourceStatusField: off\n"
                  "ignoreDifferencesOnResourceUpdates: false\n",
                  "resource.ignoreResourceUpdatesEnabled", "false", "resource.respectRBAC",
                  "strict", "resource.sensitive.mask.annotations", "a.io/token, b.io/token");
    cleanup_settings struct settings *s = settings_parse(data, "argocd", NULL, NULL);

    EXPECT_INT(s->problems.len, 0);
    EXPECT_INT(s->tracking.method, TRACK_BOTH);
    EXPECT_STR(s->tracking.label_key, "mycompany.com/app");
    EXPECT_STR(s->tracking.installation_id, "eu-1");
    EXPECT(s->ignore_aggregated_roles);
    EXPECT_INT(s->ignore_status, IGNORE_STATUS_NONE);
    EXPECT(!(s->ignore_differences_on_updates));
    EXPECT(!(s->ignore_updates_enabled));
    EXPECT_INT(s->respect_rbac, RBAC_STRICT);
    EXPECT_INT(s->mask_annotations.len, 2);
    EXPECT_STR(s->mask_annotations.items[1], "b.io/token");
}

TEST(the_hash_tells_whether_anything_in_use_changed)
{
    cleanup_settings struct settings *none = settings_default();
    cleanup_settings struct settings *other = with("url", "https://argocd.example.org", NULL);
    cleanup_settings struct settings *label =
        with("application.resourceTrackingMethod", "label", NULL);

    EXPECT(none->hash == other->hash);
    EXPECT(!(none->hash == label->hash));
}
