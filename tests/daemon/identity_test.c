/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/identity.h"
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
        cleanup_free char *instance = tracking_instance(o);

        if (!streq(instance, cases[i].instance))
            fail_msg("%s on %s %s: %s", cases[i].id, cases[i].kind, cases[i].name,
                     instance ? instance : "(none)");
    }
}

TEST(an_object_without_annotations_belongs_to_nobody)
{
    cleanup_json json_t *o = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "Pod",
                                       "metadata", "name", "a");

    EXPECT_NULL(tracking_instance(o));
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
