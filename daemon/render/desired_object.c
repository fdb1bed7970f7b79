/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/desired_object.h"

#include "daemon/object/hook.h"
#include "daemon/object/identity.h"
#include "lib/base/base64.h"

#define DEPTH_MAX 256

/* "v1 ConfigMap default/web", or as much of it as there is, or the number. */
static char *describe(const json_t *object, size_t number)
{
    const char *kind = object_string(object, "kind");
    const char *name = object_meta_string(object, "name");
    const char *ns = object_meta_string(object, "namespace");

    if (!*name)
        name = object_meta_string(object, "generateName");
    if (!*kind && !*name)
        return xasprintf("object %zu", number);
    return xasprintf("object %zu (%s %s%s%s)", number, *kind ? kind : "of no kind", ns,
                     *ns ? "/" : "", *name ? name : "without name");
}

static bool is_list(const json_t *o)
{
    return str_has_suffix(object_string(o, "kind"), "List") &&
           json_is_array(json_object_get(o, "items"));
}

/* What kubectl prints for an empty list: `items: null`, and nothing else. */
static bool is_empty_list(const json_t *o)
{
    return json_is_null(json_object_get(o, "items")) && !json_object_get(o, "spec") &&
           !json_object_get(o, "status");
}

static int flatten(json_t *array, json_t *flat, unsigned depth, struct error **err)
{
    size_t i;
    json_t *o;

    if (depth > DEPTH_MAX)
        return error_set(err, ERROR_TOO_LARGE, "Lists are nested deeper than %d", DEPTH_MAX);
    json_array_foreach (array, i, o) {
        if (json_is_null(o) || is_empty_list(o))
            continue;
        if (!is_list(o))
            json_array_append(flat, o);
        else if (flatten(json_object_get(o, "items"), flat, depth + 1, err) < 0)
            return -1;
    }
    return 0;
}

int desired_flatten(json_t *objects, json_t *flat, struct error **err)
{
    return flatten(objects, flat, 0, err);
}

static int check_map_of_strings(const json_t *metadata, const char *field, const char *what,
                                struct error **err)
{
    json_t *map = json_object_get(metadata, field);
    const char *name;
    json_t *v;

    if (map && !json_is_null(map) && !json_is_object(map))
        return error_set(err, ERROR_INVALID, "%s: metadata.%s must be a map", what, field);
    json_object_foreach (map, name, v)
        if (!json_is_string(v) && !json_is_null(v))
            return error_set(err, ERROR_INVALID,
                             "%s: metadata.%s[\"%s\"] must be a string: quote it", what, field,
                             name);
    return 0;
}

/* `namespace: n` is false in YAML 1.1, and must not mean "none". */
static int check_string(const json_t *map, const char *path, const char *what, struct error **err)
{
    const char *dot = strrchr(path, '.');
    const json_t *v = json_object_get(map, dot ? dot + 1 : path);

    if (!v || json_is_null(v) || json_is_string(v))
        return 0;
    return error_set(err, ERROR_INVALID, "%s: %s must be a string: quote it", what, path);
}

int desired_object_check(const json_t *object, size_t number, struct error **err)
{
    cleanup_free char *what = describe(object, number);
    const json_t *metadata = json_object_get(object, "metadata");

    if (!json_is_object(object))
        return error_set(err, ERROR_INVALID, "%s: must be a map", what);
    if (check_string(object, "apiVersion", what, err) < 0 ||
        check_string(object, "kind", what, err) < 0 ||
        check_string(metadata, "metadata.name", what, err) < 0 ||
        check_string(metadata, "metadata.namespace", what, err) < 0)
        return -1;
    if (!*object_string(object, "apiVersion"))
        return error_set(err, ERROR_INVALID, "%s: apiVersion is missing", what);
    if (!*object_string(object, "kind"))
        return error_set(err, ERROR_INVALID, "%s: kind is missing", what);
    if (check_string(metadata, "metadata.generateName", what, err) < 0 ||
        check_map_of_strings(metadata, "annotations", what, err) < 0 ||
        check_map_of_strings(metadata, "labels", what, err) < 0)
        return -1;
    if (*object_string(metadata, "name"))
        return 0;
    if (!*object_string(metadata, "generateName"))
        return error_set(err, ERROR_INVALID, "%s: metadata.name is missing", what);
    if (!hook_is(object) && !hook_types(object))
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s: metadata.generateName cannot be applied: give it a name", what);
    return 0;
}

/* In lists a null has a place and stays. */
static void drop_nulls(json_t *v)
{
    const char *name;
    void *next;
    size_t i;
    json_t *below;

    json_object_foreach_safe(v, next, name, below)
    {
        if (json_is_null(below))
            json_object_del(v, name);
        else
            drop_nulls(below);
    }
    json_array_foreach (v, i, below)
        drop_nulls(below);
}

/* stringData wins over data, as in the API server. */
static int encode_secret(json_t *secret, struct error **err)
{
    json_t *text = json_object_get(secret, "stringData");
    json_t *data = json_object_get(secret, "data");
    const char *name;
    json_t *v;

    if (!text)
        return 0;
    if (!json_is_object(text) || (data && !json_is_object(data)))
        return error_set(err, ERROR_INVALID, "Secret %s/%s: data and stringData must be maps",
                         object_meta_string(secret, "namespace"),
                         object_meta_string(secret, "name"));
    if (!data) {
        data = json_object();
        json_object_set_new(secret, "data", data);
    }
    json_object_foreach (text, name, v) {
        cleanup_free char *encoded = NULL;

        if (!json_is_string(v))
            return error_set(
                err, ERROR_INVALID, "Secret %s/%s: stringData[\"%s\"] must be a string",
                object_meta_string(secret, "namespace"), object_meta_string(secret, "name"), name);
        encoded = base64_encode(json_string_value(v), json_string_length(v));
        json_object_set_new(data, name, json_string(encoded));
    }
    json_object_del(secret, "stringData");
    return 0;
}

/* The rules of an aggregated ClusterRole belong to a controller: applying `rules: []` would take
 * the rights away until it fills them in again. */
static void leave_aggregated_rules(json_t *role)
{
    if (streq(object_string(role, "kind"), "ClusterRole") &&
        str_has_prefix(object_string(role, "apiVersion"), "rbac.authorization.k8s.io/") &&
        json_object_get(role, "aggregationRule") &&
        json_array_size(json_object_get(role, "rules")) == 0)
        json_object_del(role, "rules");
}

int desired_object_normalise(json_t *object, struct error **err)
{
    static const char *const of_server[] = {"managedFields", "resourceVersion",   "uid",
                                            "generation",    "creationTimestamp", "selfLink"};
    json_t *metadata = json_object_get(object, "metadata");

    drop_nulls(object);
    json_object_del(object, "status");
    for (size_t i = 0; i < ARRAY_LEN(of_server); i++)
        json_object_del(metadata, of_server[i]);
    leave_aggregated_rules(object);
    if (streq(object_string(object, "kind"), "Secret") &&
        streq(object_string(object, "apiVersion"), "v1"))
        return encode_secret(object, err);
    return 0;
}
