/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/generate/hash.h"

#include "kustomize/generate/utf8.h"
#include "lib/base/buf.h"
#include "lib/base/hash.h"
#include "lib/base/vec.h"

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

/* A number as Go writes a float64: the shortest digits, an exponent only far from one. */
static void canonical_number(struct buf *out, double value)
{
    double size = fabs(value);
    char text[64];
    int digits;

    for (digits = 0; digits < 17; digits++) {
        snprintf(text, sizeof(text), "%.*e", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (size != 0 && (size < 1e-6 || size >= 1e21)) {
        char *exponent = strchr(text, 'e');

        /* e-09 becomes e-9, but e+21 stays. */
        if (exponent && exponent[1] == '-' && exponent[2] == '0')
            memmove(exponent + 2, exponent + 3, strlen(exponent + 3) + 1);
        buf_puts(out, text);
        return;
    }
    for (int decimals = 0; decimals <= 24; decimals++) {
        snprintf(text, sizeof(text), "%.*f", decimals, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_puts(out, text);
}

static void canonical_value(struct buf *out, const json_t *value);

static void canonical_object(struct buf *out, const json_t *object)
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
        canonical_value(out, json_object_get(object, names.items[i]));
    }
    buf_putc(out, '}');
}

static void canonical_value(struct buf *out, const json_t *value)
{
    json_t *item;
    size_t i;

    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_OBJECT: canonical_object(out, value); break;
    case JSON_ARRAY:
        buf_putc(out, '[');
        json_array_foreach (value, i, item) {
            if (i > 0)
                buf_putc(out, ',');
            canonical_value(out, item);
        }
        buf_putc(out, ']');
        break;
    case JSON_STRING:
        canonical_string(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
    case JSON_REAL: canonical_number(out, json_number_value(value)); break;
    case JSON_TRUE: buf_puts(out, "true"); break;
    case JSON_FALSE: buf_puts(out, "false"); break;
    case JSON_NULL: buf_puts(out, "null"); break;
    }
}

/* One field of what is hashed: the object's, or the empty string. */
static void canonical_field(struct buf *out, const char *name, const json_t *value)
{
    buf_printf(out, "%s\"%s\":", out->len > 1 ? "," : "", name);
    if (value && !json_is_null(value))
        canonical_value(out, value);
    else
        buf_puts(out, "\"\"");
}

/* The fields in the order of their names, as Go writes a map. kustomize looks for the name in a
 * field "metadata/name", which no object has: it is always empty. */
static void canonical_configmap(struct buf *out, const json_t *object)
{
    const json_t *binary = json_object_get(object, "binaryData");

    buf_putc(out, '{');
    if (json_is_object(binary))
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
    if (json_is_object(strings))
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

void kustomize_hash(const json_t *object, char out[KUSTOMIZE_HASH_BYTES])
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const char *kind = json_string_value(json_object_get(object, "kind"));
    char hex[SHA256_HEX_BYTES];

    if (streq(kind, "ConfigMap"))
        canonical_configmap(&text, object);
    else if (streq(kind, "Secret"))
        canonical_secret(&text, object);
    else
        canonical_value(&text, object);
    sha256_hex(text.data, text.len, hex);
    for (size_t i = 0; i + 1 < KUSTOMIZE_HASH_BYTES; i++)
        out[i] = hash_char(hex[i]);
    out[KUSTOMIZE_HASH_BYTES - 1] = '\0';
}
