/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/refusal.h"

#include <stdarg.h>

static json_t *status_new(int code, const char *reason, json_t *details, const char *message)
{
    json_t *status = json_pack("{s:s, s:s, s:{}, s:s, s:s, s:s*, s:i}", "kind", "Status",
                               "apiVersion", "v1", "metadata", "status", "Failure", "message",
                               message, "reason", reason, "code", code);

    if (details)
        json_object_set_new(status, "details", details);
    return status;
}

int refuse(json_t **refused, int code, const char *reason, json_t *details, const char *fmt, ...)
{
    cleanup_free char *message = NULL;
    va_list ap;

    va_start(ap, fmt);
    message = xvasprintf(fmt, ap);
    va_end(ap);
    *refused = status_new(code, reason, details, message);
    return -1;
}

int refuse_bad_request(json_t **refused, const char *fmt, ...)
{
    cleanup_free char *message = NULL;
    va_list ap;

    va_start(ap, fmt);
    message = xvasprintf(fmt, ap);
    va_end(ap);
    *refused = status_new(400, "BadRequest", NULL, message);
    return -1;
}

/* "deployments.apps", or "pods" of the core group. */
static char *qualified(const char *name, const char *group)
{
    return *group ? xasprintf("%s.%s", name, group) : xstrdup(name);
}

static json_t *details_of(const struct kind *kind, const char *kind_name, const char *name)
{
    json_t *details = json_object();

    if (name && *name)
        json_object_set_new(details, "name", json_string(name));
    if (*kind->group)
        json_object_set_new(details, "group", json_string(kind->group));
    json_object_set_new(details, "kind", json_string(kind_name));
    return details;
}

int refuse_not_found(json_t **refused, const struct kind *kind, const char *name)
{
    cleanup_free char *what = qualified(kind->plural, kind->group);

    return refuse(refused, 404, "NotFound", details_of(kind, kind->plural, name),
                  "%s \"%s\" not found", what, name);
}

int refuse_exists(json_t **refused, const struct kind *kind, const char *name)
{
    cleanup_free char *what = qualified(kind->plural, kind->group);

    return refuse(refused, 409, "AlreadyExists", details_of(kind, kind->plural, name),
                  "%s \"%s\" already exists", what, name);
}

int refuse_conflict(json_t **refused, const struct kind *kind, const char *name, const char *why)
{
    cleanup_free char *what = qualified(kind->plural, kind->group);

    return refuse(refused, 409, "Conflict", details_of(kind, kind->plural, name),
                  "Operation cannot be fulfilled on %s \"%s\": %s", what, name, why);
}

int refuse_precondition(json_t **refused, const struct kind *kind, const char *name,
                        const char *why)
{
    cleanup_free char *what = qualified(kind->kind, kind->group);

    return refuse(refused, 409, "Conflict", details_of(kind, kind->kind, name),
                  "Operation cannot be fulfilled on %s \"%s\": %s", what, name, why);
}

int refuse_stale(json_t **refused, const struct kind *kind, const char *name)
{
    return refuse_conflict(refused, kind, name,
                           "the object has been modified; please apply your changes to the latest "
                           "version and try again");
}

int refuse_forbidden(json_t **refused, const struct kind *kind, const char *name, json_t *causes,
                     const char *why)
{
    cleanup_free char *what = qualified(kind->plural, kind->group);
    json_t *details = details_of(kind, kind->plural, name);

    if (causes)
        json_object_set_new(details, "causes", causes);
    return refuse(refused, 403, "Forbidden", details, "%s \"%s\" is forbidden: %s", what, name,
                  why);
}

int refuse_expired(json_t **refused, const char *why)
{
    return refuse(refused, 410, "Expired", NULL, "%s", why);
}

static void put_cause(struct buf *out, const json_t *cause)
{
    buf_printf(out, "%s: %s", json_string_value(json_object_get(cause, "field")),
               json_string_value(json_object_get(cause, "message")));
}

int refuse_invalid(json_t **refused, const struct kind *kind, const char *name, json_t *causes)
{
    cleanup_free char *what = qualified(kind->kind, kind->group);
    cleanup_buf struct buf text = BUF_UNLIMITED;
    json_t *details = details_of(kind, kind->kind, name);
    size_t count = json_array_size(causes);

    if (count > 1)
        buf_putc(&text, '[');
    for (size_t i = 0; i < count; i++) {
        buf_puts(&text, i > 0 ? ", " : "");
        put_cause(&text, json_array_get(causes, i));
    }
    if (count > 1)
        buf_putc(&text, ']');
    json_object_set_new(details, "causes", causes);
    return refuse(refused, 422, "Invalid", details, "%s \"%s\" is invalid: %s", what, name,
                  text.data);
}

static const struct {
    const char *reason;
    const char *words;
} cause_words[] = {
    {"FieldValueRequired", "Required value"},   {"FieldValueInvalid", "Invalid value"},
    {"FieldValueForbidden", "Forbidden"},       {"FieldValueNotSupported", "Unsupported value"},
    {"FieldValueDuplicate", "Duplicate value"}, {"FieldValueTypeInvalid", "Invalid value"},
};

void cause_add(json_t *causes, const char *reason, const char *field, const char *fmt, ...)
{
    cleanup_free char *detail = NULL;
    cleanup_free char *message = NULL;
    const char *words = reason;
    va_list ap;

    va_start(ap, fmt);
    detail = xvasprintf(fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < ARRAY_LEN(cause_words); i++)
        if (streq(cause_words[i].reason, reason))
            words = cause_words[i].words;
    message = *detail ? xasprintf("%s: %s", words, detail) : xstrdup(words);
    json_array_append_new(
        causes, json_pack("{s:s, s:s, s:s}", "reason", reason, "message", message, "field", field));
}

int refusal_code(const json_t *status)
{
    return (int)json_integer_value(json_object_get(status, "code"));
}

json_t *status_success(const struct kind *kind, const json_t *object)
{
    const json_t *meta = json_object_get(object, "metadata");
    json_t *details =
        details_of(kind, kind->plural, json_string_value(json_object_get(meta, "name")));

    json_object_set(details, "uid", json_object_get(meta, "uid"));
    return json_pack("{s:s, s:s, s:{}, s:s, s:o}", "kind", "Status", "apiVersion", "v1", "metadata",
                     "status", "Success", "details", details);
}
