/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/identity.h"

static const char *const kinds_in_order[] = {
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
};

int kind_rank(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds_in_order); i++)
        if (streq(kinds_in_order[i], kind))
            return (int)i;
    return (int)ARRAY_LEN(kinds_in_order);
}

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

const char *object_string(const json_t *object, const char *field)
{
    return or_empty(json_string_value(json_object_get(object, field)));
}

const char *object_meta_string(const json_t *object, const char *field)
{
    return object_string(json_object_get(object, "metadata"), field);
}

const char *object_annotation(const json_t *object, const char *name)
{
    return object_string(json_object_get(json_object_get(object, "metadata"), "annotations"), name);
}

char *object_key(const char *group, const char *kind, const char *ns, const char *name)
{
    return xasprintf("%s/%s/%s/%s", or_empty(group), kind, or_empty(ns), name);
}

void api_version_parts(const char *api_version, char **group, char **version)
{
    const char *slash = strchr(api_version, '/');

    *group = slash ? xstrndup(api_version, (size_t)(slash - api_version)) : xstrdup("");
    *version = xstrdup(slash ? slash + 1 : api_version);
}

char *object_key_of(const json_t *object)
{
    const char *kind = object_string(object, "kind");
    const char *name = object_meta_string(object, "name");
    cleanup_free char *group = NULL;
    cleanup_free char *version = NULL;

    if (!*kind || !*name)
        return NULL;
    api_version_parts(object_string(object, "apiVersion"), &group, &version);
    return object_key(group, kind, object_meta_string(object, "namespace"), name);
}

char *tracking_id(const char *instance, const char *group, const char *kind, const char *ns,
                  const char *name)
{
    return xasprintf("%s:%s/%s:%s/%s", instance, or_empty(group), kind, or_empty(ns), name);
}

char *tracking_instance(const json_t *object)
{
    const char *id = object_annotation(object, TRACKING_ANNOTATION);
    const char *ns = object_meta_string(object, "namespace");
    const char *type = strchr(id, ':');
    const char *where = type ? strchr(type + 1, ':') : NULL;
    const char *name;
    cleanup_free char *group = NULL;
    cleanup_free char *version = NULL;
    cleanup_free char *own_type = NULL;

    if (!where || type == id)
        return NULL;
    /* The name comes last and may hold colons itself (RBAC: "system:node"); a namespace cannot hold
     * a slash. */
    name = strchr(where + 1, '/');
    if (!name || !streq(name + 1, object_meta_string(object, "name")))
        return NULL;

    api_version_parts(object_string(object, "apiVersion"), &group, &version);
    own_type = xasprintf(":%s/%s:", group, object_string(object, "kind"));
    if (!str_has_prefix(type, own_type) || strlen(own_type) != (size_t)(where + 1 - type))
        return NULL;
    /* A cluster-scoped object carries its application's destination namespace. */
    if (*ns &&
        (strlen(ns) != (size_t)(name - where - 1) || strncmp(where + 1, ns, strlen(ns)) != 0))
        return NULL;
    return xstrndup(id, (size_t)(type - id));
}
