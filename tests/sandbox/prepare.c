/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/prepare.h"

#include "lib/base/time.h"
#include "tests/sandbox/conform.h"
#include "tests/sandbox/identity.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/schema_custom.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static int check_type(const struct kind *kind, const json_t *object, json_t **refused)
{
    cleanup_free char *api_version = kind_api_version(kind);
    const char *given = text_of(object, "apiVersion"), *given_kind = text_of(object, "kind");

    if (*given && !streq(given, api_version))
        return refuse_bad_request(refused,
                                  "the API version in the data (%s) does not match the expected "
                                  "API version (%s)",
                                  given, api_version);
    if (*given_kind && !streq(given_kind, kind->kind))
        return refuse_bad_request(refused,
                                  "%s in version \"%s\" cannot be handled as a %s: the "
                                  "kind of the data does not match the expected kind",
                                  given_kind, kind->version, kind->kind);
    return 0;
}

int prepare_identity(const struct kind *kind, const char *ns, const char *name, json_t *object,
                     json_t **refused)
{
    json_t *meta = json_object_get(object, "metadata");
    cleanup_free char *api_version = kind_api_version(kind);
    const char *given;

    if (check_type(kind, object, refused) < 0)
        return -1;
    if (meta && !json_is_object(meta) && !json_is_null(meta))
        return refuse_bad_request(refused, "metadata is not an object");
    if (!json_is_object(meta)) {
        meta = json_object();
        json_object_set_new(object, "metadata", meta);
    }
    json_object_set_new(object, "apiVersion", json_string(api_version));
    json_object_set_new(object, "kind", json_string(kind->kind));
    given = text_of(meta, "namespace");
    if (ns && *given && !streq(given, ns))
        return refuse_bad_request(refused,
                                  "the namespace of the provided object does not match the "
                                  "namespace sent on the request");
    if (ns)
        json_object_set_new(meta, "namespace", json_string(ns));
    else
        json_object_del(meta, "namespace");
    given = text_of(meta, "name");
    if (name && *given && !streq(given, name))
        return refuse_bad_request(
            refused, "the name of the object (%s) does not match the name on the URL (%s)", given,
            name);
    if (name)
        json_object_set_new(meta, "name", json_string(name));
    return 0;
}

void prepare_nulls(const struct kind *kind, json_t *object)
{
    if (kind_is_custom(kind))
        schema_custom_drop_nulls(kind, object);
}

/* Metadata is a Go struct in the real server, also of custom kinds: what is empty is not there. */
static void drop_empty_meta(json_t *meta)
{
    static const char *const fields[] = {"labels", "annotations", "finalizers", "ownerReferences"};

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const json_t *value = json_object_get(meta, fields[i]);

        if (value && json_object_size(value) == 0 && json_array_size(value) == 0)
            json_object_del(meta, fields[i]);
    }
}

int prepare_fields(const struct kind *kind, json_t *object, const struct write_options *options,
                   json_t **refused)
{
    cleanup_strvec struct strvec unknown = {0};
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_free char *wrong = NULL;

    drop_empty_meta(json_object_get(object, "metadata"));
    conform(kind_type(kind), object, kind_is_custom(kind), &unknown, &wrong);
    if (wrong && kind_is_custom(kind)) /* its schema says so more exactly */
        return 0;
    if (wrong)
        return refuse_bad_request(refused,
                                  "%s in version \"%s\" cannot be handled as a %s: json: %s",
                                  kind->kind, kind->version, kind->kind, wrong);
    if (unknown.len == 0 || options->validation == FIELDS_IGNORE)
        return 0;
    for (size_t i = 0; i < unknown.len; i++) {
        buf_printf(&text, "%sunknown field \"%s\"", i > 0 ? ", " : "", unknown.items[i]);
        if (options->validation == FIELDS_WARN && options->warnings)
            strvec_pushf(options->warnings, "unknown field \"%s\"", unknown.items[i]);
    }
    if (options->validation == FIELDS_WARN)
        return 0;
    if (options->is_patch)
        return refuse(refused, 422, "Invalid", NULL,
                      " \"\" is invalid: patch: Invalid value: strict decoding error: %s",
                      text.data);
    return refuse_bad_request(refused,
                              "%s in version \"%s\" cannot be handled as a %s: strict "
                              "decoding error: %s",
                              kind->kind, kind->version, kind->kind, text.data);
}

static int give_name(const struct kind *kind, json_t *meta, json_t **refused)
{
    const char *base = text_of(meta, "generateName");
    cleanup_free char *name = NULL;

    if (*text_of(meta, "name"))
        return 0;
    if (!*base) {
        json_t *causes = json_array();

        cause_add(causes, "FieldValueRequired", "metadata.name",
                  "name or generateName is required");
        return refuse_invalid(refused, kind, "", causes);
    }
    name = identity_name(base);
    json_object_set_new(meta, "name", json_string(name));
    return 0;
}

/* Its status counts from the beginning. */
static bool begins_with_status(const struct kind *kind)
{
    return !*kind->group && (streq(kind->kind, "Namespace") || streq(kind->kind, "Node"));
}

int prepare_new(const struct kind *kind, json_t *object, json_t **refused)
{
    static const char *const servers[] = {"selfLink", "deletionTimestamp",
                                          "deletionGracePeriodSeconds", "generation"};
    json_t *meta = json_object_get(object, "metadata");
    char uid[IDENTITY_UID_BYTES], now[TIME_RFC3339_BYTES];

    if (give_name(kind, meta, refused) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(servers); i++)
        json_object_del(meta, servers[i]);
    identity_uid(uid);
    time_format_rfc3339(time_wall_ms(), now);
    json_object_set_new(meta, "uid", json_string(uid));
    json_object_set_new(meta, "creationTimestamp", json_string(now));
    if (kind_has(kind, KIND_GENERATION))
        json_object_set_new(meta, "generation", json_integer(1));
    if (kind_has(kind, KIND_STATUS) && !begins_with_status(kind))
        json_object_del(object, "status");
    return 0;
}

static void keep(json_t *to, const json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);

    if (value)
        json_object_set(to, key, value);
    else
        json_object_del(to, key);
}

/* Does anything differ that is wanted, not observed? Of custom kinds everything but metadata and
 * status is wanted, of others what their strategies look at: the spec, or all where there is none.
 */
static bool wants_change(const json_t *old, const json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)object, key, value) {
        if (!streq(key, "metadata") && !streq(key, "status") &&
            !json_equal(value, json_object_get(old, key)))
            return true;
    }
    json_object_foreach ((json_t *)old, key, value) {
        if (!streq(key, "metadata") && !streq(key, "status") && !json_object_get(object, key))
            return true;
    }
    return false;
}

/* A status is written: all else is as it was. */
static void take_status(const json_t *old, json_t *object, json_t *meta)
{
    cleanup_json json_t *status = json_incref(json_object_get(object, "status"));
    json_t *managed = json_object_get(meta, "managedFields");
    json_t *kept = json_deep_copy(json_object_get(old, "metadata"));
    const char *key;
    json_t *value;
    void *next;

    if (managed)
        json_object_set(kept, "managedFields", managed);
    json_object_foreach_safe(object, next, key, value)
    {
        if (!json_object_get(old, key))
            json_object_del(object, key);
    }
    json_object_foreach ((json_t *)old, key, value) {
        json_object_set(object, key, value);
    }
    json_object_set_new(object, "metadata", kept);
    if (status)
        json_object_set(object, "status", status);
    else
        json_object_del(object, "status");
}

static bool has_new_finalizer(const json_t *before, const json_t *after)
{
    size_t i, k;
    json_t *a, *b;

    json_array_foreach ((json_t *)after, i, a) {
        bool found = false;

        json_array_foreach ((json_t *)before, k, b) {
            found = found || json_equal(a, b);
        }
        if (!found)
            return true;
    }
    return false;
}

static int check_finalizers(const struct kind *kind, const json_t *old_meta, const json_t *meta,
                            json_t **refused)
{
    json_t *causes;

    if (!json_object_get(old_meta, "deletionTimestamp") ||
        !has_new_finalizer(json_object_get(old_meta, "finalizers"),
                           json_object_get(meta, "finalizers")))
        return 0;
    causes = json_array();
    cause_add(causes, "FieldValueForbidden", "metadata.finalizers",
              "no new finalizers can be added if the object is being deleted");
    return refuse_invalid(refused, kind, text_of(meta, "name"), causes);
}

int prepare_changed(const struct kind *kind, const json_t *old, json_t *object,
                    const char *subresource, json_t **refused)
{
    static const char *const servers[] = {
        "uid",        "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        "generation", "generateName",      "resourceVersion"};
    const json_t *old_meta = json_object_get(old, "metadata");
    json_t *meta = json_object_get(object, "metadata");
    bool is_status = streq(subresource, "status");

    if (is_status) {
        take_status(old, object, meta);
        meta = json_object_get(object, "metadata");
    } else if (kind_has(kind, KIND_STATUS)) {
        keep(object, old, "status");
    }
    json_object_del(meta, "selfLink");
    for (size_t i = 0; i < ARRAY_LEN(servers); i++)
        keep(meta, old_meta, servers[i]);
    if (check_finalizers(kind, old_meta, meta, refused) < 0)
        return -1;
    if (!is_status && kind_has(kind, KIND_GENERATION) && wants_change(old, object))
        json_object_set_new(
            meta, "generation",
            json_integer(json_integer_value(json_object_get(old_meta, "generation")) + 1));
    return 0;
}
