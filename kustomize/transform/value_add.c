/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin ValueAddTransformer: one value into fields, or into the file paths that they hold. */
#include "kustomize/documents.h"
#include "kustomize/plugin_fields.h"
#include "kustomize/target.h"
#include "kustomize/transform/transform.h"
#include "lib/doc/yaml.h"

static const struct field target_fields[] = {
    {"selector", FIELD_OBJECT, selector_fields},
    {"fieldPath", FIELD_STRING, NULL},
    {"filePathPosition", FIELD_INT, NULL},
    {NULL, FIELD_STRING, NULL},
};

static const struct field plugin_fields[] = {
    {"value", FIELD_STRING, NULL},
    {"targets", FIELD_OBJECTS, target_fields},
    {"targetFilePath", FIELD_STRING, NULL},
    {NULL, FIELD_STRING, NULL},
};

static int value_add_all(struct transform *t, const char *value, const json_t *targets,
                         struct error **err)
{
    (void)t;
    (void)value;
    (void)targets;
    return error_set(err, ERROR_UNSUPPORTED, "ValueAddTransformer is not supported yet");
}

int value_add_plugin(struct transform *t, const json_t *config, struct error **err)
{
    cleanup_json json_t *fields = NULL;

    if (plugin_fields_read(config, plugin_fields, &fields, err) < 0)
        return -1;
    return value_add_all(t, json_string_at(fields, "value"), json_object_get(fields, "targets"),
                         err);
}
