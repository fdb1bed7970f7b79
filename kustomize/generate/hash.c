/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/generate/hash.h"

#include "kustomize/generate/utf8.h"
#include "kustomize/json_text.h"
#include "lib/base/buf.h"
#include "lib/base/hash.h"
#include "lib/base/vec.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"

#include <math.h>
#include <stdio.h>

/* A string as Go's encoding/json writes it: also `<`, `>`, `&` and the two separators of lines and
 * paragraphs are escaped. */
static void canonical_string(struct buf *out, const char *s, size_t len)
{
    buf_putc(out, '"');
    for (size_t i = 0, size; i < len; i += size) {
        unsigned code = 0;

        size = utf8_decode(s + i, len - i, &code);
        if (size == 0) { /* jansson lets none in */
            buf_puts(out, "\\ufffd");
            size = 1;
        } else if (code == '"' || code == '\\') {
            buf_printf(out, "\\%c", (char)code);
        } else if (code == '\n' || code == '\r' || code == '\t' || code == '\b' || code == '\f') {
            buf_printf(out, "\\%c",
                       code == '\n'   ? 'n'
                       : code == '\r' ? 'r'
                       : code == '\t' ? 't'
                       : code == '\b' ? 'b'
                                      : 'f');
        } else if (code < 0x20 || code == '<' || code == '>' || code == '&' || code == 0x2028 ||
                   code == 0x2029) {
            buf_printf(out, "\\u%04x", code);
        } else {
            buf_put(out, s + i, size);
        }
    }
    buf_putc(out, '"');
}

/* The shortest digits that give `value` back, without the point; *exponent is that of the first. */
static size_t shortest_digits(double value, char digits[32], int *exponent)
{
    char text[32];
    size_t len = 0;

    for (int decimals = 0; decimals < 17; decimals++) {
        snprintf(text, sizeof(text), "%.*e", decimals, value);
        if (strtod(text, NULL) == value)
            break;
    }
    for (const char *p = text; *p != 'e'; p++)
        if (*p != '.')
            digits[len++] = *p;
    *exponent = atoi(strchr(text, 'e') + 1);
    return len;
}

static void decimal_number(struct buf *out, const char *digits, size_t len, int exponent)
{
    int point = exponent + 1;

    if (point <= 0)
        buf_puts(out, "0.");
    for (; point < 0; point++)
        buf_putc(out, '0');
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (int)i == point)
            buf_putc(out, '.');
        buf_putc(out, digits[i]);
    }
    for (int i = (int)len; i < point; i++)
        buf_putc(out, '0');
}

/* A number as Go writes a float64: the shortest digits, an exponent only far from one. */
static void canonical_number(struct buf *out, double value)
{
    double size = fabs(value);
    char digits[32];
    int exponent;
    size_t len = shortest_digits(size, digits, &exponent);

    if (signbit(value))
        buf_putc(out, '-');
    if (size == 0 || (size >= 1e-6 && size < 1e21)) {
        decimal_number(out, digits, len, exponent);
        return;
    }
    buf_putc(out, digits[0]);
    if (len > 1)
        buf_printf(out, ".%.*s", (int)len - 1, digits + 1);
    buf_printf(out, "e%+d", exponent);
}

static void print_value(struct buf *out, const json_t *written, bool exact);

static void print_object(struct buf *out, const json_t *object, bool exact)
{
    cleanup_strvec struct strvec names = {0};
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)object, name, value)
        strvec_push(&names, name);
    strvec_sort(&names);
    buf_putc(out, '{');
    for (size_t i = 0; i < names.len; i++) {
        if (i > 0)
            buf_putc(out, ',');
        canonical_string(out, names.items[i], strlen(names.items[i]));
        buf_putc(out, ':');
        print_value(out, json_object_get(object, names.items[i]), exact);
    }
    buf_putc(out, '}');
}

static void print_value(struct buf *out, const json_t *written, bool exact)
{
    cleanup_json json_t *value = spelled_value((json_t *)written);
    json_t *item;
    size_t i;

    if (exact && spelled_text(written) && json_is_real(value)) {
        buf_puts(out, spelled_text(written));
        return;
    }
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_OBJECT: print_object(out, value, exact); break;
    case JSON_ARRAY:
        buf_putc(out, '[');
        json_array_foreach (value, i, item) {
            if (i > 0)
                buf_putc(out, ',');
            print_value(out, item, exact);
        }
        buf_putc(out, ']');
        break;
    case JSON_STRING: {
        bool marked = exact && json_string_value(value)[0] == SPELLED_MARK;

        canonical_string(out, json_string_value(value) + marked,
                         json_string_length(value) - marked);
        break;
    }
    case JSON_INTEGER:
        if (exact) {
            buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
            break;
        }
        canonical_number(out, (double)json_integer_value(value));
        break;
    case JSON_REAL: canonical_number(out, json_real_value(value)); break;
    case JSON_TRUE: buf_puts(out, "true"); break;
    case JSON_FALSE: buf_puts(out, "false"); break;
    case JSON_NULL: buf_puts(out, "null"); break;
    }
}

void canonical_value(struct buf *out, const json_t *value)
{
    print_value(out, value, false);
}

void canonical_exact(struct buf *out, const json_t *value)
{
    print_value(out, value, true);
}

/* One field of what is hashed: a map; a scalar's text; the empty string where there is none, and
 * null for a list. */
static void canonical_field(struct buf *out, const char *name, const json_t *value)
{
    cleanup_free char *text = value ? json_scalar_text(value) : NULL;

    buf_printf(out, "%s\"%s\":", out->len > 1 ? "," : "", name);
    if (json_is_object(value))
        canonical_value(out, value);
    else if (json_is_array(value))
        buf_puts(out, "null");
    else
        canonical_string(out, text ? text : "", text ? strlen(text) : 0);
}

static bool is_structured(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

/* The fields in the order of their names, as Go writes a map. kustomize looks for the name in a
 * field "metadata/name", which no object has: it is always empty. */
static void canonical_configmap(struct buf *out, const json_t *object)
{
    const json_t *binary = json_object_get(object, "binaryData");

    buf_putc(out, '{');
    if (is_structured(binary))
        canonical_field(out, "binaryData", binary);
    canonical_field(out, "data", json_object_get(object, "data"));
    canonical_field(out, "kind", json_object_get(object, "kind"));
    canonical_field(out, "name", NULL);
    buf_putc(out, '}');
}

static void canonical_secret(struct buf *out, const json_t *object)
{
    const json_t *strings = json_object_get(object, "stringData");

    buf_putc(out, '{');
    canonical_field(out, "data", json_object_get(object, "data"));
    canonical_field(out, "kind", json_object_get(object, "kind"));
    canonical_field(out, "name", NULL);
    if (is_structured(strings))
        canonical_field(out, "stringData", strings);
    canonical_field(out, "type", json_object_get(object, "type"));
    buf_putc(out, '}');
}

/* No vowels and nothing that looks like one, so that no word comes out. */
static char hash_char(char hex)
{
    switch (hex) {
    case '0': return 'g';
    case '1': return 'h';
    case '3': return 'k';
    case 'a': return 'm';
    case 'e': return 't';
    default: return hex;
    }
}

int kustomize_hash(const json_t *object, char out[KUSTOMIZE_HASH_BYTES], struct error **err)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const char *kind = json_string_at(object, "kind");
    char hex[SHA256_HEX_BYTES];

    if (streq(kind, "ConfigMap"))
        canonical_configmap(&text, object);
    else if (streq(kind, "Secret"))
        canonical_secret(&text, object);
    else
        return error_set(err, ERROR_UNSUPPORTED,
                         "the name hash of a %s is not supported: kustomize takes it from the "
                         "lines and quotes of its YAML; disable the name suffix hash, or give the "
                         "object a name of its own",
                         kind);
    sha256_hex(text.data, text.len, hex);
    for (size_t i = 0; i + 1 < KUSTOMIZE_HASH_BYTES; i++)
        out[i] = hash_char(hex[i]);
    out[KUSTOMIZE_HASH_BYTES - 1] = '\0';
    return 0;
}
