/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/spelling.h"

#define NEVER_FREED ((size_t)-1) /* as jansson's own json_null() counts its references */

/* Nulls and booleans that print otherwise than they are written. */
static struct constant {
    json_t value;
    const char *text;
} constants[] = {
    {{JSON_NULL, NEVER_FREED}, ""},       {{JSON_NULL, NEVER_FREED}, "~"},
    {{JSON_NULL, NEVER_FREED}, "Null"},   {{JSON_NULL, NEVER_FREED}, "NULL"},
    {{JSON_TRUE, NEVER_FREED}, "True"},   {{JSON_TRUE, NEVER_FREED}, "TRUE"},
    {{JSON_FALSE, NEVER_FREED}, "False"}, {{JSON_FALSE, NEVER_FREED}, "FALSE"},
};

static const struct constant *find_constant(const json_t *v)
{
    for (size_t i = 0; i < ARRAY_LEN(constants); i++)
        if (v == &constants[i].value)
            return &constants[i];
    return NULL;
}

const char *spelled_text(const json_t *v)
{
    const struct constant *c;
    const char *s;

    if (!v)
        return NULL;
    switch (json_typeof(v)) {
    case JSON_STRING:
        s = json_string_value(v);
        return s[0] == SPELLED_MARK && s[1] != SPELLED_MARK ? s + 1 : NULL;
    case JSON_NULL:
    case JSON_TRUE:
    case JSON_FALSE: c = find_constant(v); return c ? c->text : NULL;
    default: return NULL;
    }
}

bool json_is_unwritten_null(const json_t *v)
{
    const char *text = json_is_null(v) ? spelled_text(v) : NULL;

    return text && !*text;
}

json_t *spelled_value(json_t *v)
{
    const char *text = spelled_text(v);
    struct scalar s;

    if (!text)
        return json_incref(v);
    scalar_resolve(text, strlen(text), YAML_KUSTOMIZE, &s);
    /* A part of a string may begin with the mark, too. */
    return s.kind == SCALAR_STRING ? json_incref(v) : scalar_value(&s);
}

json_t *spelled_string(const char *text, size_t len)
{
    cleanup_free char *marked = NULL;

    if (!len || text[0] != SPELLED_MARK)
        return json_stringn(text, len);
    marked = xmalloc(len + 1);
    marked[0] = SPELLED_MARK;
    memcpy(marked + 1, text, len);
    return json_stringn(marked, len + 1);
}

static json_t *spelled_constant(json_type type, const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(constants); i++)
        if (constants[i].value.type == type && streq(constants[i].text, text))
            return &constants[i].value;
    return NULL;
}

json_t *spelled_new(const struct scalar *s, const char *text, size_t len)
{
    json_t *value = scalar_value(s);
    cleanup_free char *marked = NULL;
    char digits[32] = "";
    json_t *constant;

    if (!value)
        return NULL;
    switch (json_typeof(value)) {
    case JSON_INTEGER:
        snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL: scalar_format_float(json_real_value(value), 64, digits); break;
    case JSON_STRING: snprintf(digits, sizeof(digits), "%s", json_string_value(value)); break;
    default:
        constant = spelled_constant(json_typeof(value), text);
        return constant ? constant : value;
    }
    if (streq(digits, text))
        return value;
    json_decref(value);
    marked = xasprintf("%c%s", SPELLED_MARK, text);
    return json_stringn(marked, len + 1);
}

/* What takes the place of `v`, NULL where it stays. */
static json_t *resolved(json_t *v)
{
    if (json_is_string(v) && json_string_value(v)[0] == SPELLED_MARK &&
        json_string_value(v)[1] == SPELLED_MARK)
        return json_stringn(json_string_value(v) + 1, json_string_length(v) - 1);
    return spelled_text(v) ? spelled_value(v) : NULL;
}

void spelled_resolve(json_t *doc)
{
    size_t count = json_array_size(doc);

    for (void *i = json_object_iter(doc); i; i = json_object_iter_next(doc, i)) {
        json_t *v = json_object_iter_value(i);
        json_t *plain = resolved(v);

        if (plain)
            json_object_iter_set_new(doc, i, plain);
        else
            spelled_resolve(v);
    }
    for (size_t i = 0; i < count; i++) {
        json_t *v = json_array_get(doc, i);
        json_t *plain = resolved(v);

        if (plain)
            json_array_set_new(doc, i, plain);
        else
            spelled_resolve(v);
    }
}
