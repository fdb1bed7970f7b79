/* SPDX-License-Identifier: Apache-2.0 */
/* parts: what tests of the daemon's parts stand on: JSON with single quotes, a small cluster's
 * discovery, an application that is not run by a daemon. */
#ifndef GITOPSD_TESTS_DAEMON_PARTS_H
#define GITOPSD_TESTS_DAEMON_PARTS_H

#include "daemon/app/app.h"
#include "daemon/app_object.h"
#include "daemon/compare/judge.h"
#include "daemon/daemon.h"
#include "daemon/object/identity.h"
#include "daemon/options/options.h"
#include "lib/doc/yaml.h"
#include "lib/kube/discovery_table.h"
#include "tests/test.h"

#define PARTS_CONTROL_NAMESPACE "argocd"

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

/* "PLURAL GROUP VERSION KIND SCOPE", groups together. */
#define PARTS_KINDS                                                                                \
    {"namespaces", "", "v1", "Namespace", "Cluster"},                                              \
        {"configmaps", "", "v1", "ConfigMap", "Namespaced"},                                       \
        {"secrets", "", "v1", "Secret", "Namespaced"},                                             \
        {"services", "", "v1", "Service", "Namespaced"}, {"pods", "", "v1", "Pod", "Namespaced"},  \
        {"persistentvolumeclaims", "", "v1", "PersistentVolumeClaim", "Namespaced"},               \
        {"persistentvolumes", "", "v1", "PersistentVolume", "Cluster"},                            \
        {"deployments", "apps", "v1", "Deployment", "Namespaced"},                                 \
        {"replicasets", "apps", "v1", "ReplicaSet", "Namespaced"},                                 \
        {"statefulsets", "apps", "v1", "StatefulSet", "Namespaced"},                               \
        {"jobs", "batch", "v1", "Job", "Namespaced"},                                              \
        {"applications", "argoproj.io", "v1alpha1", "Application", "Namespaced"},                  \
        {"appprojects", "argoproj.io", "v1alpha1", "AppProject", "Namespaced"},                    \
    {                                                                                              \
        "customresourcedefinitions", "apiextensions.k8s.io", "v1", "CustomResourceDefinition",     \
            "Cluster"                                                                              \
    }

/* What a small API server serves, each kind with these verbs. */
PART struct kube_discovery *parts_discovery_with(const char *verbs)
{
    static const char *const kinds[][5] = {PARTS_KINDS};
    cleanup_json json_t *groups = json_array();
    cleanup_json json_t *answer = NULL;
    struct group_versions list = {0};
    const struct group_versions *lists[] = {&list};
    struct error *err = NULL;
    struct kube_discovery *d;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const char *const *k = kinds[i];
        json_t *group;

        if (i == 0 || !streq(k[1], kinds[i - 1][1]))
            json_array_append_new(groups, parsef("{'metadata': {'name': '%s'}, 'versions': "
                                                 "[{'version': '%s', 'resources': []}]}",
                                                 k[1], k[2]));
        group = json_array_get(groups, json_array_size(groups) - 1);
        json_array_append_new(
            json_object_get(json_array_get(json_object_get(group, "versions"), 0), "resources"),
            parsef("{'resource': '%s', 'responseKind': {'group': '%s', 'version': '%s', 'kind': "
                   "'%s'}, 'scope': '%s', 'verbs': [%s]}",
                   k[0], k[1], k[2], k[3], k[4], verbs));
    }
    answer = json_pack("{s:s, s:s, s:O}", "kind", "APIGroupDiscoveryList", "apiVersion",
                       "apidiscovery.k8s.io/v2", "items", groups);
    EXPECT_OK(group_versions_read(&list, answer, &err));
    d = kube_discovery_new(lists, 1);
    group_versions_clear(&list);
    return d;
}

PART struct kube_discovery *parts_discovery(void)
{
    return parts_discovery_with("'list', 'watch', 'patch', 'delete'");
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
    static struct options options = {.control_namespace = PARTS_CONTROL_NAMESPACE};
    static struct daemon d = {.options = &options};

    return &d;
}

PART struct app *parts_app(const char *name)
{
    cleanup_json json_t *application = parts_application("argocd", name);

    return app_new(parts_daemon(), PARTS_CONTROL_NAMESPACE, application, false);
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
    kube_discovery_unref(d);
    return set;
}

/* A judge without an API server: it decides at once, or never. */
struct parts_judge {
    uv_loop_t loop;
    struct kube_config config;
    struct kube_client *client;
    struct judge *judge;
};

PART struct judge *parts_judge_start(struct parts_judge *p)
{
    *p = (struct parts_judge){.config = {.server = (char *)"http://127.0.0.1:1"}};
    uv_loop_init(&p->loop);
    p->client = kube_client_new(&p->loop, &p->config, 0);
    return p->judge = judge_new(p->client);
}

/* When nothing is judged any more. */
PART void parts_judge_stop(struct parts_judge *p)
{
    judge_stop(p->judge);
    kube_client_free(p->client);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&p->loop), 0);
    judge_free(p->judge);
}

/* Of an observer that has nobody to tell. */
PART void parts_on_changed(void *arg, struct app *app)
{
    (void)arg;
    (void)app;
}

PART void parts_on_recovered(void *arg)
{
    (void)arg;
}

#endif
