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

bool secret_flag(const json_t *secret, const char *key)
{
    cleanup_free char *value = secret_value(secret, key);

    return streq(value, "true");
}
