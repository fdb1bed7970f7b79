/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that are about no object: version, health, discovery (plain and aggregated), OpenAPI. */
#include "tests/sandbox/openapi.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/subresource.h"

/* As the real server answers; clients ask for "...spec.v2@v1.0+protobuf". */
#define OPENAPI_V2_PROTOBUF "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
#define AGGREGATED_TYPE "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

static json_t *words(const char *list)
{
    json_t *array = json_array();

    while (*list) {
        size_t len = strcspn(list, ",");

        json_array_append_new(array, json_stringn(list, len));
        list += len + (list[len] == ',');
    }
    return array;
}

static json_t *verbs_of(const struct kind *kind, const char *subresource)
{
    const struct subresource *sub = subresource ? subresource_find(kind, subresource) : NULL;

    if (kind_has(kind, KIND_CREATE_ONLY))
        return words("create");
    if (sub)
        return words(sub->verbs);
    return words(subresource ? "get,patch,update"
                             : "create,delete,deletecollection,get,list,patch,update,watch");
}

static json_t *kind_of(const struct kind *kind, const char *subresource)
{
    const struct subresource *sub = subresource ? subresource_find(kind, subresource) : NULL;

    if (sub)
        return json_pack("{s:s, s:s, s:s}", "group", sub->group ? sub->group : "", "version",
                         sub->version ? sub->version : "", "kind", sub->kind);
    if (streq(subresource, "scale"))
        return json_pack("{s:s, s:s, s:s}", "group", "autoscaling", "version", "v1", "kind",
                         "Scale");
    /* The real server leaves the others empty. */
    return json_pack("{s:s, s:s, s:s}", "group", kind_is_custom(kind) ? kind->group : "", "version",
                     kind_is_custom(kind) ? kind->version : "", "kind", kind->kind);
}

/* ---- aggregated ---- */

static json_t *aggregated_subresource(const struct kind *kind, const char *name)
{
    return json_pack("{s:s, s:o, s:o}", "subresource", name, "responseKind", kind_of(kind, name),
                     "verbs", verbs_of(kind, name));
}

static json_t *aggregated_resource(const struct kind *kind)
{
    json_t *resource = json_pack("{s:s, s:o, s:s, s:s, s:o}", "resource", kind->plural,
                                 "responseKind", kind_of(kind, NULL), "scope",
                                 kind_has(kind, KIND_NAMESPACED) ? "Namespaced" : "Cluster",
                                 "singularResource", kind->singular, "verbs", verbs_of(kind, NULL));
    json_t *subresources = json_array();
    const struct subresource *sub;
    size_t it = 0;

    if (*kind->short_names)
        json_object_set_new(resource, "shortNames", words(kind->short_names));
    if (*kind->categories)
        json_object_set_new(resource, "categories", words(kind->categories));
    if (kind_has(kind, KIND_SCALE))
        json_array_append_new(subresources, aggregated_subresource(kind, "scale"));
    if (kind_has(kind, KIND_STATUS))
        json_array_append_new(subresources, aggregated_subresource(kind, "status"));
    while ((sub = subresource_next(kind, &it)))
        json_array_append_new(subresources, aggregated_subresource(kind, sub->name));
    if (json_array_size(subresources) > 0)
        json_object_set(resource, "subresources", subresources);
    json_decref(subresources);
    return resource;
}

/* The entry of a name in a list of objects, made where it is not there. */
static json_t *entry(json_t *list, const char *key, const char *name, json_t *fresh)
{
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item) {
        if (streq(json_string_value(json_object_get(item, key)), name)) {
            json_decref(fresh);
            return item;
        }
    }
    json_array_append_new(list, fresh);
    return fresh;
}

static json_t *aggregated(const struct kinds *kinds, bool core)
{
    json_t *items = json_array();

    for (size_t i = 0; i < kinds->all.len; i++) {
        const struct kind *kind = kinds->all.items[i];
        json_t *group = NULL, *version, *g;
        size_t k;

        if (!kind->is_served || (*kind->group == '\0') != core)
            continue;
        json_array_foreach (items, k, g) {
            if (streq(object_meta(g, "name"), kind->group))
                group = g;
        }
        if (!group) {
            group = json_pack("{s:{s:s}, s:[]}", "metadata", "name", kind->group, "versions");
            if (core) /* has no name */
                json_object_del(json_object_get(group, "metadata"), "name");
            json_array_append_new(items, group);
        }
        version = entry(json_object_get(group, "versions"), "version", kind->version,
                        json_pack("{s:s, s:[], s:s}", "version", kind->version, "resources",
                                  "freshness", "Current"));
        json_array_append_new(json_object_get(version, "resources"), aggregated_resource(kind));
    }
    return json_pack("{s:s, s:s, s:{}, s:o}", "kind", "APIGroupDiscoveryList", "apiVersion",
                     "apidiscovery.k8s.io/v2", "metadata", "items", items);
}

static bool wants_aggregated(const struct http_call *http)
{
    const char *accept = http_call_header(http, "Accept");

    return accept && strstr(accept, "v=v2;") && strstr(accept, "as=APIGroupDiscoveryList");
}

static void answer_aggregated(struct http_call *http, json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT);

    json_decref(document);
    http_answer(http, 200, AGGREGATED_TYPE, text);
}

/* ---- plain ---- */

static const char *group_of(const json_t *type)
{
    return json_string_value(json_object_get(type, "group"));
}

static json_t *plain_resource(const struct kind *kind, const char *subresource)
{
    cleanup_free char *name =
        subresource ? xasprintf("%s/%s", kind->plural, subresource) : xstrdup(kind->plural);
    cleanup_json json_t *type = kind_of(kind, subresource);
    json_t *resource =
        json_pack("{s:s, s:s, s:b, s:O, s:o}", "name", name, "singularName",
                  subresource ? "" : kind->singular, "namespaced", kind_has(kind, KIND_NAMESPACED),
                  "kind", json_object_get(type, "kind"), "verbs", verbs_of(kind, subresource));

    /* What is no object of this group says which it is. */
    if (subresource && !streq(group_of(type), kind->group) && *group_of(type)) {
        json_object_set(resource, "group", json_object_get(type, "group"));
        json_object_set(resource, "version", json_object_get(type, "version"));
    }
    if (!subresource && *kind->short_names)
        json_object_set_new(resource, "shortNames", words(kind->short_names));
    if (!subresource && *kind->categories)
        json_object_set_new(resource, "categories", words(kind->categories));
    return resource;
}

static json_t *plain_list(const struct kinds *kinds, const char *group, const char *version)
{
    cleanup_free char *gv = *group ? xasprintf("%s/%s", group, version) : xstrdup(version);
    json_t *resources = json_array();

    for (size_t i = 0; i < kinds->all.len; i++) {
        const struct kind *kind = kinds->all.items[i];
        const struct subresource *sub;
        size_t it = 0;

        if (!kind->is_served || !streq(kind->group, group) || !streq(kind->version, version))
            continue;
        json_array_append_new(resources, plain_resource(kind, NULL));
        if (kind_has(kind, KIND_SCALE))
            json_array_append_new(resources, plain_resource(kind, "scale"));
        if (kind_has(kind, KIND_STATUS))
            json_array_append_new(resources, plain_resource(kind, "status"));
        while ((sub = subresource_next(kind, &it)))
            json_array_append_new(resources, plain_resource(kind, sub->name));
    }
    return json_pack("{s:s, s:s, s:s, s:o}", "kind", "APIResourceList", "apiVersion", "v1",
                     "groupVersion", gv, "resources", resources);
}

static json_t *plain_version(const struct kind *kind)
{
    cleanup_free char *gv = kind_api_version(kind);

    return json_pack("{s:s, s:s}", "groupVersion", gv, "version", kind->version);
}

/* One APIGroup for each group, or only that of `wanted`. */
static json_t *plain_groups(const struct kinds *kinds, const char *wanted)
{
    json_t *groups = json_array();

    for (size_t i = 0; i < kinds->all.len; i++) {
        const struct kind *kind = kinds->all.items[i];
        json_t *group;

        if (!kind->is_served || !*kind->group || (wanted && !streq(kind->group, wanted)))
            continue;
        group = entry(groups, "name", kind->group,
                      json_pack("{s:s, s:[], s:o}", "name", kind->group, "versions",
                                "preferredVersion", plain_version(kind)));
        entry(json_object_get(group, "versions"), "version", kind->version, plain_version(kind));
    }
    return groups;
}

/* ---- the paths ---- */

static json_t *version(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "major", "1", "minor", "36",
                     "gitVersion", KINDS_KUBERNETES, "gitCommit", "sandbox", "gitTreeState",
                     "clean", "buildDate", "2026-01-01T00:00:00Z", "goVersion", "none", "compiler",
                     "cc", "platform", "linux/amd64");
}

static bool discover_group(struct sandbox *s, struct http_call *http, const char *path)
{
    cleanup_free char *copy = xstrdup(path);
    char *slash = strchr(copy, '/');
    cleanup_json json_t *groups = NULL;

    if (slash && strchr(slash + 1, '/'))
        return false;
    if (slash)
        *slash = '\0';
    if (!kinds_has_group_version(&s->kinds, copy, slash ? slash + 1 : NULL))
        return false;
    if (slash) {
        api_answer(http, 200, plain_list(&s->kinds, copy, slash + 1));
        return true;
    }
    groups = plain_groups(&s->kinds, copy);
    json_object_set_new(json_array_get(groups, 0), "kind", json_string("APIGroup"));
    json_object_set_new(json_array_get(groups, 0), "apiVersion", json_string("v1"));
    api_answer(http, 200, json_incref(json_array_get(groups, 0)));
    return true;
}

static bool discover_openapi(struct sandbox *s, struct http_call *http, const char *path)
{
    cleanup_free char *copy = xstrdup(path);
    char *rest = copy;
    const char *root = strsep(&rest, "/");
    const char *group = streq(root, "apis") ? strsep(&rest, "/") : "";
    const char *version_name = strsep(&rest, "/");

    if (!group || !version_name || rest || !kinds_has_group_version(&s->kinds, group, version_name))
        return false;
    api_answer(http, 200, openapi_document(&s->kinds, group, version_name));
    return true;
}

/* kubectl before 1.27, such as Debian's, wants it before it applies anything. A document that knows
 * no kind is enough: then it leaves all checks to the server. As protobuf that is no byte at all.
 */
static void answer_openapi_v2(struct http_call *http)
{
    const char *accept = http_call_header(http, "Accept");

    if (accept && strstr(accept, "proto-openapi.spec.v2"))
        http_answer(http, 200, OPENAPI_V2_PROTOBUF, xstrdup(""));
    else
        api_answer(http, 200,
                   json_pack("{s:s, s:{s:s, s:s}, s:{}, s:{}}", "swagger", "2.0", "info", "title",
                             "sandbox", "version", GITOPSD_VERSION, "paths", "definitions"));
}

static void discover_root(struct sandbox *s, struct http_call *http, bool core)
{
    if (wants_aggregated(http))
        answer_aggregated(http, aggregated(&s->kinds, core));
    else if (core)
        api_answer(http, 200, json_pack("{s:s, s:[s]}", "kind", "APIVersions", "versions", "v1"));
    else
        api_answer(http, 200,
                   json_pack("{s:s, s:s, s:o}", "kind", "APIGroupList", "apiVersion", "v1",
                             "groups", plain_groups(&s->kinds, NULL)));
}

bool api_discover(struct sandbox *s, struct http_call *http)
{
    const char *path = http_call_path(http);

    if (streq(path, "/version")) {
        api_answer(http, 200, version());
    } else if (streq(path, "/readyz") || streq(path, "/livez") || streq(path, "/healthz")) {
        http_answer(http, 200, "text/plain", xstrdup("ok"));
    } else if (streq(path, "/api") || streq(path, "/apis")) {
        discover_root(s, http, streq(path, "/api"));
    } else if (streq(path, "/api/v1")) {
        api_answer(http, 200, plain_list(&s->kinds, "", "v1"));
    } else if (str_has_prefix(path, "/apis/")) {
        return discover_group(s, http, path + strlen("/apis/"));
    } else if (streq(path, "/openapi/v2")) {
        answer_openapi_v2(http);
    } else if (streq(path, "/openapi/v3")) {
        api_answer(http, 200, openapi_index(&s->kinds));
    } else if (str_has_prefix(path, "/openapi/v3/")) {
        return discover_openapi(s, http, path + strlen("/openapi/v3/"));
    } else {
        return false;
    }
    return true;
}
