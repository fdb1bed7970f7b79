/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/mask.h"

#include "lib/base/base64.h"
#include "lib/doc/yaml.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"
#define SHOWN_BYTES 8
#define MAX_VALUE_BYTES (4u << 20)

void mask_init(struct mask *m)
{
    if (RAND_bytes(m->key, sizeof(m->key)) != 1)
        abort(); /* without randomness nothing here is safe */
}

char *mask_text(const struct mask *m, const void *value, size_t len)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * SHOWN_BYTES + 1];

    if (!HMAC(EVP_sha256(), m->key, sizeof(m->key), value, len, digest, NULL))
        abort();
    for (size_t i = 0; i < SHOWN_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return xasprintf("digest:%s (%zu bytes)", hex, len);
}

static json_t *masked_text(const struct mask *m, const char *text, size_t len)
{
    cleanup_free char *shown = mask_text(m, text, len);

    return json_string(shown);
}

/* Of a `data` field the decoded value; what does not decode is taken as it stands. */
static json_t *masked_value(const struct mask *m, const json_t *value, bool is_encoded)
{
    cleanup_buf struct buf decoded = BUF_INIT(MAX_VALUE_BYTES);
    cleanup_error struct error *err = NULL;
    cleanup_free char *text = NULL;

    if (!json_is_string(value)) {
        text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        return masked_text(m, text ? text : "", text ? strlen(text) : 0);
    }
    if (is_encoded &&
        base64_decode(json_string_value(value), json_string_length(value), &decoded, &err) == 0)
        return masked_text(m, decoded.data ? decoded.data : "", decoded.len);
    return masked_text(m, json_string_value(value), json_string_length(value));
}

static void mask_map(const struct mask *m, json_t *map, bool is_encoded)
{
    const char *key;
    json_t *value;
    void *next;

    if (!json_is_object(map))
        return;
    json_object_foreach_safe(map, next, key, value)
        json_object_set_new(map, key, masked_value(m, value, is_encoded));
}

static bool is_secret(const json_t *object)
{
    return streq(json_string_value(json_object_get(object, "kind")), "Secret") &&
           streq(json_string_value(json_object_get(object, "apiVersion")), "v1");
}

static void mask_values(const struct mask *m, json_t *object, const char *field, bool is_encoded)
{
    json_t *map = json_object_get(object, field);

    if (!map || json_is_null(map))
        return;
    if (json_is_object(map))
        mask_map(m, map, is_encoded);
    else
        json_object_set_new(object, field, masked_value(m, map, false));
}

/* A Secret's configuration as it was applied, or anything that cannot be read. */
static void mask_last_applied(const struct mask *m, json_t *annotations, bool of_secret)
{
    json_t *value = json_object_get(annotations, LAST_APPLIED);
    cleanup_json json_t *applied = NULL;
    cleanup_free char *text = NULL;

    if (!value)
        return;
    if (json_is_string(value))
        applied = json_loadb(json_string_value(value), json_string_length(value), 0, NULL);
    if (!of_secret && !is_secret(applied))
        return;
    if (!json_is_object(applied)) {
        json_object_set_new(annotations, LAST_APPLIED, masked_value(m, value, false));
        return;
    }
    mask_values(m, applied, "data", true);
    mask_values(m, applied, "stringData", false);
    text = json_dumps(applied, JSON_COMPACT);
    json_object_set_new(annotations, LAST_APPLIED, json_string(text));
}

void mask_object(const struct mask *m, json_t *object, const struct strvec *annotations)
{
    json_t *meta = json_object_get(json_object_get(object, "metadata"), "annotations");
    size_t i;
    json_t *item;

    if (is_secret(object)) {
        mask_values(m, object, "data", true);
        mask_values(m, object, "stringData", false);
    }
    mask_last_applied(m, meta, is_secret(object));
    for (i = 0; annotations && i < annotations->len; i++) {
        json_t *value = json_object_get(meta, annotations->items[i]);

        if (value)
            json_object_set_new(meta, annotations->items[i], masked_value(m, value, false));
    }
    json_array_foreach (json_object_get(object, "items"), i, item)
        mask_object(m, item, annotations);
}

static void leave_out_the_servers(json_t *object)
{
    static const char *const fields[] = {"managedFields", "resourceVersion",   "generation",
                                         "uid",           "creationTimestamp", "selfLink"};
    json_t *metadata = json_object_get(object, "metadata");

    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        json_object_del(metadata, fields[i]);
    json_object_del(object, "status");
}

json_t *mask_presentable(const struct mask *m, const json_t *object,
                         const struct strvec *annotations)
{
    json_t *copy = object ? json_deep_copy(object) : NULL;

    if (!copy)
        return NULL;
    leave_out_the_servers(copy);
    mask_object(m, copy, annotations);
    return copy;
}
