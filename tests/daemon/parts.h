/* SPDX-License-Identifier: Apache-2.0 */
/* parts: what tests of the daemon's parts stand on: JSON with single quotes, a small cluster's
 * discovery, an application that is not run by a daemon. */
#ifndef GITOPSD_TESTS_DAEMON_PARTS_H
#define GITOPSD_TESTS_DAEMON_PARTS_H

#include "daemon/app.h"
#include "daemon/daemon.h"
#include "daemon/identity.h"
#include "lib/doc/yaml.h"
#include "lib/kube/discovery_table.h"
#include "tests/test.h"

#define PART __attribute__((unused)) static

/* JSON in which every ' stands for ". New reference. */
PART json_t *parse(const char *text)
{
    cleanup_free char *quoted = xstrdup(text);
    json_error_t why;
    json_t *value;

    for (char *p = quoted; *p; p++)
        if (*p == '\'')
            *p = '"';
    value = json_loads(quoted, JSON_DECODE_ANY, &why);
    if (!value)
        fail_msg("%s: %s", why.text, text);
    return value;
}

__attribute__((unused, format(printf, 1, 2))) static json_t *parsef(const char *fmt, ...)
{
    cleanup_free char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = xvasprintf(fmt, ap);
    va_end(ap);
    return parse(text);
}

#define PART_KIND(plural, group, version, kind, scope)                                             \
    "{'resource': '" plural "', 'responseKind': {'group': '" group "', 'version': '" version       \
    "', 'kind': '" kind "'}, 'scope': '" scope "', 'verbs': ['list', 'watch', 'patch', 'delete']}"
#define PART_GROUP(group, version, kinds)                                                          \
    "{'metadata': {'name': '" group "'}, 'versions': [{'version': '" version                       \
    "', 'resources': [" kinds "]}]}"

/* What a small API server serves. */
PART struct kube_discovery *parts_discovery(void)
{
    static const char text[] =
        "{'kind': 'APIGroupDiscoveryList', 'apiVersion': 'apidiscovery.k8s.io/v2', 'items': "
        "[" PART_GROUP(
            "", "v1",
            PART_KIND("namespaces", "", "v1", "Namespace", "Cluster") "," PART_KIND("configmaps", "", "v1", "ConfigMap", "Namespaced") "," PART_KIND(
                "secrets", "", "v1", "Secret",
                "Namespaced") "," PART_KIND("services", "", "v1", "Service",
                                            "Namespaced")) "," PART_GROUP("apps", "v1",
                                                                          PART_KIND(
                                                                              "deployments", "apps",
                                                                              "v1", "Deployment",
                                                                              "Namespaced")) "]}";
    cleanup_json json_t *answer = parse(text);
    struct group_versions list = {0};
    const struct group_versions *lists[] = {&list};
    struct error *err = NULL;
    struct kube_discovery *d;

    EXPECT_OK(group_versions_read(&list, answer, &err));
    d = kube_discovery_new(lists, 1);
    group_versions_clear(&list);
    return d;
}

/* An Application as a user writes it. New reference. */
PART json_t *parts_application(const char *ns, const char *name)
{
    return parsef("{'apiVersion': 'argoproj.io/v1alpha1', 'kind': 'Application', 'metadata': "
                  "{'namespace': '%s', 'name': '%s', 'uid': 'uid-%s'}, 'spec': {'source': "
                  "{'repoURL': 'https://git.example.org/r', 'path': 'deploy'}, 'destination': "
                  "{'server': 'https://kubernetes.default.svc', 'namespace': 'fix'}}}",
                  ns, name, name);
}

/* A daemon that has options and nothing else. */
PART struct daemon *parts_daemon(void)
{
    static struct options options = {.control_namespace = "argocd"};
    static struct daemon d = {.options = &options};

    return &d;
}

PART struct app *parts_app(const char *name)
{
    cleanup_json json_t *application = parts_application("argocd", name);

    return app_new(parts_daemon(), application, false);
}

/* A JSON array of objects becomes what the application wants in the namespace "fix". Takes
 * `objects`. */
PART struct desired_set *parts_desired(const char *instance, json_t *objects)
{
    struct kube_discovery *d = parts_discovery();
    struct desired_options options = {.instance = instance, .namespace = "fix", .discovery = d};
    struct desired_set *set = NULL;
    struct error *err = NULL;

    EXPECT_OK(desired_set_build(objects, &options, &set, &err));
    json_decref(objects);
    kube_discovery_unref(d);
    return set;
}

#endif
