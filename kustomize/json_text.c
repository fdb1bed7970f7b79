/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/json_text.h"

#include "lib/base/mem.h"
#include "lib/doc/spelling.h"

const char *json_string_at(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    if (!s)
        return "";
    return s[0] == SPELLED_MARK && s[1] != SPELLED_MARK ? s + 1 : s;
}

char *json_scalar_text(const json_t *value)
{
    const char *written = spelled_text(value);
    char number[32];

    if (written && !json_is_null(value))
        return xstrdup(written);
    switch (json_typeof(value)) {
    case JSON_STRING: return xstrdup(json_string_value(value));
    case JSON_INTEGER: return xasprintf("%lld", (long long)json_integer_value(value));
    case JSON_REAL: scalar_format_float(json_real_value(value), 64, number); return xstrdup(number);
    case JSON_TRUE: return xstrdup("true");
    case JSON_FALSE: return xstrdup("false");
    default: return NULL;
    }
}
