/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/api.h"

#include "tests/sandbox/apply.h"
#include "tests/sandbox/audit.h"
#include "tests/sandbox/protobuf.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/subresource.h"

#define JSON_TYPE "application/json"

/* ---- answers ---- */

void api_answer(struct http_call *http, int status, json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT | JSON_ENCODE_ANY);

    json_decref(document);
    http_answer(http, status, JSON_TYPE, text);
}

void api_refuse(struct http_call *http, json_t *refusal)
{
    const json_t *after = json_object_get(json_object_get(refusal, "details"), "retryAfterSeconds");

    if (after)
        http_retry_after(http, (unsigned)json_integer_value(after));
    api_answer(http, refusal_code(refusal), refusal);
}

void api_answer_object(struct api_request *r, int status, json_t *object)
{
    for (size_t i = 0; i < r->warnings.len; i++)
        http_warn(r->http, r->warnings.items[i]);
    if (r->shape == SHAPE_TABLE)
        object = table_of_object(r->kind, object, r->rows);
    else if (r->shape == SHAPE_METADATA)
        object = table_metadata(object);
    api_answer(r->http, status, object);
}

static int protobuf_body(const struct buf *body, json_t **out, json_t **refused)
{
    cleanup_error struct error *err = NULL;

    if (protobuf_read(body->data, body->len, out, &err) == 0)
        return 0;
    if (error_kind(err) == ERROR_UNSUPPORTED)
        return refuse(refused, 415, "UnsupportedMediaType", NULL, "%s", error_message(err));
    return refuse_bad_request(refused, "%s", error_message(err));
}

/* A field that is there twice: the last one counts, and the client is told. */
static int repeated(struct api_request *r, const char *what, json_t **refused)
{
    const char *validation = http_call_query(r->http, "fieldValidation");

    if (streq(validation, "Strict"))
        return refuse_bad_request(refused, "strict decoding error: %s", what);
    if (!streq(validation, "Ignore"))
        strvec_push(&r->warnings, what);
    return 0;
}

static int json_body(struct api_request *r, const struct buf *body, json_t **out, json_t **refused)
{
    json_error_t where;
    cleanup_json json_t *document =
        json_loadb(body->data, body->len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &where);
    cleanup_free char *what = NULL;

    if (!document && json_error_code(&where) == json_error_duplicate_key) {
        what = xasprintf("json: %s", where.text);
        document = json_loadb(body->data, body->len, JSON_ALLOW_NUL, &where);
    }
    if (!document)
        return refuse_bad_request(refused, "the body of the request cannot be read: %s",
                                  where.text);
    if (what && repeated(r, what, refused) < 0)
        return -1;
    *out = TAKE(document);
    return 0;
}

static int yaml_body(struct api_request *r, const struct buf *body, json_t **out, json_t **refused)
{
    cleanup_error struct error *err = NULL;
    cleanup_error struct error *again = NULL;
    cleanup_json json_t *documents = NULL;

    if (yaml_parse("yaml", body->data, body->len, YAML_KUBECTL, &documents, &err) < 0 &&
        yaml_parse_last_wins("yaml", body->data, body->len, YAML_KUBECTL, &documents, &again) < 0)
        return refuse_bad_request(refused, "the body of the request cannot be read: %s",
                                  error_message(err));
    if (json_array_size(documents) != 1)
        return refuse_bad_request(refused, "the body of the request is not one document");
    if (err && repeated(r, error_message(err), refused) < 0)
        return -1;
    *out = json_incref(json_array_get(documents, 0));
    return 0;
}

int api_body(struct api_request *r, json_t **out, json_t **refused)
{
    const struct buf *body = http_call_body(r->http);
    const char *type = http_call_header(r->http, "Content-Type");

    if (type && strstr(type, "protobuf"))
        return protobuf_body(body, out, refused);
    return type && strstr(type, "yaml") ? yaml_body(r, body, out, refused)
                                        : json_body(r, body, out, refused);
}

/* ---- what is asked for ---- */

static enum api_shape shape_of(const struct http_call *http)
{
    const char *accept = http_call_header(http, "Accept");

    if (accept && strstr(accept, "as=Table"))
        return SHAPE_TABLE;
    if (accept && strstr(accept, "as=PartialObjectMetadata"))
        return SHAPE_METADATA;
    return SHAPE_OBJECT;
}

/* The parts of a path behind its group version. */
static bool place_read(struct api_request *r, const char *group, const char *version, char **parts,
                       size_t count)
{
    const struct kinds *kinds = &r->s->kinds;
    size_t i = 0;

    if (count >= 3 && streq(parts[0], "namespaces") &&
        kinds_find(kinds, group, version, parts[2])) {
        r->ns = xstrdup(parts[1]);
        i = 2;
    }
    if (i >= count)
        return false;
    r->kind = kinds_find(kinds, group, version, parts[i]);
    if (!r->kind || (r->ns && !kind_has(r->kind, KIND_NAMESPACED)))
        return false;
    if (i + 1 < count)
        r->name = xstrdup(parts[i + 1]);
    if (i + 2 < count)
        r->subresource = xstrdup(parts[i + 2]);
    return count <= i + 3 && (!r->name || r->ns || !kind_has(r->kind, KIND_NAMESPACED));
}

static bool path_read(struct api_request *r)
{
    cleanup_free char *copy = xstrdup(http_call_path(r->http));
    char *parts[8], *rest = copy, *part;
    size_t count = 0;

    while ((part = strsep(&rest, "/"))) {
        if (!*part)
            continue;
        if (count == ARRAY_LEN(parts))
            return false;
        parts[count++] = part;
    }
    if (count >= 3 && streq(parts[0], "api"))
        return place_read(r, "", parts[1], parts + 2, count - 2);
    return count >= 4 && streq(parts[0], "apis") &&
           place_read(r, parts[1], parts[2], parts + 3, count - 3);
}

static int write_read(struct api_request *r, json_t **refused)
{
    const char *validation = http_call_query(r->http, "fieldValidation");
    const char *dry_run = http_call_query(r->http, "dryRun");

    if (dry_run && *dry_run && !streq(dry_run, "All")) {
        json_t *causes = json_array();

        cause_add(causes, "FieldValueNotSupported", "dryRun", "[\"%s\"]: supported values: \"All\"",
                  dry_run);
        return refuse_invalid(refused, r->kind, "", causes);
    }
    if (validation && *validation && !streq(validation, "Strict") && !streq(validation, "Ignore") &&
        !streq(validation, "Warn")) {
        json_t *causes = json_array();

        cause_add(causes, "FieldValueNotSupported", "fieldValidation",
                  "\"%s\": supported values: \"Ignore\", \"Strict\", \"Warn\"", validation);
        return refuse_invalid(refused, r->kind, "", causes);
    }
    r->manager = apply_manager_name(http_call_query(r->http, "fieldManager"),
                                    http_call_header(r->http, "User-Agent"));
    r->write = (struct write_options){
        .manager = r->manager,
        .subresource = r->subresource,
        .dry_run = dry_run && *dry_run,
        .force = http_query_is_true(r->http, "force"),
        .validation = streq(validation, "Strict")   ? FIELDS_STRICT
                      : streq(validation, "Ignore") ? FIELDS_IGNORE
                                                    : FIELDS_WARN,
        .warnings = &r->warnings,
    };
    return 0;
}

/* ---- verbs ---- */

static void refuse_method(struct api_request *r)
{
    json_t *refused = NULL;

    refuse(&refused, 405, "MethodNotAllowed", NULL,
           "the server does not allow this method on the requested resource");
    api_refuse(r->http, refused);
}

static bool has_subresource(const struct api_request *r)
{
    const char *name = r->subresource;

    if (!name)
        return true;
    if (streq(name, "status"))
        return kind_has(r->kind, KIND_STATUS);
    if (streq(name, "scale"))
        return kind_has(r->kind, KIND_SCALE);
    return subresource_find(r->kind, name) != NULL;
}

static bool is_allowed(const struct subresource *sub, const char *method)
{
    return strstr(sub->verbs, streq(method, "POST") ? "create" : "get") &&
           (streq(method, "POST") || streq(method, "GET"));
}

static void serve_collection(struct api_request *r, const char *method)
{
    if (streq(method, "GET") && http_query_is_true(r->http, "watch"))
        api_watch(r);
    else if (streq(method, "GET"))
        api_list(r);
    else if (streq(method, "POST"))
        api_create(r);
    else if (streq(method, "DELETE"))
        api_delete_collection(r);
    else
        refuse_method(r);
}

static void serve_object(struct api_request *r, const char *method)
{
    const struct subresource *sub =
        r->subresource ? subresource_find(r->kind, r->subresource) : NULL;

    if (sub && sub->serve && is_allowed(sub, method))
        sub->serve(r);
    else if (sub && sub->serve)
        refuse_method(r);
    else if (streq(r->subresource, "scale"))
        api_scale(r);
    else if (streq(method, "GET") && http_query_is_true(r->http, "watch"))
        api_watch(r);
    else if (streq(method, "GET"))
        api_get(r);
    else if (streq(method, "PUT"))
        api_update(r);
    else if (streq(method, "PATCH"))
        api_patch(r);
    else if (streq(method, "DELETE") && !r->subresource)
        api_delete(r);
    else
        refuse_method(r);
}

static void serve(struct api_request *r)
{
    const char *method = http_call_method(r->http);
    json_t *refused = NULL;

    if (streq(method, "HEAD"))
        method = "GET";
    if (!path_read(r) || !has_subresource(r)) {
        refuse(&refused, 404, "NotFound", json_object(),
               "the server could not find the requested resource");
        api_refuse(r->http, refused);
    } else if (write_read(r, &refused) < 0) {
        api_refuse(r->http, refused);
    } else if (kind_has(r->kind, KIND_CREATE_ONLY)) {
        api_review(r);
    } else if (r->name) {
        serve_object(r, method);
    } else {
        serve_collection(r, method);
    }
}

/* "Bearer ..." must be the token, where there is one. */
static bool is_known(const struct sandbox *s, const struct http_call *http)
{
    const char *given = http_call_header(http, "Authorization");
    static const char prefix[] = "Bearer ";

    return !s->token ||
           (given && str_has_prefix(given, prefix) && streq(given + strlen(prefix), s->token));
}

void api_handle(void *arg, struct http_call *http)
{
    struct api_request r = {.s = arg, .http = http, .shape = shape_of(http)};
    json_t *refused = NULL;

    if (streq(http_call_query(http, "includeObject"), "Object"))
        r.rows = TABLE_OBJECT;
    if (faults_serve(&r.s->faults, r.s, http))
        return;
    if (!is_known(r.s, http)) {
        refuse(&refused, 401, "Unauthorized", NULL, "Unauthorized");
        api_refuse(http, refused);
    } else if (!faults_strike(&r.s->faults, http) && !api_discover(r.s, http)) {
        serve(&r);
        if (r.s->audit && r.kind)
            audit_write(&r);
    }
    free(r.ns);
    free(r.name);
    free(r.subresource);
    free(r.manager);
    strvec_clear(&r.warnings);
}
