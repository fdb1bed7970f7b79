/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/redact.h"

#include "lib/base/base64.h"
#include "lib/doc/yaml.h"

#define MASK "++++++++"
#define MAX_VALUE_BYTES (4u << 20)

static char *replace_all(char *text, const char *value)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;
    size_t len = strlen(value);
    const char *from = text;
    const char *at;

    if (!len || !strstr(text, value))
        return text;
    while ((at = strstr(from, value))) {
        buf_put(&out, from, (size_t)(at - from));
        buf_puts(&out, MASK);
        from = at + len;
    }
    buf_puts(&out, from);
    free(text);
    return buf_take(&out);
}

/* As it stands, and as it is quoted: with its line breaks as "\\n". */
static char *replace_text(char *text, const char *value, size_t len)
{
    cleanup_json json_t *string = json_stringn(value, len);
    cleanup_free char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;

    text = replace_all(text, value);
    if (!quoted)
        return text;
    quoted[strlen(quoted) - 1] = '\0';
    return replace_all(text, quoted + 1);
}

static char *replace_string(char *text, const json_t *value)
{
    cleanup_buf struct buf decoded = BUF_INIT(MAX_VALUE_BYTES);
    cleanup_error struct error *err = NULL;

    text = replace_text(text, json_string_value(value), json_string_length(value));
    if (base64_decode(json_string_value(value), json_string_length(value), &decoded, &err) == 0)
        text = replace_text(text, decoded.data, decoded.len);
    return text;
}

/* What is no string does not belong there, and is what the server complains of. */
static char *replace_value(char *text, const json_t *value)
{
    cleanup_free char *scalar = NULL;
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_string(value))
        return replace_string(text, value);
    json_array_foreach ((json_t *)value, i, item)
        text = replace_value(text, item);
    json_object_foreach ((json_t *)value, key, item) {
        text = replace_value(text, item);
        if (json_is_null(item)) /* "{s3cret}" is a map of that key */
            text = replace_text(text, key, strlen(key));
    }
    if (!json_is_number(value))
        return text;
    scalar = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    return replace_all(text, scalar);
}

char *redact_secret(const char *text, const json_t *secret)
{
    static const char *const fields[] = {"data", "stringData"};
    char *result = xstrdup(text);

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        json_t *data = json_object_get(secret, fields[i]);
        const char *key;
        json_t *value;

        json_object_foreach (data, key, value) {
            result = replace_value(result, value);
        }
    }
    return result;
}
