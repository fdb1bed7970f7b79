/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/redact.h"

#include "lib/base/base64.h"

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

static char *replace_value(char *text, const json_t *value)
{
    cleanup_buf struct buf decoded = BUF_INIT(MAX_VALUE_BYTES);
    cleanup_error struct error *err = NULL;
    cleanup_free char *scalar = NULL;

    if (json_is_string(value)) {
        text = replace_all(text, json_string_value(value));
        if (base64_decode(json_string_value(value), json_string_length(value), &decoded, &err) == 0)
            text = replace_all(text, decoded.data);
        return text;
    }
    scalar = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    return scalar ? replace_all(text, scalar) : text;
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
