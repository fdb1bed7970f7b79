/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/identity.h"

#include "lib/base/time.h"

#define LABEL_VALUE_MAX 63

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

uint32_t object_created(const json_t *object)
{
    cleanup_error struct error *err = NULL;
    int64_t created_ms = 0;

    return time_parse_rfc3339(object_meta_string(object, "creationTimestamp"), &created_ms, &err) ==
                   0
               ? (uint32_t)(created_ms / 1000)
               : 0;
}

uint64_t object_version(const json_t *object)
{
    return strtoull(object_meta_string(object, "resourceVersion"), NULL, 10);
}

void object_put_text(json_t *object, const char *field, const char *text)
{
    if (text && *text)
        json_object_set_new(object, field, json_string(text));
}

json_t *object_reference(const char *group, const char *version, const char *kind, const char *ns,
                         const char *name)
{
    json_t *reference = json_object();

    object_put_text(reference, "group", group);
    object_put_text(reference, "version", version);
    object_put_text(reference, "kind", kind);
    object_put_text(reference, "namespace", ns);
    object_put_text(reference, "name", name);
    return reference;
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

bool tracking_equal(const struct tracking *a, const struct tracking *b)
{
    return a->method == b->method && streq(a->label_key, b->label_key) &&
           streq(a->installation_id, b->installation_id);
}

/* The instance in the object's own tracking id. Heap string or NULL. */
static char *instance_of_id(const json_t *object)
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

static char *instance_of_label(const json_t *object, const struct tracking *t)
{
    const char *value =
        object_string(json_object_get(json_object_get(object, "metadata"), "labels"), t->label_key);

    return *value ? xstrdup(value) : NULL;
}

/* Argo CD without an id of its own takes an object of any installation for its own; but what says
 * that it is another's is better left alone. */
static bool is_of_installation(const json_t *object, const struct tracking *t)
{
    return streq(object_annotation(object, INSTALLATION_ANNOTATION), t ? t->installation_id : "");
}

char *tracking_instance(const json_t *object, const struct tracking *t)
{
    const json_t *metadata = json_object_get(object, "metadata");

    if (json_array_size(json_object_get(metadata, "ownerReferences")))
        return NULL;
    if (t && t->method == TRACK_LABEL)
        return instance_of_label(object, t);
    return is_of_installation(object, t) ? instance_of_id(object) : NULL;
}

char *tracking_foreign_instance(const json_t *object, const struct tracking *t)
{
    cleanup_free char *instance = NULL;
    const char *installation = object_annotation(object, INSTALLATION_ANNOTATION);

    if (!*installation || (t && t->method == TRACK_LABEL) ||
        streq(installation, t ? t->installation_id : ""))
        return NULL;
    instance = instance_of_id(object);
    return instance ? xasprintf("%s (installation %s)", instance, installation) : NULL;
}

static json_t *child_of(json_t *metadata, const char *field)
{
    json_t *child = json_object_get(metadata, field);

    if (!child) {
        child = json_object();
        json_object_set_new(metadata, field, child);
    }
    return child;
}

static void write_label(json_t *metadata, const char *value, size_t max, const struct tracking *t)
{
    cleanup_free char *cut = xstrndup(value, max);

    json_object_set_new(child_of(metadata, "labels"), t->label_key, json_string(cut));
}

static void write_annotations(json_t *metadata, const char *id, const struct tracking *t)
{
    json_t *annotations = child_of(metadata, "annotations");

    json_object_set_new(annotations, TRACKING_ANNOTATION, json_string(id));
    if (t && *t->installation_id)
        json_object_set_new(annotations, INSTALLATION_ANNOTATION, json_string(t->installation_id));
    else
        json_object_del(annotations, INSTALLATION_ANNOTATION);
}

/* Source: Argo CD, resource tracking: the label is the whole name where it is what counts. */
void tracking_write(json_t *metadata, const char *instance, const char *id,
                    const struct tracking *t)
{
    if (!t || t->method != TRACK_LABEL)
        write_annotations(metadata, id, t);
    if (t && t->method == TRACK_LABEL)
        write_label(metadata, instance, strlen(instance), t);
    if (t && t->method == TRACK_BOTH)
        write_label(metadata, instance, LABEL_VALUE_MAX, t);
}
