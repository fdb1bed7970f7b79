/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/spelling.h"

#include <inttypes.h>

#define NEVER_FREED ((size_t)-1) /* as jansson's own json_null() counts its references */

/* Nulls and booleans that print otherwise than they are written. */
static struct constant {
    json_t value;
    const char *text;
    bool in_flow; /* a null inside [] or {} */
} constants[] = {
    {{JSON_NULL, NEVER_FREED}, "", false},       {{JSON_NULL, NEVER_FREED}, "~", false},
    {{JSON_NULL, NEVER_FREED}, "Null", false},   {{JSON_NULL, NEVER_FREED}, "NULL", false},
    {{JSON_NULL, NEVER_FREED}, "null", true},    {{JSON_NULL, NEVER_FREED}, "~", true},
    {{JSON_NULL, NEVER_FREED}, "Null", true},    {{JSON_NULL, NEVER_FREED}, "NULL", true},
    {{JSON_TRUE, NEVER_FREED}, "True", false},   {{JSON_TRUE, NEVER_FREED}, "TRUE", false},
    {{JSON_FALSE, NEVER_FREED}, "False", false}, {{JSON_FALSE, NEVER_FREED}, "FALSE", false},
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

enum spelled_manner spelled_manner(const json_t *v)
{
    size_t len = json_is_string(v) ? json_string_length(v) : 0;
    const char *s = json_string_value(v);

    return len >= 2 && s[len - 2] == '\0' ? (enum spelled_manner)s[len - 1] : MANNER_USUAL;
}

/* Without its manner. */
static size_t text_length(const json_t *v)
{
    return json_string_length(v) - (spelled_manner(v) ? 2 : 0);
}

json_t *spelled_value(json_t *v)
{
    const char *text = spelled_text(v);
    struct scalar s;

    if (!text)
        return spelled_manner(v) ? json_stringn_nocheck(json_string_value(v), text_length(v))
                                 : json_incref(v);
    scalar_resolve(text, strlen(text), YAML_KUSTOMIZE, &s);
    /* A part of a string may begin with the mark, too. */
    return s.kind == SCALAR_STRING ? json_stringn_nocheck(json_string_value(v), text_length(v))
                                   : scalar_value(&s);
}

/* A string of the mark (if `marked`), the text, and the manner. NULL where it is not UTF-8. */
static json_t *string_new(const char *text, size_t len, bool marked, enum spelled_manner manner)
{
    char usual[256];
    char *s = len + 4 <= sizeof(usual) ? usual : xmalloc(len + 4);
    size_t at = 0;
    json_t *v;

    if (marked)
        s[at++] = SPELLED_MARK;
    memcpy(s + at, text, len);
    at += len;
    if (manner) {
        s[at++] = '\0';
        s[at++] = (char)manner;
    }
    v = json_stringn(s, at);
    if (s != usual)
        free(s);
    return v;
}

static json_t *string_with_manner(const char *text, size_t len, enum spelled_manner manner)
{
    bool marked = len && text[0] == SPELLED_MARK;

    /* A NUL of its own, from a generator's file, is not to be taken for that of a manner. */
    if (!manner && len >= 2 && text[len - 2] == '\0')
        manner = MANNER_QUOTED;
    return marked || manner ? string_new(text, len, marked, manner) : json_stringn(text, len);
}

json_t *spelled_string(const char *text, size_t len)
{
    return string_with_manner(text, len, MANNER_USUAL);
}

static bool is_string(const char *text, size_t len)
{
    cleanup_free char *copy = scalar_is_plain_text(text, len) ? NULL : xstrndup(text, len);

    return !copy || scalar_is_string(copy, len);
}

/* Would the string, written plainly, be anything but this string? Also what YAML 1.1 took for a
 * boolean or a number gets quotes. */
static bool needs_quotes(const char *s, size_t len)
{
    return len == 0 || memchr(s, '\n', len) || !is_string(s, len) || s[0] == ' ' ||
           s[len - 1] == ' ' || s[len - 1] == ':' || strchr("!&*{}[]|>@`\"'%#,", s[0]) ||
           memchr(s, '\t', len) || memmem(s, len, ": ", 2) || memmem(s, len, " #", 2);
}

json_t *spelled_string_styled(const char *text, size_t len, bool quoted)
{
    enum spelled_manner manner = MANNER_USUAL;

    if (quoted && !needs_quotes(text, len))
        manner = MANNER_QUOTED;
    else if (!quoted && (len == 0 || !is_string(text, len)))
        manner = MANNER_PLAIN;
    return string_with_manner(text, len, manner);
}

bool spelled_is_quoted(const json_t *v)
{
    if (!json_is_string(v) || spelled_text(v))
        return false;
    if (spelled_manner(v))
        return spelled_manner(v) == MANNER_QUOTED;
    return needs_quotes(json_string_value(v), json_string_length(v));
}

json_t *spelled_text_of(const char *text, enum spelled_manner manner)
{
    size_t len = strlen(text);
    struct scalar s;

    scalar_resolve(text, len, YAML_KUSTOMIZE, &s);
    return s.kind == SCALAR_STRING ? string_with_manner(text, len, manner)
                                   : string_new(text, len, true, manner);
}

bool spelled_is_null_in_flow(const json_t *v)
{
    const struct constant *c = json_is_null(v) ? find_constant(v) : NULL;

    return c && c->in_flow;
}

static json_t *spelled_constant(json_type type, const char *text, bool in_flow)
{
    for (size_t i = 0; i < ARRAY_LEN(constants); i++)
        if (constants[i].value.type == type && constants[i].in_flow == in_flow &&
            streq(constants[i].text, text))
            return &constants[i].value;
    return NULL;
}

json_t *spelled_null_in_flow(const char *text)
{
    return spelled_constant(JSON_NULL, text, true);
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
        constant = spelled_constant(json_typeof(value), text, false);
        return constant ? constant : value;
    }
    if (streq(digits, text))
        return value;
    json_decref(value);
    marked = xasprintf("%c%s", SPELLED_MARK, text);
    return json_stringn(marked, len + 1);
}

/* Its digits, spelled; NULL where it is no integer between int64 and uint64. */
static json_t *wide_integer(const char *text)
{
    struct scalar s;

    if (!text)
        return NULL;
    scalar_resolve(text, strlen(text), YAML_KUSTOMIZE, &s);
    if (scalar_type(&s) != SCALAR_INT || s.kind != SCALAR_FLOAT)
        return NULL;
    return json_sprintf("%c%" PRIu64, SPELLED_MARK, s.wide);
}

/* Takes `v`, the value of a spelled scalar. */
static json_t *marked_again(json_t *v)
{
    const char *s = json_string_value(v);
    json_t *marked;

    if (!s || s[0] != SPELLED_MARK)
        return v;
    marked = spelled_string(s, json_string_length(v));
    json_decref(v);
    return marked;
}

/* What takes the place of `v`, NULL where it stays. */
static json_t *resolved(json_t *v, bool exact)
{
    const char *s = json_string_value(v);
    json_t *wide;

    if (s && s[0] == SPELLED_MARK && s[1] == SPELLED_MARK)
        return json_stringn_nocheck(s + !exact, text_length(v) - !exact);
    if (!spelled_text(v) && !spelled_manner(v))
        return NULL;
    if (exact && (wide = wide_integer(spelled_text(v))))
        return wide;
    return exact ? marked_again(spelled_value(v)) : spelled_value(v);
}

static bool is_of_its_type(const json_t *v)
{
    enum spelled_manner manner = spelled_manner(v);

    return !manner || manner == MANNER_QUOTED || manner == MANNER_PLAIN || manner == MANNER_UNTYPED;
}

static const char *resolve(json_t *doc, bool exact)
{
    size_t count = json_array_size(doc);
    const char *misfit = NULL;
    const char *below;

    for (void *i = json_object_iter(doc); i; i = json_object_iter_next(doc, i)) {
        json_t *v = json_object_iter_value(i);
        json_t *plain = resolved(v, exact);

        if (!is_of_its_type(v))
            misfit = json_object_iter_key(i);
        if (plain)
            json_object_iter_set_new(doc, i, plain);
        else if ((below = resolve(v, exact)))
            misfit = below;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *v = json_array_get(doc, i);
        json_t *plain = resolved(v, exact);

        if (!is_of_its_type(v))
            misfit = "";
        if (plain)
            json_array_set_new(doc, i, plain);
        else if ((below = resolve(v, exact)))
            misfit = below;
    }
    return misfit;
}

const char *spelled_resolve(json_t *doc)
{
    return resolve(doc, false);
}

const char *spelled_resolve_exact(json_t *doc)
{
    return resolve(doc, true);
}
