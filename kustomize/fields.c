/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/fields.h"

#include "lib/base/mem.h"

#include <strings.h>

#define GVK                                                                                        \
    {"group", FIELD_STRING, NULL}, {"version", FIELD_STRING, NULL},                                \
    {                                                                                              \
        "kind", FIELD_STRING, NULL                                                                 \
    }
#define RESID                                                                                      \
    GVK, {"name", FIELD_STRING, NULL},                                                             \
    {                                                                                              \
        "namespace", FIELD_STRING, NULL                                                            \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, FIELD_STRING, NULL                                                                   \
    }

const struct field selector_fields[] = {
    RESID,
    {"annotationSelector", FIELD_STRING, NULL},
    {"labelSelector", FIELD_STRING, NULL},
    END,
};

static const struct field metadata_fields[] = {
    {"name", FIELD_STRING, NULL},
    {"namespace", FIELD_STRING, NULL},
    {"labels", FIELD_STRING_MAP, NULL},
    {"annotations", FIELD_STRING_MAP, NULL},
    END,
};

static const struct field fieldspec_fields[] = {
    GVK,
    {"path", FIELD_STRING, NULL},
    {"create", FIELD_BOOL, NULL},
    END,
};

static const struct field label_fields[] = {
    {"pairs", FIELD_STRING_MAP, NULL},           {"includeSelectors", FIELD_BOOL, NULL},
    {"includeTemplates", FIELD_BOOL, NULL},      {"includeVolumeClaimTemplates", FIELD_BOOL, NULL},
    {"fields", FIELD_OBJECTS, fieldspec_fields}, END,
};

static const struct field patch_options_fields[] = {
    {"allowNameChange", FIELD_BOOL, NULL},
    {"allowKindChange", FIELD_BOOL, NULL},
    END,
};

static const struct field patch_fields[] = {
    {"path", FIELD_STRING, NULL},
    {"patch", FIELD_STRING, NULL},
    {"target", FIELD_OBJECT, selector_fields},
    {"options", FIELD_OBJECT, patch_options_fields},
    END,
};

static const struct field image_fields[] = {
    {"name", FIELD_STRING, NULL},      {"newName", FIELD_STRING, NULL},
    {"tagSuffix", FIELD_STRING, NULL}, {"newTag", FIELD_STRING, NULL},
    {"digest", FIELD_STRING, NULL},    END,
};

static const struct field replica_fields[] = {
    {"name", FIELD_STRING, NULL},
    {"count", FIELD_INT, NULL},
    END,
};

static const struct field generator_options_fields[] = {
    {"labels", FIELD_STRING_MAP, NULL},
    {"annotations", FIELD_STRING_MAP, NULL},
    {"disableNameSuffixHash", FIELD_BOOL, NULL},
    {"immutable", FIELD_BOOL, NULL},
    END,
};

#define GENERATOR                                                                                  \
    {"namespace", FIELD_STRING, NULL}, {"name", FIELD_STRING, NULL},                               \
        {"behavior", FIELD_STRING, NULL}, {"literals", FIELD_STRINGS, NULL},                       \
        {"files", FIELD_STRINGS, NULL}, {"envs", FIELD_STRINGS, NULL},                             \
        {"env", FIELD_STRING, NULL},                                                               \
    {                                                                                              \
        "options", FIELD_OBJECT, generator_options_fields                                          \
    }

static const struct field config_map_fields[] = {GENERATOR, END};
static const struct field secret_fields[] = {GENERATOR, {"type", FIELD_STRING, NULL}, END};

static const struct field replacement_options_fields[] = {
    {"delimiter", FIELD_STRING, NULL},
    {"index", FIELD_INT, NULL},
    {"encoding", FIELD_STRING, NULL},
    {"create", FIELD_BOOL, NULL},
    END,
};

static const struct field replacement_source_fields[] = {
    RESID,
    {"fieldPath", FIELD_STRING, NULL},
    {"options", FIELD_OBJECT, replacement_options_fields},
    END,
};

static const struct field replacement_target_fields[] = {
    {"select", FIELD_OBJECT, selector_fields},
    {"reject", FIELD_OBJECTS, selector_fields},
    {"fieldPaths", FIELD_STRINGS, NULL},
    {"options", FIELD_OBJECT, replacement_options_fields},
    END,
};

const struct field replacement_fields[] = {
    {"source", FIELD_OBJECT, replacement_source_fields},
    {"targets", FIELD_OBJECTS, replacement_target_fields},
    {"sourceValue", FIELD_STRING, NULL},
    {"path", FIELD_STRING, NULL},
    END,
};

static const struct field objref_fields[] = {
    {"apiVersion", FIELD_STRING, NULL},
    RESID,
    END,
};

static const struct field fieldref_fields[] = {{"fieldPath", FIELD_STRING, NULL}, END};

static const struct field var_fields[] = {
    {"name", FIELD_STRING, NULL},
    {"objref", FIELD_OBJECT, objref_fields},
    {"fieldref", FIELD_OBJECT, fieldref_fields},
    END,
};

static const struct field legacy_sort_fields[] = {
    {"orderFirst", FIELD_STRINGS, NULL},
    {"orderLast", FIELD_STRINGS, NULL},
    END,
};

static const struct field sort_fields[] = {
    {"order", FIELD_STRING, NULL},
    {"legacySortOptions", FIELD_OBJECT, legacy_sort_fields},
    END,
};

/* What is refused as a whole is not looked into. */
static const struct field anything[] = {{"*", FIELD_STRING, NULL}, END};

const struct field kustomization_fields[] = {
    {"apiVersion", FIELD_STRING, NULL},
    {"kind", FIELD_STRING, NULL},
    {"metadata", FIELD_OBJECT, metadata_fields},
    {"openapi", FIELD_STRING_MAP, NULL},
    {"namePrefix", FIELD_STRING, NULL},
    {"nameSuffix", FIELD_STRING, NULL},
    {"namespace", FIELD_STRING, NULL},
    {"commonLabels", FIELD_STRING_MAP, NULL},
    {"labels", FIELD_OBJECTS, label_fields},
    {"commonAnnotations", FIELD_STRING_MAP, NULL},
    {"patchesStrategicMerge", FIELD_STRINGS, NULL},
    {"patchesJson6902", FIELD_OBJECTS, patch_fields},
    {"patches", FIELD_OBJECTS, patch_fields},
    {"images", FIELD_OBJECTS, image_fields},
    {"imageTags", FIELD_OBJECTS, image_fields},
    {"replacements", FIELD_OBJECTS, replacement_fields},
    {"replicas", FIELD_OBJECTS, replica_fields},
    {"vars", FIELD_OBJECTS, var_fields},
    {"sortOptions", FIELD_OBJECT, sort_fields},
    {"resources", FIELD_STRINGS, NULL},
    {"components", FIELD_STRINGS, NULL},
    {"crds", FIELD_STRINGS, NULL},
    {"bases", FIELD_STRINGS, NULL},
    {"configMapGenerator", FIELD_OBJECTS, config_map_fields},
    {"secretGenerator", FIELD_OBJECTS, secret_fields},
    {"helmGlobals", FIELD_OBJECT, anything},
    {"helmCharts", FIELD_OBJECTS, anything},
    {"helmChartInflationGenerator", FIELD_OBJECTS, anything},
    {"generatorOptions", FIELD_OBJECT, generator_options_fields},
    {"configurations", FIELD_STRINGS, NULL},
    {"generators", FIELD_STRINGS, NULL},
    {"transformers", FIELD_STRINGS, NULL},
    {"validators", FIELD_STRINGS, NULL},
    {"buildMetadata", FIELD_STRINGS, NULL},
    END,
};

static int wrong_type(const char *path, const char *wanted, const json_t *got, char **culprit,
                      struct error **err)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "a map",     [JSON_ARRAY] = "a list",  [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "a boolean",
        [JSON_FALSE] = "a boolean",  [JSON_NULL] = "null",
    };
    const char *name = strrchr(path, '.');
    bool quote = streq(wanted, "a string") && !json_is_object(got) && !json_is_array(got);

    *culprit = xstrdup(name ? name + 1 : path);
    (*culprit)[strcspn(*culprit, "[")] = 0;
    return error_set(err, ERROR_INVALID, "%s must be %s, found %s%s", path, wanted,
                     names[json_typeof(got)], quote ? "; put it in quotes" : "");
}

static int check_strings(const json_t *list, const char *path, char **culprit, struct error **err)
{
    size_t i;
    json_t *item;

    if (!json_is_array(list))
        return wrong_type(path, "a list of strings", list, culprit, err);
    json_array_foreach (list, i, item)
        if (!json_is_string(item)) {
            cleanup_free char *at = xasprintf("%s[%zu]", path, i);

            return wrong_type(at, "a string", item, culprit, err);
        }
    return 0;
}

static int check_string_map(json_t *map, const char *path, char **culprit, struct error **err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(map))
        return wrong_type(path, "a map of strings", map, culprit, err);
    json_object_foreach (map, key, value)
        if (json_is_null(value)) {
            json_object_set_new(map, key, json_string(""));
        } else if (!json_is_string(value)) {
            cleanup_free char *at = xasprintf("%s.%s", path, key);

            return wrong_type(at, "a string", value, culprit, err);
        }
    return 0;
}

static int check_objects(json_t *list, const struct field *fields, const char *path, char **culprit,
                         struct error **err)
{
    size_t i;
    json_t *item;

    if (!json_is_array(list))
        return wrong_type(path, "a list", list, culprit, err);
    json_array_foreach (list, i, item) {
        cleanup_free char *at = xasprintf("%s[%zu]", path, i);

        if (!json_is_object(item))
            return wrong_type(at, "a map", item, culprit, err);
        if (fields_check(item, fields, at, culprit, err) < 0)
            return -1;
    }
    return 0;
}

static int check_value(json_t *value, const struct field *f, const char *path, char **culprit,
                       struct error **err)
{
    switch (f->type) {
    case FIELD_STRING:
        return json_is_string(value) ? 0 : wrong_type(path, "a string", value, culprit, err);
    case FIELD_BOOL:
        return json_is_boolean(value) ? 0 : wrong_type(path, "true or false", value, culprit, err);
    case FIELD_INT:
        return json_is_integer(value) ? 0 : wrong_type(path, "an integer", value, culprit, err);
    case FIELD_STRINGS: return check_strings(value, path, culprit, err);
    case FIELD_STRING_MAP: return check_string_map(value, path, culprit, err);
    case FIELD_OBJECTS: return check_objects(value, f->fields, path, culprit, err);
    case FIELD_OBJECT:
        if (!json_is_object(value))
            return wrong_type(path, "a map", value, culprit, err);
        return fields_check(value, f->fields, path, culprit, err);
    }
    UNREACHABLE();
}

static const struct field *field_find(const struct field *fields, const char *name)
{
    for (const struct field *f = fields; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    for (const struct field *f = fields; f->name; f++)
        if (strcasecmp(f->name, name) == 0)
            return f;
    return NULL;
}

int fields_check(json_t *object, const struct field *fields, const char *path, char **culprit,
                 struct error **err)
{
    const char *key;
    json_t *value;
    void *tmp;

    if (fields == anything)
        return 0;
    json_object_foreach_safe(object, tmp, key, value)
    {
        const struct field *f = field_find(fields, key);
        cleanup_free char *at = *path ? xasprintf("%s.%s", path, key) : xstrdup(key);

        if (!f) {
            *culprit = xstrdup(key);
            return error_set(err, ERROR_INVALID, "unknown field \"%s\"", at);
        }
        if (json_is_null(value)) {
            json_object_del(object, key);
            continue;
        }
        if (check_value(value, f, at, culprit, err) < 0)
            return -1;
        if (strcmp(f->name, key) != 0) {
            json_object_set(object, f->name, value);
            json_object_del(object, key);
        }
    }
    return 0;
}
