/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/generate/configmap.h"

#include "kustomize/generate/utf8.h"
#include "lib/base/base64.h"
#include "lib/base/map.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"

#define BASE64_LINE 70

static json_t *generator_object(const char *kind, const struct generator_args *args)
{
    json_t *metadata = json_pack("{s:s}", "name", args->name);
    json_t *object =
        json_pack("{s:s, s:s, s:o}", "apiVersion", "v1", "kind", kind, "metadata", metadata);

    if (args->namespace && *args->namespace)
        json_object_set_new(metadata, "namespace", json_string(args->namespace));
    if (json_object_size(args->labels) > 0)
        json_object_set_new(metadata, "labels", json_deep_copy(args->labels));
    if (json_object_size(args->annotations) > 0)
        json_object_set_new(metadata, "annotations", json_deep_copy(args->annotations));
    if (args->immutable)
        json_object_set_new(object, "immutable", json_true());
    return object;
}

static int keys_check(const struct keyvalues *pairs, struct error **err)
{
    cleanup_map struct map seen = {0};

    for (size_t i = 0; i < pairs->len; i++)
        if (map_set(&seen, pairs->items[i].key, &seen))
            return error_set(err, ERROR_INVALID, "the key \"%s\" is given twice",
                             pairs->items[i].key);
    return 0;
}

int generator_begin(const char *kind, const struct generator_args *args, keyvalue_read_fn *read,
                    void *arg, struct keyvalues *pairs, json_t **object, struct error **err)
{
    const char *field = strcmp(kind, "Secret") == 0 ? "secretGenerator" : "configMapGenerator";

    if (!args->name || !*args->name)
        return error_set(err, ERROR_INVALID, "%s: name is missing", field);
    if (keyvalues_load(pairs, &args->sources, read, arg, err) < 0 || keys_check(pairs, err) < 0)
        return error_wrap(err, "%s %s", field, args->name);
    *object = generator_object(kind, args);
    if (*object)
        return 0;
    return error_set(err, ERROR_INVALID, "%s: the name is not UTF-8", field);
}

json_t *generator_base64(const struct keyvalue *pair)
{
    cleanup_free char *text = base64_encode(pair->value, pair->len);
    cleanup_buf struct buf lines = BUF_UNLIMITED;
    size_t len = strlen(text);

    if (len < BASE64_LINE)
        return json_string(text);
    for (size_t at = 0; at < len; at += BASE64_LINE) {
        buf_put(&lines, text + at, len - at < BASE64_LINE ? len - at : BASE64_LINE);
        buf_putc(&lines, '\n');
    }
    return json_string(lines.data);
}

static json_t *field_create(json_t *object, const char *name)
{
    json_t *field = json_object_get(object, name);

    if (!field) {
        json_object_set_new(object, name, json_object());
        field = json_object_get(object, name);
    }
    return field;
}

int configmap_generate(const struct generator_args *args, keyvalue_read_fn *read, void *arg,
                       json_t **out, struct error **err)
{
    cleanup_keyvalues struct keyvalues pairs = {0};
    cleanup_json json_t *object = NULL;

    if (generator_begin("ConfigMap", args, read, arg, &pairs, &object, err) < 0)
        return -1;
    for (size_t i = 0; i < pairs.len; i++) {
        const struct keyvalue *pair = &pairs.items[i];
        bool is_text = utf8_is_valid(pair->value, pair->len);
        json_t *value = is_text ? spelled_string(pair->value, pair->len) : generator_base64(pair);

        if (json_object_set_new(field_create(object, is_text ? "data" : "binaryData"), pair->key,
                                value) < 0)
            return error_set(err, ERROR_INVALID, "configMapGenerator %s: a key is not UTF-8",
                             args->name);
    }
    *out = TAKE(object);
    return 0;
}
