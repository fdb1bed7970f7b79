/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static json_t *live(const char *api_version, const char *kind, const char *ns, const char *name,
                    const char *id)
{
    json_t *o = json_pack("{s:s, s:s, s:{s:s, s:{s:s}}}", "apiVersion", api_version, "kind", kind,
                          "metadata", "name", name, "annotations", TRACKING_ANNOTATION, id);

    if (ns)
        json_object_set_new(json_object_get(o, "metadata"), "namespace", json_string(ns));
    return o;
}

TEST(the_key_has_four_parts_and_no_version)
{
    cleanup_json json_t *o = live("apps/v1", "Deployment", "ns", "web", "x");
    cleanup_json json_t *node = live("v1", "Node", NULL, "n1", "x");
    cleanup_free char *key = object_key_of(o);
    cleanup_free char *node_key = object_key_of(node);

    EXPECT_STR(key, "apps/Deployment/ns/web");
    EXPECT_STR(node_key, "/Node//n1");
}

TEST(an_object_without_kind_or_name_has_no_key)
{
    cleanup_json json_t *no_name = json_pack("{s:s, s:{}}", "kind", "Pod", "metadata");
    cleanup_json json_t *no_kind = json_pack("{s:{s:s}}", "metadata", "name", "a");

    EXPECT_NULL(object_key_of(no_name));
    EXPECT_NULL(object_key_of(no_kind));
    EXPECT_NULL(object_key_of(NULL));
}

TEST(the_api_version_splits_at_its_slash)
{
    cleanup_free char *group = NULL, *version = NULL, *core = NULL, *v1 = NULL;

    api_version_parts("rbac.authorization.k8s.io/v1", &group, &version);
    api_version_parts("v1", &core, &v1);
    EXPECT_STR(group, "rbac.authorization.k8s.io");
    EXPECT_STR(version, "v1");
    EXPECT_STR(core, "");
    EXPECT_STR(v1, "v1");
}

TEST(the_tracking_id_is_argo_cds)
{
    cleanup_free char *core = tracking_id("guestbook", "", "Service", "default", "ui");
    cleanup_free char *app = tracking_id("argo_web", "apps", "Deployment", "prod", "web");

    EXPECT_STR(core, "guestbook:/Service:default/ui");
    EXPECT_STR(app, "argo_web:apps/Deployment:prod/web");
}

TEST(an_object_belongs_to_the_instance_in_its_own_tracking_id_only)
{
    static const struct {
        const char *api_version, *kind, *ns, *name, *id, *instance;
    } cases[] = {
        {"v1", "Service", "default", "ui", "guestbook:/Service:default/ui", "guestbook"},
        {"apps/v1", "Deployment", "prod", "web", "a_web:apps/Deployment:prod/web", "a_web"},
        /* cluster-scoped: any namespace */
        {"v1", "Node", NULL, "n1", "web:/Node:prod/n1", "web"},
        {"rbac.authorization.k8s.io/v1", "ClusterRole", NULL, "a:b",
         "web:rbac.authorization.k8s.io/ClusterRole:prod/a:b", "web"},
        /* copied from another object */
        {"v1", "Service", "default", "ui2", "guestbook:/Service:default/ui", NULL},
        {"v1", "Service", "other", "ui", "guestbook:/Service:default/ui", NULL},
        {"v1", "Service", "def", "ui", "guestbook:/Service:default/ui", NULL},
        {"v1", "Endpoints", "default", "ui", "guestbook:/Service:default/ui", NULL},
        {"apps/v1", "Service", "default", "ui", "guestbook:/Service:default/ui", NULL},
        {"apps/v1", "ReplicaSet", "p", "web-1", "web:apps/Deployment:p/web", NULL},
        /* malformed */
        {"v1", "Service", "default", "ui", "", NULL},
        {"v1", "Service", "default", "ui", "guestbook", NULL},
        {"v1", "Service", "default", "ui", "guestbook:/Service", NULL},
        {"v1", "Service", "default", "ui", "guestbook:/Service:ui", NULL},
        {"v1", "Service", "default", "ui", ":/Service:default/ui", NULL},
        {"v1", "Service", "default", "ui", "guestbook:Service:default/ui", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_json json_t *o =
            live(cases[i].api_version, cases[i].kind, cases[i].ns, cases[i].name, cases[i].id);
        cleanup_free char *instance = tracking_instance(o, NULL);

        if (!streq(instance, cases[i].instance))
            fail_msg("%s on %s %s: %s", cases[i].id, cases[i].kind, cases[i].name,
                     instance ? instance : "(none)");
    }
}

TEST(an_object_without_annotations_belongs_to_nobody)
{
    cleanup_json json_t *o = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "Pod",
                                       "metadata", "name", "a");

    EXPECT_NULL(tracking_instance(o, NULL));
    EXPECT_STR(object_annotation(o, "x"), "");
    EXPECT_STR(object_string(o, "metadata"), "");
}

TEST(kinds_are_written_in_argo_cds_order)
{
    EXPECT_INT(kind_rank("Namespace"), 0);
    EXPECT(kind_rank("ServiceAccount") < kind_rank("Secret"));
    EXPECT(kind_rank("CustomResourceDefinition") < kind_rank("ClusterRole"));
    EXPECT(kind_rank("Service") < kind_rank("Deployment"));
    EXPECT(kind_rank("Deployment") < kind_rank("StatefulSet"));
    EXPECT(kind_rank("Ingress") < kind_rank("APIService"));
    EXPECT(kind_rank("APIService") < kind_rank("Widget"));
    EXPECT_INT(kind_rank("Widget"), kind_rank("Gadget"));
}

static struct tracking tracking(enum tracking_method method, const char *installation)
{
    return (struct tracking){.method = method,
                             .label_key = (char *)"app.kubernetes.io/instance",
                             .installation_id = (char *)installation};
}

static json_t *marked(const char *id, const char *label, const char *installation)
{
    json_t *o = live("v1", "Service", "default", "ui", id);
    json_t *metadata = json_object_get(o, "metadata");

    if (label)
        json_object_set_new(metadata, "labels",
                            json_pack("{s:s}", "app.kubernetes.io/instance", label));
    if (installation)
        json_object_set_new(json_object_get(metadata, "annotations"), INSTALLATION_ANNOTATION,
                            json_string(installation));
    return o;
}

TEST(the_method_says_which_mark_counts)
{
    static const struct {
        enum tracking_method method;
        const char *ours;
        const char *id, *label, *installation;
        const char *instance, *foreign;
    } cases[] = {
        {TRACK_ANNOTATION, "", "a:/Service:default/ui", "b", NULL, "a", NULL},
        {TRACK_BOTH, "", "a:/Service:default/ui", "b", NULL, "a", NULL},
        {TRACK_BOTH, "", "", "b", NULL, NULL, NULL},
        {TRACK_LABEL, "", "a:/Service:default/ui", "b", NULL, "b", NULL},
        {TRACK_LABEL, "", "a:/Service:default/ui", NULL, NULL, NULL, NULL},
        /* a label cannot be checked, and no installation is written with it */
        {TRACK_LABEL, "eu", "", "b", "us", "b", NULL},
        {TRACK_ANNOTATION, "eu", "a:/Service:default/ui", NULL, "eu", "a", NULL},
        {TRACK_ANNOTATION, "eu", "a:/Service:default/ui", NULL, NULL, NULL, NULL},
        {TRACK_ANNOTATION, "eu", "a:/Service:default/ui", NULL, "us", NULL, "a (installation us)"},
        /* a copied id says nothing of anybody */
        {TRACK_ANNOTATION, "eu", "a:/Service:default/other", NULL, "us", NULL, NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tracking t = tracking(cases[i].method, cases[i].ours);
        cleanup_json json_t *o = marked(cases[i].id, cases[i].label, cases[i].installation);
        cleanup_free char *instance = tracking_instance(o, &t);
        cleanup_free char *foreign = tracking_foreign_instance(o, &t);

        if (!streq(instance, cases[i].instance) || !streq(foreign, cases[i].foreign))
            fail_msg("case %zu: %s, %s", i, instance ? instance : "(none)",
                     foreign ? foreign : "(none)");
    }
}

TEST(without_an_installation_of_ours_another_one_is_foreign_and_still_names_its_application)
{
    struct tracking t = tracking(TRACK_ANNOTATION, "");
    cleanup_json json_t *o = marked("a:/Service:default/ui", NULL, "us");
    cleanup_free char *foreign = tracking_foreign_instance(o, &t);

    EXPECT_STR(foreign, "a (installation us)");
    EXPECT_NULL(tracking_instance(o, &t));
}

TEST(what_belongs_to_another_object_belongs_to_no_application)
{
    struct tracking label = tracking(TRACK_LABEL, "");
    cleanup_json json_t *o = marked("a:/Service:default/ui", "a", NULL);

    json_object_set_new(json_object_get(o, "metadata"), "ownerReferences",
                        json_pack("[{s:s}]", "kind", "Widget"));
    EXPECT_NULL(tracking_instance(o, NULL));
    EXPECT_NULL(tracking_instance(o, &label));
}

static void expect_written(enum tracking_method method, const char *installation,
                           const char *expected)
{
    static const char name[] =
        "a-name-that-is-longer-than-the-sixty-three-bytes-a-label-may-have-at-most";
    struct tracking t = tracking(method, installation);
    cleanup_json json_t *metadata =
        json_pack("{s:{s:s}}", "annotations", INSTALLATION_ANNOTATION, "old");
    cleanup_free char *text = NULL;

    tracking_write(metadata, name, "ID", &t);
    text = json_dumps(metadata, JSON_COMPACT | JSON_SORT_KEYS);
    EXPECT_STR(text, expected);
}

TEST(the_marks_are_written_by_the_method)
{
    expect_written(TRACK_ANNOTATION, "",
                   "{\"annotations\":{\"argocd.argoproj.io/tracking-id\":\"ID\"}}");
    expect_written(TRACK_ANNOTATION, "eu",
                   "{\"annotations\":{\"argocd.argoproj.io/installation-id\":\"eu\","
                   "\"argocd.argoproj.io/tracking-id\":\"ID\"}}");
    expect_written(TRACK_BOTH, "",
                   "{\"annotations\":{\"argocd.argoproj.io/tracking-id\":\"ID\"},\"labels\":{"
                   "\"app.kubernetes.io/instance\":\"a-name-that-is-longer-than-the-sixty-three-"
                   "bytes-a-label-may-ha\"}}");
    expect_written(TRACK_LABEL, "",
                   "{\"annotations\":{\"argocd.argoproj.io/installation-id\":\"old\"},"
                   "\"labels\":{\"app.kubernetes.io/instance\":\"a-name-that-is-longer-than-the-"
                   "sixty-three-bytes-a-label-may-have-at-most\"}}");
}
