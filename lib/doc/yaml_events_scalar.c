/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml_events.h"

#define TAG_PREFIX "tag:yaml.org,2002:"

/* The part behind "tag:yaml.org,2002:", the whole tag if it is another one, "" without a tag. */
static const char *short_tag(const yaml_char_t *tag)
{
    const char *s = (const char *)tag;

    if (!s || !*s)
        return "";
    return str_has_prefix(s, TAG_PREFIX) ? s + strlen(TAG_PREFIX) : s;
}

static bool is_quoted(const struct reader *r)
{
    return r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

static int make_string(struct reader *r, const char *text, size_t len, json_t **out)
{
    if (memchr(text, '\0', len))
        return reader_fail(r, "a NUL character in a string");
    *out =
        r->how.spelled ? spelled_string_styled(text, len, is_quoted(r)) : json_stringn(text, len);
    return *out ? 0 : reader_fail(r, "the text is not UTF-8");
}

static int make_binary(struct reader *r, const char *text, size_t len, json_t **out)
{
    cleanup_buf struct buf data = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;

    if (base64_decode(text, len, &data, &err) < 0)
        return reader_fail(r, "!!binary value contains invalid base64 data");
    return make_string(r, data.data, data.len, out);
}

/* Does a value of this kind satisfy an explicit tag? */
static bool tag_accepts(const char *tag, enum scalar_kind kind)
{
    switch (kind) {
    case SCALAR_NULL: return streq(tag, "null");
    case SCALAR_BOOL: return streq(tag, "bool");
    case SCALAR_INT: return streq(tag, "int") || streq(tag, "float");
    case SCALAR_FLOAT: return streq(tag, "float");
    case SCALAR_TIMESTAMP: return streq(tag, "timestamp");
    case SCALAR_STRING: break;
    }
    return false;
}

static bool is_resolvable(const char *tag)
{
    static const char *const tags[] = {"null", "bool", "int", "float", "timestamp"};

    for (size_t i = 0; i < ARRAY_LEN(tags); i++)
        if (streq(tag, tags[i]))
            return true;
    return false;
}

/* What the current scalar means, tag and quotes considered. */
static int resolve_event(struct reader *r, struct scalar *s)
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t len = r->event.data.scalar.length;
    const char *tag = short_tag(r->event.data.scalar.tag);
    bool quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    cleanup_free char *message = NULL;

    s->kind = SCALAR_STRING;
    if (streq(tag, "!") && r->how.dialect == YAML_KUSTOMIZE)
        tag = "";
    if (!*tag) {
        if (!quoted)
            scalar_resolve(text, len, r->how.dialect, s);
        return 0;
    }
    if (!is_resolvable(tag))
        return 0;
    scalar_resolve(text, len, r->how.dialect, s);
    if (tag_accepts(tag, scalar_type(s)))
        return 0;
    message = xasprintf("the value cannot be read as a !!%s", tag);
    return reader_fail(r, message);
}

int reader_scalar(struct reader *r, json_t **out)
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t len = r->event.data.scalar.length;
    struct scalar s;

    /* kustomize passes each object on as text, where nothing inside {} turns into ''. */
    if (r->flow && len == 0 && r->how.dialect == YAML_KUSTOMIZE && !r->event.data.scalar.tag)
        return make_string(r, text, len, out);
    if (streq(short_tag(r->event.data.scalar.tag), "binary"))
        return make_binary(r, text, len, out);
    if (resolve_event(r, &s) < 0)
        return -1;
    if (s.kind == SCALAR_STRING || (s.kind == SCALAR_TIMESTAMP && r->how.dialect == YAML_KUBECTL))
        return make_string(r, text, len, out);
    if (r->how.spelled && r->flow && s.kind == SCALAR_NULL && (*out = spelled_null_in_flow(text)))
        return 0;
    *out = r->how.spelled ? spelled_new(&s, text, len) : scalar_value(&s);
    return *out ? 0 : reader_fail(r, "infinity and .nan have no place in JSON");
}

int reader_key(struct reader *r, char **out)
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t len = r->event.data.scalar.length;
    struct scalar s;
    char number[32];

    if (r->event.type != YAML_SCALAR_EVENT)
        return reader_fail(r, "a mapping key must be a scalar");
    if (memchr(text, '\0', len))
        return reader_fail(r, "a NUL character in a mapping key");
    if (resolve_event(r, &s) < 0)
        return -1;
    if (s.kind == SCALAR_NULL)
        return reader_fail(r, "a mapping key must not be null");
    if (r->how.dialect == YAML_KUSTOMIZE)
        s.kind = SCALAR_STRING;
    switch (s.kind) {
    case SCALAR_BOOL: *out = xstrdup(s.boolean ? "true" : "false"); break;
    case SCALAR_INT: *out = xasprintf("%lld", (long long)s.integer); break;
    case SCALAR_FLOAT:
        scalar_format_float(s.number, 32, number);
        *out = xstrdup(number);
        break;
    default: *out = xstrndup(text, len); break;
    }
    return 0;
}

bool reader_is_merge_key(const struct reader *r)
{
    const yaml_event_t *e = &r->event;

    if (e->type != YAML_SCALAR_EVENT || !streq((const char *)e->data.scalar.value, "<<"))
        return false;
    return (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !*short_tag(e->data.scalar.tag)) ||
           streq(short_tag(e->data.scalar.tag), "merge");
}
