/* SPDX-License-Identifier: Apache-2.0 */
/* replicas: the count of the workload with a name, the present one or one it had. */
#include "kustomize/json_text.h"
#include "kustomize/plugin_fields.h"
#include "kustomize/transform/transform.h"
#include "lib/doc/spelling.h"

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

/* A count in quotes stays in quotes. */
static int set_count(void *arg, json_t *value, json_t **replacement, struct error **err)
{
    if (json_is_object(value) || json_is_array(value))
        return error_set(err, ERROR_INVALID, "expected a number, found a map or a list");
    *replacement = spelled_is_quoted(value)
                       ? json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(arg))
                       : json_incref(arg);
    return 0;
}

static int no_match(const char *name, const struct fieldspecs *specs, struct error **err)
{
    cleanup_buf struct buf kinds = BUF_UNLIMITED;

    for (size_t i = 0; i < specs->len; i++)
        buf_printf(&kinds, "%s%s", i ? ", " : "",
                   specs->items[i].kind ? specs->items[i].kind : "any kind");
    return error_set(err, ERROR_INVALID,
                     "no resource of these kinds is named \"%s\": %s; use the name as the base has "
                     "it",
                     name, kinds.len ? kinds.data : "none");
}

/* One spec after the other, each for all resources. */
static int replica_set(struct resmap *m, const struct fieldspecs *specs, const json_t *replica,
                       struct error **err)
{
    const char *name = json_string_at(replica, "name");
    cleanup_json json_t *count =
        json_integer(json_integer_value(json_object_get(replica, "count")));
    bool found = false;

    for (size_t s = 0; s < specs->len; s++) {
        const struct fieldspec *fs = &specs->items[s];

        for (size_t i = 0; i < m->items.len; i++) {
            struct resource *r = resmap_at(m, i);

            if (!has_name(r, name, fs))
                continue;
            found = true;
            if (fieldspec_matches(fs, r->object) &&
                fieldspec_walk(r->object, fs->path, fs->create, CREATE_SCALAR, set_count, count,
                               err) < 0)
                return -1;
        }
    }
    return found ? 0 : no_match(name, specs, err);
}

int replicas_apply(struct transform *t, const json_t *field, struct error **err)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)field, i, item)
        if (replica_set(t->resources, &t->config->replicas, item, err) < 0)
            return -1;
    return 0;
}

int replica_count_plugin(struct transform *t, const json_t *config, struct error **err)
{
    static const struct field plugin_fields[] = {
        {"replica", FIELD_OBJECT, replica_fields},
        {"fieldSpecs", FIELD_OBJECTS, fieldspec_fields},
        {NULL, FIELD_STRING, NULL},
    };

    return plugin_set(t->resources, config, plugin_fields, "replica", replica_set, err);
}
