/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/fields.h"

#include <stddef.h>

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

const struct field metadata_fields[] = {
    {"name", FIELD_STRING, NULL},
    {"namespace", FIELD_STRING, NULL},
    {"labels", FIELD_STRING_MAP, NULL},
    {"annotations", FIELD_STRING_MAP, NULL},
    END,
};

const struct field fieldspec_fields[] = {
    GVK,
    {"path", FIELD_STRING, NULL},
    {"create", FIELD_BOOL, NULL},
    END,
};

/* Files of `configurations` are read less strictly than the kustomization file. */
static const struct field config_fieldspec_fields[] = {
    {"group", FIELD_TEXT, NULL}, {"version", FIELD_TEXT, NULL}, {"kind", FIELD_TEXT, NULL},
    {"path", FIELD_TEXT, NULL},  {"create", FIELD_BOOL, NULL},  END,
};

static const struct field name_reference_fields[] = {
    {"group", FIELD_TEXT, NULL},
    {"version", FIELD_TEXT, NULL},
    {"kind", FIELD_TEXT, NULL},
    {"fieldSpecs", FIELD_OBJECTS, config_fieldspec_fields},
    END,
};

const struct field transformer_config_fields[] = {
    {"namePrefix", FIELD_OBJECTS, config_fieldspec_fields},
    {"nameSuffix", FIELD_OBJECTS, config_fieldspec_fields},
    {"namespace", FIELD_OBJECTS, config_fieldspec_fields},
    {"commonLabels", FIELD_OBJECTS, config_fieldspec_fields},
    {"labels", FIELD_OBJECTS, config_fieldspec_fields},
    {"templateLabels", FIELD_OBJECTS, config_fieldspec_fields},
    {"volumeClaimTemplateLabels", FIELD_OBJECTS, config_fieldspec_fields},
    {"commonAnnotations", FIELD_OBJECTS, config_fieldspec_fields},
    {"nameReference", FIELD_OBJECTS, name_reference_fields},
    {"varReference", FIELD_OBJECTS, config_fieldspec_fields},
    {"images", FIELD_OBJECTS, config_fieldspec_fields},
    {"replicas", FIELD_OBJECTS, config_fieldspec_fields},
    END,
};

static const struct field label_fields[] = {
    {"pairs", FIELD_STRING_MAP, NULL},           {"includeSelectors", FIELD_BOOL, NULL},
    {"includeTemplates", FIELD_BOOL, NULL},      {"includeVolumeClaimTemplates", FIELD_BOOL, NULL},
    {"fields", FIELD_OBJECTS, fieldspec_fields}, END,
};

const struct field patch_options_fields[] = {
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

const struct field image_fields[] = {
    {"name", FIELD_STRING, NULL},      {"newName", FIELD_STRING, NULL},
    {"tagSuffix", FIELD_STRING, NULL}, {"newTag", FIELD_STRING, NULL},
    {"digest", FIELD_STRING, NULL},    END,
};

const struct field replica_fields[] = {
    {"name", FIELD_STRING, NULL},
    {"count", FIELD_INT, NULL},
    END,
};

static const struct field generator_options_fields[] = {
    {"labels", FIELD_EXACT_MAP, NULL},
    {"annotations", FIELD_EXACT_MAP, NULL},
    {"disableNameSuffixHash", FIELD_BOOL, NULL},
    {"immutable", FIELD_BOOL, NULL},
    END,
};

#define GENERATOR                                                                                  \
    {"namespace", FIELD_EXACT, NULL}, {"name", FIELD_EXACT, NULL},                                 \
        {"behavior", FIELD_EXACT, NULL}, {"literals", FIELD_EXACTS, NULL},                         \
        {"files", FIELD_EXACTS, NULL}, {"envs", FIELD_EXACTS, NULL}, {"env", FIELD_EXACT, NULL},   \
    {                                                                                              \
        "options", FIELD_OBJECT, generator_options_fields                                          \
    }

static const struct field config_map_fields[] = {GENERATOR, END};
static const struct field secret_fields[] = {GENERATOR, {"type", FIELD_STRING, NULL}, END};

static const struct field plugin_metadata_fields[] = {
    {"name", FIELD_TEXT, NULL},
    {"namespace", FIELD_TEXT, NULL},
    {"labels", FIELD_TEXT_MAP, NULL},
    {"annotations", FIELD_TEXT_MAP, NULL},
    END,
};

#define PLUGIN_METADATA                                                                            \
    {                                                                                              \
        "metadata", FIELD_OBJECT, plugin_metadata_fields                                           \
    }

const struct field config_map_plugin_fields[] = {PLUGIN_METADATA, GENERATOR, END};
const struct field secret_plugin_fields[] = {
    PLUGIN_METADATA,
    GENERATOR,
    {"type", FIELD_EXACT, NULL},
    END,
};

static const struct field kubernetes_service_fields[] = {
    {"name", FIELD_STRING, NULL},
    {"namespace", FIELD_STRING, NULL},
    END,
};

static const struct field service_account_fields[] = {
    {"name", FIELD_STRING, NULL},
    {"projectId", FIELD_STRING, NULL},
    END,
};

const struct field iam_policy_plugin_fields[] = {
    {"cloud", FIELD_STRING, NULL},
    {"kubernetesService", FIELD_OBJECT, kubernetes_service_fields},
    {"serviceAccount", FIELD_OBJECT, service_account_fields},
    END,
};

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

static const struct field helm_globals_fields[] = {
    {"chartHome", FIELD_STRING, NULL},
    {"configHome", FIELD_STRING, NULL},
    END,
};

/* What is refused as a whole is not looked into. */
const struct field fields_anything[] = {{"*", FIELD_STRING, NULL}, END};

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
    {"helmGlobals", FIELD_OBJECT, helm_globals_fields},
    {"helmCharts", FIELD_OBJECTS, fields_anything},
    {"helmChartInflationGenerator", FIELD_OBJECTS, fields_anything},
    {"generatorOptions", FIELD_OBJECT, generator_options_fields},
    {"configurations", FIELD_STRINGS, NULL},
    {"generators", FIELD_STRINGS, NULL},
    {"transformers", FIELD_STRINGS, NULL},
    {"validators", FIELD_STRINGS, NULL},
    {"buildMetadata", FIELD_STRINGS, NULL},
    END,
};
