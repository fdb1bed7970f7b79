/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields: which fields a kustomization file may hold, as data, and the check against them.
 */
#ifndef GITOPSD_KUSTOMIZE_FIELDS_H
#define GITOPSD_KUSTOMIZE_FIELDS_H

#include "lib/base/error.h"

#include <jansson.h>

enum field_type {
    FIELD_STRING,
    FIELD_TEXT, /* a string; numbers and booleans become one */
    FIELD_BOOL,
    FIELD_INT,
    FIELD_STRINGS,    /* a list of strings */
    FIELD_STRING_MAP, /* a map of strings */
    FIELD_TEXT_MAP,   /* a map of texts */
    /* The same where plugins, too, want strings: elsewhere they take numbers and booleans. */
    FIELD_EXACT,
    FIELD_EXACTS,
    FIELD_EXACT_MAP,
    FIELD_OBJECT,  /* of `fields` */
    FIELD_OBJECTS, /* a list of them */
};

struct field {
    const char *name;
    enum field_type type;
    const struct field *fields; /* ended by a NULL name */
};

extern const struct field kustomization_fields[];
extern const struct field config_map_plugin_fields[];
extern const struct field secret_plugin_fields[];
extern const struct field iam_policy_plugin_fields[];
extern const struct field selector_fields[];
extern const struct field metadata_fields[];
extern const struct field fieldspec_fields[];
extern const struct field patch_options_fields[];
extern const struct field image_fields[];
extern const struct field replica_fields[];
extern const struct field fields_anything[];           /* not looked into */
extern const struct field transformer_config_fields[]; /* a file of `configurations` */
extern const struct field replacement_fields[];

/*
 * Check `object` against `fields`. Names are taken as Go's decoder takes them, regardless of case,
 * and become those of the table. Null fields are removed. ERROR_INVALID names the path; `*culprit`
 * is set to a heap string, the name to look for in the file.
 */
int fields_check(json_t *object, const struct field *fields, const char *path, char **culprit,
                 struct error **err);

#endif
