/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/openapi.h"

#include "lib/base/hash.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/openapi_types.h"

static json_t *parameter(const char *name)
{
    return json_pack("{s:s, s:s, s:{s:s}}", "name", name, "in", "query", "schema", "type",
                     "string");
}

static json_t *operation(const struct kind *kind, const char *action, bool writes)
{
    json_t *parameters = json_array();

    if (writes) {
        json_array_append_new(parameters, parameter("dryRun"));
        json_array_append_new(parameters, parameter("fieldManager"));
        json_array_append_new(parameters, parameter("fieldValidation"));
    }
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:{s:s}}}", "x-kubernetes-action", action,
                     "x-kubernetes-group-version-kind", "group", kind->group, "version",
                     kind->version, "kind", kind->kind, "parameters", parameters, "responses",
                     "200", "description", "OK");
}

static void add_paths(json_t *paths, const struct kind *kind)
{
    cleanup_free char *root = *kind->group ? xasprintf("/apis/%s/%s", kind->group, kind->version)
                                           : xasprintf("/api/%s", kind->version);
    const char *ns = kind_has(kind, KIND_NAMESPACED) ? "/namespaces/{namespace}" : "";
    cleanup_free char *all = xasprintf("%s%s/%s", root, ns, kind->plural);
    cleanup_free char *one = xasprintf("%s/{name}", all);

    if (kind_has(kind, KIND_CREATE_ONLY)) {
        json_object_set_new(paths, all, json_pack("{s:o}", "post", operation(kind, "post", true)));
        return;
    }
    json_object_set_new(paths, all,
                        json_pack("{s:o, s:o, s:o}", "get", operation(kind, "list", false), "post",
                                  operation(kind, "post", true), "delete",
                                  operation(kind, "deletecollection", false)));
    json_object_set_new(paths, one,
                        json_pack("{s:o, s:o, s:o, s:o}", "get", operation(kind, "get", false),
                                  "put", operation(kind, "put", true), "patch",
                                  operation(kind, "patch", true), "delete",
                                  operation(kind, "delete", false)));
}

static json_t *document_new(json_t *paths, json_t *schemas)
{
    return json_pack("{s:s, s:{s:s, s:s}, s:o, s:{s:o}}", "openapi", "3.0.0", "info", "title",
                     "Kubernetes", "version", KINDS_KUBERNETES, "paths", paths, "components",
                     "schemas", schemas);
}

json_t *openapi_document(const struct kinds *kinds, const char *group, const char *version)
{
    json_t *paths = json_object(), *schemas = json_object();
    struct openapi_types types = {.components = schemas};

    for (size_t i = 0; i < kinds->all.len; i++) {
        const struct kind *kind = kinds->all.items[i];

        if (!kind->is_served || !streq(kind->group, group) || !streq(kind->version, version))
            continue;
        add_paths(paths, kind);
        openapi_types_add(&types, kind);
    }
    openapi_types_clear(&types);
    return document_new(paths, schemas);
}

json_t *openapi_of_kind(const struct kind *kind)
{
    json_t *schemas = json_object();
    struct openapi_types types = {.components = schemas};

    openapi_types_add(&types, kind);
    openapi_types_clear(&types);
    return document_new(json_object(), schemas);
}

/* The URL changes with the content: of a group version that CRDs define, with them. */
static char *document_url(const struct kinds *kinds, const struct kind *of, const char *path)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    char hash[SHA256_HEX_BYTES];

    for (size_t i = 0; i < kinds->all.len; i++) {
        const struct kind *kind = kinds->all.items[i];
        cleanup_free char *spec = NULL;

        if (!kind->is_served || !streq(kind->group, of->group) ||
            !streq(kind->version, of->version))
            continue;
        spec = json_dumps(kind->definition, JSON_COMPACT | JSON_SORT_KEYS);
        buf_printf(&text, "%s %s\n", kind->kind, spec ? spec : "");
    }
    sha256_hex(text.data, text.len, hash);
    return xasprintf("/openapi/v3/%s?hash=%s", path, hash);
}

json_t *openapi_index(const struct kinds *kinds)
{
    json_t *paths = json_object();

    for (size_t i = 0; i < kinds->all.len; i++) {
        const struct kind *kind = kinds->all.items[i];
        cleanup_free char *path = *kind->group ? xasprintf("apis/%s/%s", kind->group, kind->version)
                                               : xasprintf("api/%s", kind->version);

        if (kind->is_served && !json_object_get(paths, path)) {
            cleanup_free char *url = document_url(kinds, kind, path);

            json_object_set_new(paths, path, json_pack("{s:s}", "serverRelativeURL", url));
        }
    }
    return json_pack("{s:o}", "paths", paths);
}
