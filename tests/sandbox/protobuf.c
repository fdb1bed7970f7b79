/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/protobuf.h"

#include "lib/base/base64.h"
#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/protobuf_table.h"

#include <ctype.h>
#include <stdio.h>

#define MAGIC "k8s" /* with its NUL */
#define DEPTH_MAX 64

/* Bytes that are still to be read. */
struct bytes {
    const unsigned char *at, *end;
};

struct value {
    unsigned field;
    unsigned wire; /* 0 number, 1 eight bytes, 2 bytes, 5 four bytes */
    uint64_t number;
    struct bytes bytes;
};

static struct strvec lines;

static int read_message(size_t line, struct bytes in, json_t *out, unsigned depth);

static bool read_varint(struct bytes *b, uint64_t *out)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && b->at < b->end; shift += 7) {
        unsigned char c = *b->at++;

        value |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool read_fixed(struct bytes *b, size_t len, uint64_t *out)
{
    if ((size_t)(b->end - b->at) < len)
        return false;
    *out = 0;
    for (size_t i = 0; i < len; i++)
        *out |= (uint64_t)b->at[i] << (8 * i);
    b->at += len;
    return true;
}

static bool read_value(struct bytes *b, struct value *v)
{
    uint64_t tag, len;

    if (!read_varint(b, &tag))
        return false;
    v->field = (unsigned)(tag >> 3);
    v->wire = tag & 7;
    switch (v->wire) {
    case 0: return read_varint(b, &v->number);
    case 1: return read_fixed(b, 8, &v->number);
    case 5: return read_fixed(b, 4, &v->number);
    case 2:
        if (!read_varint(b, &len) || len > (uint64_t)(b->end - b->at))
            return false;
        v->bytes = (struct bytes){b->at, b->at + len};
        b->at += len;
        return true;
    default: return false;
    }
}

/* The first value of a field; false: it is not there. */
static bool find_value(struct bytes b, unsigned field, struct value *v)
{
    while (b.at < b.end && read_value(&b, v))
        if (v->field == field)
            return true;
    return false;
}

/* ---- the table ---- */

struct field {
    char *name; /* heap */
    char type;  /* a letter, or 'm' */
    size_t message;
    char mark; /* '*', '%', '^' or 0 */
};

static void load_table(void)
{
    const char *at = protobuf_table;

    while (*at) {
        size_t len = strcspn(at, "\n");

        strvec_take(&lines, xstrndup(at, len));
        at += len + 1;
    }
}

/* NUMBER:NAME:TYPE in the line of a message. */
static bool field_find(size_t line, unsigned number, struct field *out)
{
    cleanup_free char *wanted = xasprintf("%u:", number);
    const char *at = lines.items[line];

    while (*at && !str_has_prefix(at, wanted)) {
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    if (!*at)
        return false;
    at += strlen(wanted);
    out->name = xstrndup(at, strcspn(at, ":"));
    at += strlen(out->name) + 1;
    out->type = isdigit((unsigned char)*at) ? 'm' : *at;
    out->message = out->type == 'm' ? strtoul(at, (char **)&at, 10) : 0;
    at += out->type != 'm';
    out->mark = *at == ' ' ? '\0' : *at;
    return true;
}

static bool kind_find(const char *api_version, const char *kind, size_t *line)
{
    cleanup_free char *wanted =
        streq(kind, "DeleteOptions")
            ? xstrdup("k / DeleteOptions ")
            : xasprintf("k %s%s %s ", strchr(api_version, '/') ? "" : "/", api_version, kind);

    for (size_t i = 0; i < lines.len; i++)
        if (str_has_prefix(lines.items[i], wanted)) {
            *line = strtoul(lines.items[i] + strlen(wanted), NULL, 10);
            return true;
        }
    return false;
}

/* ---- values; NULL: as if it were not there ---- */

static json_t *text_of(struct bytes b)
{
    return b.at < b.end ? json_stringn((const char *)b.at, (size_t)(b.end - b.at)) : NULL;
}

static json_t *time_of(struct bytes b, bool micro)
{
    struct value seconds = {0}, nanos = {0};
    char text[TIME_RFC3339_BYTES];
    cleanup_free char *fine = NULL;

    if (!find_value(b, 1, &seconds) || seconds.number == 0)
        return NULL;
    find_value(b, 2, &nanos);
    time_format_rfc3339((int64_t)seconds.number * 1000, text);
    if (!micro)
        return json_string(text);
    fine = xasprintf("%.19s.%06uZ", text, (unsigned)(nanos.number / 1000));
    return json_string(fine);
}

static json_t *int_or_string(struct bytes b)
{
    struct value type = {0}, v = {0};

    find_value(b, 1, &type);
    if (type.number == 1)
        return find_value(b, 3, &v) ? text_of(v.bytes) : NULL;
    find_value(b, 2, &v);
    return json_integer((json_int_t)(int32_t)v.number);
}

/* A Quantity, or JSON as it is: in field 1. */
static json_t *wrapped(struct bytes b, bool is_json)
{
    struct value v;

    if (!find_value(b, 1, &v) || v.wire != 2)
        return NULL;
    return is_json ? json_loadb((const char *)v.bytes.at, (size_t)(v.bytes.end - v.bytes.at),
                                JSON_DECODE_ANY, NULL)
                   : text_of(v.bytes);
}

static json_t *base64_of(struct bytes b)
{
    cleanup_free char *text = base64_encode(b.at, (size_t)(b.end - b.at));

    return json_string(text);
}

static json_t *number_of(const struct field *f, const struct value *v)
{
    static const char *const may_be_zero[] = {"replicas", "minReplicas", "backoffLimit",
                                              "gracePeriodSeconds", "value"};
    bool keeps = f->mark != '\0';

    for (size_t i = 0; i < ARRAY_LEN(may_be_zero); i++)
        keeps = keeps || streq(f->name, may_be_zero[i]);
    return v->number || keeps ? json_integer((json_int_t)v->number) : NULL;
}

static json_t *message_of(const struct field *f, struct bytes b, unsigned depth)
{
    static const char *const may_be_empty[] = {"emptyDir", "podSelector", "namespaceSelector"};
    json_t *object = json_object();
    bool keeps = f->mark != '\0';

    for (size_t i = 0; i < ARRAY_LEN(may_be_empty); i++)
        keeps = keeps || streq(f->name, may_be_empty[i]);
    if (read_message(f->message, b, object, depth + 1) < 0 ||
        (json_object_size(object) == 0 && !keeps)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *value_of(const struct field *f, const struct value *v, unsigned depth)
{
    double real;

    switch (f->type) {
    case 's': return text_of(v->bytes);
    case 'b': return v->number ? json_true() : NULL;
    case 'i': return number_of(f, v);
    case 'y': return base64_of(v->bytes);
    case 'd': memcpy(&real, &v->number, sizeof(real)); return json_real(real);
    case 't': return time_of(v->bytes, false);
    case 'u': return time_of(v->bytes, true);
    case 'q': return wrapped(v->bytes, false);
    case 'r': return wrapped(v->bytes, true);
    case 'o': return int_or_string(v->bytes);
    default: return message_of(f, v->bytes, depth);
    }
}

/* ---- messages ---- */

static json_t *child(json_t *out, const char *name, json_t *(*make)(void))
{
    json_t *value = json_object_get(out, name);

    if (!value) {
        value = make();
        json_object_set_new(out, name, value);
    }
    return value;
}

static void put_entry(json_t *out, const struct field *f, struct bytes entry, unsigned depth)
{
    struct value key = {0}, v = {0};
    cleanup_free char *name = NULL;
    json_t *made;

    find_value(entry, 1, &key);
    name = xstrndup((const char *)key.bytes.at, (size_t)(key.bytes.end - key.bytes.at));
    made = find_value(entry, 2, &v) ? value_of(f, &v, depth) : NULL;
    json_object_set_new(child(out, f->name, json_object), name, made ? made : json_string(""));
}

static int put_field(json_t *out, const struct field *f, const struct value *v, unsigned depth)
{
    json_t *value;

    if (f->mark == '^')
        return read_message(f->message, v->bytes, out, depth + 1);
    if (f->mark == '%') {
        put_entry(out, f, v->bytes, depth);
        return 0;
    }
    value = value_of(f, v, depth);
    if (f->mark == '*')
        json_array_append_new(child(out, f->name, json_array), value ? value : json_string(""));
    else if (value)
        json_object_set_new(out, f->name, value);
    return 0;
}

static int read_message(size_t line, struct bytes in, json_t *out, unsigned depth)
{
    struct value v;

    if (depth > DEPTH_MAX)
        return -1;
    while (in.at < in.end) {
        struct field f;
        int code;

        v = (struct value){0};
        if (!read_value(&in, &v))
            return -1;
        if (!field_find(line, v.field, &f))
            continue;
        code = put_field(out, &f, &v, depth);
        free(f.name);
        if (code < 0)
            return -1;
    }
    return 0;
}

/* runtime.Unknown: the type, and the object as bytes. */
static int read_envelope(struct bytes in, char **api_version, char **kind, struct bytes *object)
{
    struct value type, v;

    if (!find_value(in, 1, &type) || !find_value(in, 2, &v))
        return -1;
    *object = v.bytes;
    if (!find_value(type.bytes, 1, &v))
        return -1;
    *api_version = xstrndup((const char *)v.bytes.at, (size_t)(v.bytes.end - v.bytes.at));
    if (!find_value(type.bytes, 2, &v))
        return -1;
    *kind = xstrndup((const char *)v.bytes.at, (size_t)(v.bytes.end - v.bytes.at));
    return 0;
}

int protobuf_read(const char *data, size_t len, json_t **out, struct error **err)
{
    struct bytes in = {(const unsigned char *)data, (const unsigned char *)data + len}, object;
    cleanup_free char *api_version = NULL;
    cleanup_free char *kind = NULL;
    cleanup_json json_t *document = NULL;
    size_t line;

    if (len < sizeof(MAGIC) || memcmp(data, MAGIC, sizeof(MAGIC)) != 0)
        return error_set(err, ERROR_INVALID, "the body does not begin as Kubernetes' protobuf");
    in.at += sizeof(MAGIC);
    if (read_envelope(in, &api_version, &kind, &object) < 0)
        return error_set(err, ERROR_INVALID, "the body is no protobuf message");
    load_table();
    if (!kind_find(api_version, kind, &line)) {
        strvec_clear(&lines);
        return error_set(err, ERROR_UNSUPPORTED, "%s %s is not read as protobuf", api_version,
                         kind);
    }
    document = json_pack("{s:s, s:s}", "apiVersion", api_version, "kind", kind);
    if (read_message(line, object, document, 0) < 0) {
        strvec_clear(&lines);
        return error_set(err, ERROR_INVALID, "the body is no %s", kind);
    }
    strvec_clear(&lines);
    *out = TAKE(document);
    return 0;
}
