/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/project/project.h"
#include "tests/daemon/parts.h"

static const struct project_cluster own = {.servers = {"https://kubernetes.default.svc"},
                                           .names = {"in-cluster", "eu-west"}};

/* `spec` in JSON with single quotes. */
static struct project *project(const char *spec)
{
    cleanup_json json_t *object =
        parsef("{'metadata': {'name': 'team', 'labels': {'tier': 'gold'}}, 'spec': %s}", spec);
    struct project *p = NULL;
    struct error *err = NULL;

    EXPECT_OK(project_parse(object, &p, &err));
    return p;
}

static char *problem(const char *spec)
{
    cleanup_json json_t *object = parsef("{'metadata': {'name': 'team'}, 'spec': %s}", spec);
    cleanup_project struct project *p = NULL;
    struct error *err = NULL;
    char *text;

    EXPECT_INT(project_parse(object, &p, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_INVALID);
    text = xstrdup(error_message(err));
    error_free(err);
    return text;
}

/* ---- source repositories ---- */

TEST(source_repositories)
{
    static const struct {
        const char *list;
        const char *url;
        bool permitted;
    } rows[] = {
        {"[]", "https://git.example.com/a/b", false},
        {"['*']", "https://git.example.com/a/b", true},
        {"['https://git.example.com/a/b']", "https://git.example.com/a/b", true},
        {"['https://git.example.com/a/b']", "https://git.example.com/a/b.git", true},
        {"['https://git.example.com/a/b.git']", "https://git.example.com/a/b/", true},
        {"['https://git.example.com/A/b']", "HTTPS://GIT.example.com/a/B", true},
        {"['https://git.example.com/a/b']", "https://git.example.com/a/c", false},
        {"['https://git.example.com/a/*']", "https://git.example.com/a/b", true},
        {"['https://git.example.com/a/*']", "https://git.example.com/a/b/c", false},
        {"['https://git.example.com/a/**']", "https://git.example.com/a/b/c", true},
        {"['https://git.example.com/*']", "https://git.example.com/a/b", false},
        {"['https://git.example.com/**']", "https://git.example.com/a/b", true},
        {"['https://*.example.com/**']", "https://git.example.com/a/b", true},
        {"['https://git.example.com/{a,b}/*']", "https://git.example.com/b/x", true},
        {"['git@git.example.com:a/b.git']", "ssh://git@git.example.com/a/b", true},
        {"['ssh://git@git.example.com/a/*']", "git@git.example.com:a/b", true},
        {"['https://git.example.com/a/b']", "git@git.example.com:a/b", false},
        {"['*', '!https://git.example.com/a/*']", "https://git.example.com/a/b", false},
        {"['*', '!https://git.example.com/a/*']", "https://git.example.com/b/b", true},
        {"['!https://git.example.com/a/*', '*']", "https://git.example.com/a/b", false},
        {"['!https://git.example.com/a/*']", "https://git.example.com/a/b", false},
        /* The quirk: only denied entries permit all that they do not deny. */
        {"['!https://git.example.com/a/*']", "https://git.example.com/b/b", true},
        {"['https://x.test/a', 'https://git.example.com/a/b']", "https://git.example.com/a/b",
         true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *spec = xasprintf("{'sourceRepos': %s}", rows[i].list);
        cleanup_project struct project *p = project(spec);

        if (project_permits_source(p, rows[i].url) != rows[i].permitted)
            fail_msg("row %zu: %s, %s", i, rows[i].list, rows[i].url);
    }
}

/* ---- destinations ---- */

TEST(destinations)
{
    static const char *server = "https://kubernetes.default.svc";
    static const struct {
        const char *list;
        const char *namespace;
        bool permitted;
    } rows[] = {
        {"[]", "web", false},
        {"[{'server': '*', 'namespace': '*'}]", "web", true},
        {"[{'server': '*', 'namespace': '*'}]", "", true},
        {"[{'server': 'SERVER', 'namespace': 'web'}]", "web", true},
        {"[{'server': 'SERVER', 'namespace': 'web'}]", "api", false},
        {"[{'server': 'SERVER', 'namespace': 'web-*'}]", "web-1", true},
        {"[{'server': 'SERVER', 'namespace': 'web-*'}]", "web", false},
        {"[{'server': 'https://elsewhere.test', 'namespace': '*'}]", "web", false},
        {"[{'name': 'in-cluster', 'namespace': '*'}]", "web", true},
        {"[{'name': 'eu-west', 'namespace': '*'}]", "web", true},
        {"[{'name': 'eu-*', 'namespace': '*'}]", "web", true},
        {"[{'name': 'us-west', 'namespace': '*'}]", "web", false},
        /* An empty pattern matches an empty value only. */
        {"[{'server': 'SERVER'}]", "web", false},
        {"[{'server': 'SERVER'}]", "", true},
        {"[{'namespace': 'web'}]", "web", false},
        /* Denials. */
        {"[{'server': '*', 'namespace': '*'}, {'server': '*', 'namespace': '!kube-system'}]",
         "kube-system", false},
        {"[{'server': '*', 'namespace': '*'}, {'server': '*', 'namespace': '!kube-system'}]", "web",
         true},
        {"[{'server': '*', 'namespace': '!kube-system'}]", "web", true},
        {"[{'server': '*', 'namespace': '!kube-*'}, {'server': '*', 'namespace': '*'}]",
         "kube-public", false},
        {"[{'server': '!SERVER', 'namespace': '*'}]", "web", false},
        {"[{'server': '*', 'namespace': '*'}, {'server': '!SERVER', 'namespace': 'web'}]", "web",
         false},
        {"[{'server': '*', 'namespace': '*'}, {'server': '!SERVER', 'namespace': 'web'}]", "api",
         true},
        {"[{'server': '!https://elsewhere.test', 'namespace': '*'}]", "web", true},
        {"[{'server': '*', 'namespace': '*'}, {'name': '!eu-west', 'namespace': '*'}]", "web",
         false},
        {"[{'server': '*', 'namespace': '*'}, {'name': '!us-west', 'namespace': 'x'}]", "web",
         true},
        {"[{'server': 'https://elsewhere.test', 'namespace': '!web'}, "
         "{'server': 'SERVER', 'namespace': '*'}]",
         "web", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *spec = xasprintf("{'destinations': %s}", rows[i].list);
        cleanup_project struct project *p = NULL;
        char *at;

        while ((at = strstr(spec, "SERVER"))) {
            char *with = xasprintf("%.*s%s%s", (int)(at - spec), spec, server, at + 6);

            free(spec);
            spec = with;
        }
        p = project(spec);
        if (project_permits_destination(p, &own, rows[i].namespace) != rows[i].permitted)
            fail_msg("row %zu: %s, namespace %s", i, rows[i].list, rows[i].namespace);
    }
}

/* ---- kinds ---- */

TEST(kinds)
{
    static const struct {
        const char *spec;
        const char *group;
        const char *kind;
        const char *name;
        bool namespaced;
        bool permitted;
    } rows[] = {
        /* Namespaced: a list that is absent allows all, an empty one nothing. */
        {"{}", "", "ConfigMap", "a", true, true},
        {"{'namespaceResourceWhitelist': null}", "", "ConfigMap", "a", true, true},
        {"{'namespaceResourceWhitelist': []}", "", "ConfigMap", "a", true, false},
        {"{'namespaceResourceWhitelist': [{'group': '', 'kind': 'ConfigMap'}]}", "", "ConfigMap",
         "a", true, true},
        {"{'namespaceResourceWhitelist': [{'group': '', 'kind': 'ConfigMap'}]}", "", "Secret", "a",
         true, false},
        {"{'namespaceResourceWhitelist': [{'group': 'apps', 'kind': '*'}]}", "apps", "Deployment",
         "a", true, true},
        {"{'namespaceResourceWhitelist': [{'group': 'apps', 'kind': '*'}]}", "batch", "Job", "a",
         true, false},
        {"{'namespaceResourceWhitelist': [{'group': '*', 'kind': '*Set'}]}", "apps", "ReplicaSet",
         "a", true, true},
        {"{'namespaceResourceBlacklist': [{'group': '', 'kind': 'Service'}]}", "", "Service", "a",
         true, false},
        {"{'namespaceResourceBlacklist': [{'group': '', 'kind': 'Service'}]}", "", "ConfigMap", "a",
         true, true},
        {"{'namespaceResourceBlacklist': [{'group': '', 'kind': 'Service'}]}", "x.io", "Service",
         "a", true, true},
        {"{'namespaceResourceBlacklist': []}", "", "Service", "a", true, true},
        {"{'namespaceResourceWhitelist': [{'group': '*', 'kind': '*'}], "
         "'namespaceResourceBlacklist': [{'group': '', 'kind': 'Secret'}]}",
         "", "Secret", "a", true, false},
        /* Cluster-scoped: nothing listed, nothing allowed. */
        {"{}", "", "Namespace", "a", false, false},
        {"{'clusterResourceWhitelist': []}", "", "Namespace", "a", false, false},
        {"{'clusterResourceWhitelist': [{'group': '', 'kind': 'Namespace'}]}", "", "Namespace", "a",
         false, true},
        {"{'clusterResourceWhitelist': [{'group': '', 'kind': 'Namespace'}]}",
         "rbac.authorization.k8s.io", "ClusterRole", "a", false, false},
        {"{'clusterResourceWhitelist': [{'group': 'rbac.*', 'kind': 'Cluster*'}]}",
         "rbac.authorization.k8s.io", "ClusterRole", "a", false, true},
        {"{'clusterResourceWhitelist': [{'group': '', 'kind': 'Namespace', 'name': 'team-*'}]}", "",
         "Namespace", "team-a", false, true},
        {"{'clusterResourceWhitelist': [{'group': '', 'kind': 'Namespace', 'name': 'team-*'}]}", "",
         "Namespace", "kube-system", false, false},
        {"{'clusterResourceWhitelist': [{'group': '*', 'kind': '*'}], "
         "'clusterResourceBlacklist': [{'group': '', 'kind': 'Namespace'}]}",
         "", "Namespace", "a", false, false},
        {"{'clusterResourceWhitelist': [{'group': '*', 'kind': '*'}], "
         "'clusterResourceBlacklist': [{'group': '', 'kind': 'Namespace', 'name': 'kube-*'}]}",
         "", "Namespace", "kube-system", false, false},
        {"{'clusterResourceWhitelist': [{'group': '*', 'kind': '*'}], "
         "'clusterResourceBlacklist': [{'group': '', 'kind': 'Namespace', 'name': 'kube-*'}]}",
         "", "Namespace", "web", false, true},
        /* The lists of one scope do not concern the other. */
        {"{'namespaceResourceWhitelist': [{'group': '', 'kind': 'Namespace'}]}", "", "Namespace",
         "a", false, false},
        {"{'clusterResourceBlacklist': [{'group': '', 'kind': 'ConfigMap'}]}", "", "ConfigMap", "a",
         true, true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_project struct project *p = project(rows[i].spec);

        if (project_permits_kind(p, rows[i].group, rows[i].kind, rows[i].name,
                                 rows[i].namespaced) != rows[i].permitted)
            fail_msg("row %zu: %s, %s/%s", i, rows[i].spec, rows[i].group, rows[i].kind);
    }
}

TEST(a_refusal_names_the_project_and_what_it_does_not_permit)
{
    cleanup_project struct project *p =
        project("{'destinations': [{'server': '*', 'namespace': 'ref'}], "
                "'namespaceResourceBlacklist': [{'group': '', 'kind': 'Service'}]}");
    cleanup_free char *kind = project_refusal(p, &own, "", "Service", "ref", "s");
    cleanup_free char *namespace = project_refusal(p, &own, "", "ConfigMap", "default", "a");
    cleanup_free char *cluster =
        project_refusal(p, &own, "apiextensions.k8s.io", "CustomResourceDefinition", "", "a.b.c");

    EXPECT_STR(kind, "resource :Service is not permitted in project team");
    EXPECT_STR(namespace, "namespace default is not permitted in project 'team'");
    EXPECT_STR(cluster, "resource apiextensions.k8s.io:CustomResourceDefinition is not permitted "
                        "in project team");
    EXPECT_NULL(project_refusal(p, &own, "", "ConfigMap", "ref", "a"));
}

/* ---- Applications in other namespaces ---- */

TEST(namespaces_of_applications)
{
    static const struct {
        const char *list;
        const char *namespace;
        bool permitted;
    } rows[] = {
        {"[]", "argocd", true},
        {"[]", "team-a", false},
        {"['team-a']", "team-a", true},
        {"['team-*']", "team-a", true},
        {"['team-*']", "other", false},
        {"['/^team-[ab]$/']", "team-a", true},
        {"['/^team-[ab]$/']", "team-c", false},
        {"['/am-/']", "team-c", true},
        {"['/(/']", "team-c", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *spec = xasprintf("{'sourceNamespaces': %s}", rows[i].list);
        cleanup_project struct project *p = project(spec);

        if (project_permits_app_namespace(p, "argocd", rows[i].namespace) != rows[i].permitted)
            fail_msg("row %zu: %s, %s", i, rows[i].list, rows[i].namespace);
    }
}

/* ---- the default project, and global ones ---- */

TEST(the_default_project_permits_everything_but_applications_elsewhere)
{
    cleanup_project struct project *p = project_default();

    EXPECT_STR(p->name, "default");
    EXPECT(project_permits_source(p, "https://git.example.com/a/b"));
    EXPECT(project_permits_destination(p, &own, "anything"));
    EXPECT(project_permits_kind(p, "", "Namespace", "a", false));
    EXPECT(project_permits_kind(p, "apps", "Deployment", "a", true));
    EXPECT(project_permits_app_namespace(p, "argocd", "argocd"));
    EXPECT(!project_permits_app_namespace(p, "argocd", "team"));
    EXPECT(!p->has_policies);
    EXPECT(!p->watches_orphans);
}

TEST(a_global_project_adds_its_lists)
{
    cleanup_project struct project *p = project("{'sourceRepos': ['https://x.test/a']}");
    cleanup_project struct project *global =
        project("{'sourceRepos': ['https://x.test/b'], "
                "'destinations': [{'server': '*', 'namespace': 'web'}], "
                "'clusterResourceWhitelist': [{'group': '', 'kind': 'Namespace'}], "
                "'namespaceResourceWhitelist': [{'group': '', 'kind': 'ConfigMap'}], "
                "'namespaceResourceBlacklist': [{'group': '', 'kind': 'Secret'}], "
                "'syncWindows': [{'kind': 'deny'}], 'destinationServiceAccounts': [{'server': "
                "'*', 'namespace': '*', 'defaultServiceAccount': 'deployer'}]}");

    project_merge(p, global);
    EXPECT(project_permits_source(p, "https://x.test/a"));
    EXPECT(project_permits_source(p, "https://x.test/b"));
    EXPECT(project_permits_destination(p, &own, "web"));
    EXPECT(project_permits_kind(p, "", "Namespace", "a", false));
    EXPECT(project_permits_kind(p, "", "ConfigMap", "a", true));
    EXPECT(!project_permits_kind(p, "", "Service", "a", true));
    EXPECT(!project_permits_kind(p, "", "Secret", "a", true));
    EXPECT_INT(json_array_size(p->window_list), 1);
    EXPECT_INT(p->account_count, 1);
}

/* ---- service accounts ---- */

TEST(service_accounts)
{
    static const struct {
        const char *list;
        const char *namespace;
        const char *user; /* NULL: none */
    } rows[] = {
        {"[]", "web", NULL},
        {"[{'server': '*', 'namespace': '*', 'defaultServiceAccount': 'deployer'}]", "web",
         "system:serviceaccount:web:deployer"},
        {"[{'server': '*', 'namespace': '*', 'defaultServiceAccount': 'ops:deployer'}]", "web",
         "system:serviceaccount:ops:deployer"},
        {"[{'server': '*', 'namespace': '*', 'defaultServiceAccount': 'deployer'}]", "",
         "system:serviceaccount:argocd:deployer"},
        {"[{'server': '*', 'namespace': 'api', 'defaultServiceAccount': 'a'}, "
         "{'server': '*', 'namespace': 'web', 'defaultServiceAccount': 'b'}, "
         "{'server': '*', 'namespace': '*', 'defaultServiceAccount': 'c'}]",
         "web", "system:serviceaccount:web:b"},
        {"[{'server': 'https://elsewhere.test', 'namespace': '*', 'defaultServiceAccount': 'a'}]",
         "web", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *spec = xasprintf("{'destinationServiceAccounts': %s}", rows[i].list);
        cleanup_project struct project *p = project(spec);
        cleanup_free char *user = NULL;
        struct error *err = NULL;

        EXPECT_OK(project_service_account(p, &own, rows[i].namespace, "argocd", &user, &err));
        if (!streq(user, rows[i].user))
            fail_msg("row %zu: %s", i, user ? user : "none");
    }
}

TEST(a_service_account_whose_name_cannot_be_one_is_refused)
{
    static const char *const names[] = {"*", "a!b", "a/b", "[a]", "{a}", "a\\\\b", ""};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cleanup_free char *spec =
            xasprintf("{'destinationServiceAccounts': [{'server': '*', 'namespace': '*', "
                      "'defaultServiceAccount': '%s'}]}",
                      names[i]);
        cleanup_project struct project *p = project(spec);
        cleanup_error struct error *err = NULL;
        cleanup_free char *user = NULL;

        EXPECT_INT(project_service_account(p, &own, "web", "argocd", &user, &err), -1);
        EXPECT_CONTAINS(error_message(err), "default service account contains invalid chars");
    }
}

/* ---- source integrity ---- */

static const struct project_policy *policy(const struct project *p, const char *url)
{
    const struct project_policy *found = NULL;
    struct error *err = NULL;

    EXPECT_OK(project_policy_for(p, url, &found, &err));
    return found;
}

TEST(signature_keys_are_one_policy_for_the_head_of_every_repository)
{
    cleanup_project struct project *p =
        project("{'signatureKeys': [{'keyID': '4aee18f83afdeb23'}, "
                "{'keyID': '0123456789abcdef0123456789ABCDEF01234567'}]}");
    const struct project_policy *found = policy(p, "https://git.example.com/a/b");

    EXPECT(p->has_policies);
    EXPECT_INT(found->mode, SIGNING_HEAD);
    EXPECT_INT(found->keys.len, 2);
    EXPECT_STR(found->keys.items[0], "4AEE18F83AFDEB23");
    EXPECT_STR(found->keys.items[1], "89ABCDEF01234567");
}

TEST(a_repository_finds_its_policy)
{
    cleanup_project struct project *p =
        project("{'signatureKeys': [{'keyID': '4aee18f83afdeb23'}], 'sourceIntegrity': {'git': "
                "{'policies': ["
                "{'repos': [{'url': 'https://a.test/*'}, {'url': '!https://a.test/free'}], "
                "'gpg': {'mode': 'strict', 'keys': ['4aee18f83afdeb23']}}, "
                "{'repos': [{'url': 'https://*.test/x'}], 'gpg': {'mode': 'none'}}]}}}");
    const struct project_policy *found = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_INT(policy(p, "https://a.test/b.git")->mode, SIGNING_STRICT);
    EXPECT_INT(policy(p, "https://a.test/deep/down")->mode, SIGNING_STRICT);
    EXPECT_INT(policy(p, "https://b.test/x")->mode, SIGNING_NONE);
    EXPECT_NULL(policy(p, "https://a.test/free"));
    EXPECT_NULL(policy(p, "https://elsewhere.org/r"));
    EXPECT_INT(project_policy_for(p, "https://a.test/x", &found, &err), -1);
    EXPECT_STR(error_message(err), "multiple (2) git source integrity policies found for repo URL: "
                                   "https://a.test/x");
}

/* ---- orphans ---- */

TEST(orphans_that_are_ignored)
{
    cleanup_project struct project *p = project(
        "{'orphanedResources': {'warn': true, 'ignore': [{'group': '', 'kind': 'Secret', 'name': "
        "'sh.helm.*'}, {'group': 'cilium.io'}, {'kind': 'ConfigMap', 'name': 'istio-*'}]}}");

    EXPECT(p->watches_orphans);
    EXPECT(p->warns_of_orphans);
    EXPECT(project_ignores_orphan(p, "", "Service", "default", "kubernetes"));
    EXPECT(!project_ignores_orphan(p, "", "Service", "web", "kubernetes"));
    EXPECT(project_ignores_orphan(p, "", "ServiceAccount", "web", "default"));
    EXPECT(project_ignores_orphan(p, "", "ConfigMap", "web", "kube-root-ca.crt"));
    EXPECT(project_ignores_orphan(p, "", "Secret", "web", "sh.helm.release.v1"));
    EXPECT(!project_ignores_orphan(p, "", "Secret", "web", "password"));
    EXPECT(project_ignores_orphan(p, "cilium.io", "Anything", "web", "x"));
    EXPECT(project_ignores_orphan(p, "", "ConfigMap", "web", "istio-ca"));
    EXPECT(!project_ignores_orphan(p, "apps", "Deployment", "web", "x"));
}

/* ---- what cannot be read ---- */

TEST(a_rule_that_cannot_be_read_names_its_place)
{
    static const struct {
        const char *spec;
        const char *part;
    } rows[] = {
        {"{'sourceRepos': 'x'}", "AppProject team: spec.sourceRepos is not a list"},
        {"{'sourceRepos': ['a', 1]}", "spec.sourceRepos[1] is not a text"},
        {"{'destinations': ['x']}", "spec.destinations[0] is not an object"},
        {"{'destinations': [{'server': 1}]}", "spec.destinations[0].server is not a text"},
        {"{'namespaceResourceBlacklist': [{'kind': []}]}",
         "spec.namespaceResourceBlacklist[0].kind is not a text"},
        {"{'signatureKeys': [{'keyID': 'short'}]}", "key \"short\" is neither a key id of 16"},
        {"{'sourceIntegrity': {'git': {'policies': [{'gpg': {'mode': 'some'}}]}}}",
         "spec.sourceIntegrity.git.policies[0]: gpg.mode \"some\" is none of none, head, strict"},
        {"{'syncWindows': {}}", "spec.syncWindows is not a list"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *text = problem(rows[i].spec);

        EXPECT_CONTAINS(text, rows[i].part);
    }
}
