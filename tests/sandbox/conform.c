/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/conform.h"

#include "lib/base/base64.h"
#include "lib/base/buf.h"

struct walk {
    bool is_custom;
    struct strvec *unknown;
    char **wrong;
    struct buf path;
};

static void walk_value(struct walk *w, const struct kube_type *type, json_t *value);

static const char *json_type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "object";
    case JSON_ARRAY: return "array";
    case JSON_STRING: return "string";
    case JSON_INTEGER:
    case JSON_REAL: return "number";
    case JSON_TRUE:
    case JSON_FALSE: return "bool";
    case JSON_NULL: break;
    }
    return "null";
}

/* What Go calls the type; NULL: the value fits. */
static const char *misfit(enum kube_shape shape, const json_t *value)
{
    switch (shape) {
    case KUBE_STRING: return json_is_string(value) ? NULL : "string";
    case KUBE_INTEGER: return json_is_integer(value) ? NULL : "int32";
    case KUBE_NUMBER: return json_is_number(value) ? NULL : "float64";
    case KUBE_BOOLEAN: return json_is_boolean(value) ? NULL : "bool";
    case KUBE_INT_OR_STRING:
        return json_is_integer(value) || json_is_string(value) ? NULL : "intstr.IntOrString";
    case KUBE_TIME: return json_is_string(value) ? NULL : "v1.Time";
    case KUBE_DURATION: return json_is_string(value) ? NULL : "v1.Duration";
    case KUBE_BYTES: return json_is_string(value) ? NULL : "[]uint8";
    case KUBE_STRUCT: return json_is_object(value) ? NULL : "struct";
    case KUBE_MAP: return json_is_object(value) ? NULL : "map";
    case KUBE_LIST: return json_is_array(value) ? NULL : "slice";
    case KUBE_QUANTITY:
    case KUBE_ANY: break;
    }
    return NULL;
}

static void walk_child(struct walk *w, const struct kube_type *type, const char *key, json_t *value)
{
    size_t len = w->path.len;

    buf_printf(&w->path, "%s%s", len > 0 ? "." : "", key);
    walk_value(w, type, value);
    buf_truncate(&w->path, len);
}

static void leave_out(struct walk *w, json_t *object, const char *key)
{
    strvec_pushf(w->unknown, "%s%s%s", w->path.data, w->path.len > 0 ? "." : "", key);
    json_object_del(object, key);
}

/* As Go writes it: nulls, and maps and lists without items, which nearly all have omitempty. */
static bool is_omitted(const struct kube_type *type, const json_t *value)
{
    enum kube_shape shape = kube_type_shape(type);

    return json_is_null(value) ||
           (shape == KUBE_MAP && json_is_object(value) && json_object_size(value) == 0) ||
           (shape == KUBE_LIST && json_is_array(value) && json_array_size(value) == 0);
}

static void walk_struct(struct walk *w, const struct kube_type *type, json_t *object)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(object, next, key, value)
    {
        const struct kube_field *field = kube_type_field(type, key);

        if (field && !w->is_custom && is_omitted(field->type, value))
            json_object_del(object, key);
        else if (field)
            walk_child(w, field->type, key, value);
        else if (!kube_type_preserves_unknown(type))
            leave_out(w, object, key);
    }
}

static void walk_items(struct walk *w, const struct kube_type *type, json_t *array)
{
    size_t i, len = w->path.len;
    json_t *item;

    json_array_foreach (array, i, item) {
        buf_printf(&w->path, "[%zu]", i);
        walk_value(w, kube_type_items(type), item);
        buf_truncate(&w->path, len);
    }
}

static void check_bytes(struct walk *w, const json_t *value)
{
    cleanup_buf struct buf bytes = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;

    if (!*w->wrong &&
        base64_decode(json_string_value(value), json_string_length(value), &bytes, &err) < 0)
        *w->wrong = xstrdup("illegal base64 data");
}

static void walk_value(struct walk *w, const struct kube_type *type, json_t *value)
{
    const char *wanted = misfit(kube_type_shape(type), value);
    const char *key;
    json_t *child;

    if (json_is_null(value))
        return;
    if (kube_type_shape(type) == KUBE_BYTES && json_is_string(value) && !w->is_custom)
        check_bytes(w, value);
    if (wanted) {
        if (!*w->wrong)
            *w->wrong =
                xasprintf("cannot unmarshal %s into Go struct field %s of type %s",
                          json_type_name(value), w->path.len > 0 ? w->path.data : "", wanted);
        return;
    }
    switch (kube_type_shape(type)) {
    case KUBE_STRUCT: walk_struct(w, type, value); break;
    case KUBE_LIST: walk_items(w, type, value); break;
    case KUBE_MAP:
        json_object_foreach (value, key, child) {
            walk_child(w, kube_type_items(type), key, child);
        }
        break;
    default: break;
    }
}

void conform(const struct kube_type *type, json_t *object, bool is_custom, struct strvec *unknown,
             char **wrong)
{
    struct walk w = {
        .is_custom = is_custom, .unknown = unknown, .wrong = wrong, .path = BUF_UNLIMITED};

    if (type)
        walk_value(&w, type, object);
    buf_clear(&w.path);
}
