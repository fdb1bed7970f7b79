/* SPDX-License-Identifier: Apache-2.0 */
/* namespace: into metadata, and into those other fields that follow it. */
#include "kustomize/transform/transform.h"

static int set_namespace(void *arg, json_t *value, json_t **replacement, struct error **err)
{
    if (json_is_object(value) || json_is_array(value))
        return error_set(err, ERROR_INVALID, "namespace field specs must target scalars");
    *replacement = json_string(arg);
    return 0;
}

/* Of the subjects, only those named "default" follow. */
static void set_subjects(json_t *object, const char *namespace)
{
    size_t i;
    json_t *subject;

    json_array_foreach (json_object_get(object, "subjects"), i, subject)
        if (streq(json_string_at(subject, "name"), "default"))
            json_object_set_new(subject, "namespace", json_string(namespace));
}

static bool is_role_binding(const char *kind)
{
    return streq(kind, "RoleBinding") || streq(kind, "ClusterRoleBinding");
}

/* metadata is taken care of by kind and scope, whatever the specs say. */
static bool spec_is_needed(const struct fieldspec *fs, const struct resource *r)
{
    if (streq(fs->path, "metadata/namespace"))
        return false;
    if (streq(fs->path, "metadata/name") && !streq(resource_api_version(r), "v1"))
        return false;
    if (is_role_binding(resource_kind(r)) && fs->kind && is_role_binding(fs->kind) &&
        streq(fs->path, "subjects/namespace"))
        return false;
    return fieldspec_matches(fs, r->object);
}

static int set_in_resource(struct resource *r, const struct fieldspecs *specs, char *namespace,
                           struct error **err)
{
    resource_store_previous_id(r);
    if (!resource_is_cluster_scoped(r) &&
        fieldspec_walk(r->object, "metadata/namespace", true, CREATE_SCALAR, set_namespace,
                       namespace, err) < 0)
        return -1;
    if (is_role_binding(resource_kind(r)))
        set_subjects(r->object, namespace);
    for (size_t i = 0; i < specs->len; i++) {
        const struct fieldspec *fs = &specs->items[i];

        if (spec_is_needed(fs, r) && fieldspec_walk(r->object, fs->path, fs->create, CREATE_SCALAR,
                                                    set_namespace, namespace, err) < 0)
            return -1;
    }
    return 0;
}

int namespace_apply(struct transform *t, const json_t *field, struct error **err)
{
    struct resmap *m = t->resources;
    cleanup_free char *namespace = xstrdup(json_string_value(field));

    for (size_t i = 0; i < m->items.len; i++)
        if (set_in_resource(resmap_at(m, i), &t->config->namespace, namespace, err) < 0)
            return -1;
    resmap_ids_changed(m);
    if (resmap_check_unique(m, err) < 0)
        return error_wrap(err, "namespace %s produces an ID conflict", namespace);
    return 0;
}
