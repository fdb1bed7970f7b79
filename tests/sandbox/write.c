/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that write one object: create, update, patch, and the subresource scale. */
#include "kustomize/schema.h"
#include "lib/doc/patch.h"
#include "tests/sandbox/api.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/strategic_patch.h"

static void answer(struct api_request *r, int code, int status, json_t *object, json_t *refused)
{
    if (code < 0)
        api_refuse(r->http, refused);
    else
        api_answer_object(r, status, object);
}

static bool is_known_type(const char *type)
{
    return !type || str_has_prefix(type, "application/json") ||
           str_has_prefix(type, "application/yaml") ||
           str_has_prefix(type, "application/vnd.kubernetes.protobuf");
}

/* The body, which must be an object. */
static int object_body(struct api_request *r, json_t **out, json_t **refused)
{
    if (!is_known_type(http_call_header(r->http, "Content-Type")))
        return refuse(refused, 415, "UnsupportedMediaType", NULL,
                      "the body of the request was in an unknown format - accepted media types "
                      "include: application/json, application/yaml, "
                      "application/vnd.kubernetes.protobuf");
    if (api_body(r, out, refused) < 0)
        return -1;
    if (json_is_object(*out))
        return 0;
    json_decref(*out);
    *out = NULL;
    return refuse_bad_request(refused, "the body of the request is no object");
}

void api_create(struct api_request *r)
{
    json_t *body = NULL, *out = NULL, *refused = NULL;
    int code = object_body(r, &body, &refused);

    if (code == 0 && kind_has(r->kind, KIND_NAMESPACED) && !r->ns) {
        json_decref(body);
        code = refuse(&refused, 405, "MethodNotAllowed", NULL,
                      "the server does not allow this method on the requested resource");
    } else if (code == 0) {
        code = registry_create(r->s, r->kind, r->ns, body, &r->write, &out, &refused);
    }
    answer(r, code, 201, out, refused);
}

void api_update(struct api_request *r)
{
    json_t *body = NULL, *out = NULL, *refused = NULL;
    bool created = false;
    int code = object_body(r, &body, &refused);

    if (code == 0)
        code = registry_update(r->s, r->kind, r->ns, r->name, body, &r->write, &out, &created,
                               &refused);
    answer(r, code, created ? 201 : 200, out, refused);
}

/* ---- patch ---- */

enum patch_type { PATCH_JSON, PATCH_MERGE, PATCH_STRATEGIC, PATCH_APPLY, PATCH_UNKNOWN };

static enum patch_type patch_type_of(const struct http_call *http)
{
    static const char *const types[] = {
        [PATCH_JSON] = "application/json-patch+json",
        [PATCH_MERGE] = "application/merge-patch+json",
        [PATCH_STRATEGIC] = "application/strategic-merge-patch+json",
        [PATCH_APPLY] = "application/apply-patch+yaml",
    };
    const char *given = http_call_header(http, "Content-Type");

    for (size_t i = 0; given && i < ARRAY_LEN(types); i++)
        if (str_has_prefix(given, types[i]))
            return (enum patch_type)i;
    return PATCH_UNKNOWN;
}

static int unsupported(json_t **refused)
{
    return refuse(
        refused, 415, "UnsupportedMediaType", NULL,
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, "
        "application/strategic-merge-patch+json, application/apply-patch+yaml");
}

/* `current` with the patch; `*out` is a new reference. */
static int patch_object(const struct kind *kind, enum patch_type type, const json_t *current,
                        const json_t *patch, json_t **out, json_t **refused)
{
    cleanup_free char *api_version = kind_api_version(kind);
    cleanup_error struct error *err = NULL;
    json_t *object = json_deep_copy(current);

    switch (type) {
    case PATCH_JSON:
        if (json_patch_apply(&object, patch, &err) < 0) {
            json_decref(object);
            return refuse(refused, 422, "Invalid", NULL,
                          "the server rejected our request due to an error in our request: %s",
                          error_message(err));
        }
        break;
    case PATCH_MERGE: merge_patch_apply(&object, patch); break;
    case PATCH_STRATEGIC:
        json_decref(object);
        object = strategic_patch(current, patch, schema_find(api_version, kind->kind));
        break;
    case PATCH_APPLY:
    case PATCH_UNKNOWN: break;
    }
    if (!json_is_object(object)) {
        json_decref(object);
        return refuse_bad_request(refused, "the patch leaves no object");
    }
    *out = object;
    return 0;
}

static int patch(struct api_request *r, enum patch_type type, const json_t *body, json_t **out,
                 json_t **refused)
{
    const json_t *current = store_find(r->kind->collection, r->ns, r->name);
    json_t *shown, *patched = NULL;
    int code;

    if (!current)
        return refuse_not_found(refused, r->kind, r->name);
    shown = registry_present(r->kind, current);
    code = patch_object(r->kind, type, shown, body, &patched, refused);
    json_decref(shown);
    if (code < 0)
        return -1;
    r->write.is_patch = true;
    return registry_update(r->s, r->kind, r->ns, r->name, patched, &r->write, out, NULL, refused);
}

static int check_patch(struct api_request *r, enum patch_type type, const json_t *body,
                       json_t **refused)
{
    const char *manager = http_call_query(r->http, "fieldManager");

    if (type == PATCH_APPLY && (!manager || !*manager)) {
        json_t *causes = json_array();

        cause_add(causes, "FieldValueRequired", "fieldManager", "is required for apply patch");
        return refuse(refused, 422, "Invalid", json_pack("{s:o}", "causes", causes),
                      "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is "
                      "required for apply patch");
    }
    if (type != PATCH_APPLY && http_call_query(r->http, "force")) {
        json_t *causes = json_array();

        cause_add(causes, "FieldValueForbidden", "force",
                  "may not be specified for non-apply patch");
        return refuse(refused, 422, "Invalid", json_pack("{s:o}", "causes", causes),
                      "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be "
                      "specified for non-apply patch");
    }
    if (type == PATCH_JSON ? !json_is_array(body) : !json_is_object(body))
        return refuse_bad_request(refused, "the patch is no %s",
                                  type == PATCH_JSON ? "array" : "object");
    return 0;
}

void api_patch(struct api_request *r)
{
    enum patch_type type = patch_type_of(r->http);
    cleanup_json json_t *body = NULL;
    json_t *out = NULL, *refused = NULL;
    bool created = false;
    int code;

    if (type == PATCH_UNKNOWN || (type == PATCH_STRATEGIC && kind_is_custom(r->kind)))
        code = unsupported(&refused);
    else
        code = api_body(r, &body, &refused);
    if (code == 0)
        code = check_patch(r, type, body, &refused);
    if (code == 0 && type == PATCH_APPLY)
        code = registry_apply(r->s, r->kind, r->ns, r->name, TAKE(body), &r->write, &out, &created,
                              &refused);
    else if (code == 0)
        code = patch(r, type, body, &out, &refused);
    answer(r, code, created ? 201 : 200, out, refused);
}
