/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/secret.h"

#include "lib/base/base64.h"

#define MAX_VALUE_BYTES (1 << 20)

char *secret_value(const json_t *secret, const char *key)
{
    const json_t *value = json_object_get(json_object_get(secret, "data"), key);
    cleanup_buf struct buf out = BUF_INIT(MAX_VALUE_BYTES);
    cleanup_error struct error *err = NULL;

    if (!json_is_string(value) ||
        base64_decode(json_string_value(value), json_string_length(value), &out, &err) < 0)
        return NULL;
    return buf_take(&out);
}

char *secret_filled(const json_t *secret, const char *key)
{
    char *value = secret_value(secret, key);

    if (value && !*value)
        free(TAKE(value));
    return value;
}

bool secret_flag(const json_t *secret, const char *key)
{
    static const char *const yes[] = {"true", "True", "TRUE", "t", "T", "1"};
    cleanup_free char *value = secret_value(secret, key);

    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        if (streq(value, yes[i]))
            return true;
    return false;
}
