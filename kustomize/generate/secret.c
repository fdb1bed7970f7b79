/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/generate/secret.h"

#include "lib/doc/yaml.h"

int secret_generate(const struct generator_args *args, keyvalue_read_fn *read, void *arg,
                    json_t **out, struct error **err)
{
    cleanup_keyvalues struct keyvalues pairs = {0};
    cleanup_json json_t *object = NULL;
    json_t *data;

    if (generator_begin("Secret", args, read, arg, &pairs, &object, err) < 0)
        return -1;
    json_object_set_new(object, "type",
                        json_string(args->type && *args->type ? args->type : "Opaque"));
    json_object_set_new(object, "data", json_object());
    data = json_object_get(object, "data");
    for (size_t i = 0; i < pairs.len; i++)
        if (json_object_set_new(data, pairs.items[i].key, generator_base64(&pairs.items[i])) < 0)
            return error_set(err, ERROR_INVALID, "secretGenerator %s: a key is not UTF-8",
                             args->name);
    *out = TAKE(object);
    return 0;
}
