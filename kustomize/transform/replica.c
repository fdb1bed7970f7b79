/* SPDX-License-Identifier: Apache-2.0 */
/* replicas: the count of the workload with a name, the present one or one it had. */
#include "kustomize/transform/transform.h"

static bool has_name(const struct resource *r, const char *name, const struct fieldspec *fs)
{
    const char *api_version = resource_api_version(r);

    if (streq(resource_name(r), name) &&
        gvk_is_selected(api_version, resource_kind(r), fs->group, fs->version, fs->kind))
        return true;
    for (size_t i = 0; i < r->previous_count; i++)
        if (streq(r->previous[i].name, name) &&
            gvk_is_selected(api_version, r->previous[i].kind, fs->group, fs->version, fs->kind))
            return true;
    return false;
}

static int set_count(void *arg, json_t *value, json_t **replacement, struct error **err)
{
    if (json_is_object(value) || json_is_array(value))
        return error_set(err, ERROR_INVALID, "expected a number, found a map or a list");
    *replacement = json_incref(arg);
    return 0;
}

static int replica_apply(struct transform *t, const char *name, json_t *count, struct error **err)
{
    const struct fieldspecs *specs = &t->config->replicas;
    bool found = false;

    for (size_t i = 0; i < t->resources->items.len; i++) {
        struct resource *r = resmap_at(t->resources, i);

        for (size_t s = 0; s < specs->len; s++) {
            const struct fieldspec *fs = &specs->items[s];

            if (!has_name(r, name, fs))
                continue;
            found = true;
            if (fieldspec_matches(fs, r->object) &&
                fieldspec_walk(r->object, fs->path, fs->create, CREATE_SCALAR, set_count, count,
                               err) < 0)
                return -1;
        }
    }
    if (found)
        return 0;
    return error_set(err, ERROR_INVALID,
                     "no Deployment, StatefulSet, ReplicaSet or ReplicationController is named "
                     "\"%s\"; use the name as the base has it",
                     name);
}

int replicas_apply(struct transform *t, const json_t *field, struct error **err)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)field, i, item) {
        json_t *count = json_object_get(item, "count");
        json_t *value = count ? json_incref(count) : json_integer(0);
        int rc = replica_apply(t, json_string_at(item, "name"), value, err);

        json_decref(value);
        if (rc < 0)
            return -1;
    }
    return 0;
}
