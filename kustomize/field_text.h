/* SPDX-License-Identifier: Apache-2.0 */
/* field_text: the JSON or YAML that stands as text in a field: a file in the data of a ConfigMap.
 */
#ifndef GITOPSD_KUSTOMIZE_FIELD_TEXT_H
#define GITOPSD_KUSTOMIZE_FIELD_TEXT_H

#include "lib/doc/yaml_restyle.h"

/* All zero: nothing. */
struct field_text {
    json_t *json;           /* the documents of a text that begins as JSON */
    struct yaml_text *yaml; /* of any other */
};

/* ERROR_INVALID for what is no YAML (any JSON is). */
int field_text_parse(struct field_text *t, const char *text, struct error **err);
void field_text_clear(struct field_text *t);
#define cleanup_field_text __attribute__((cleanup(field_text_clear)))

/* In spelled values (lib/doc/spelling.h), to be changed in place; NULL where there is nothing. */
json_t *field_text_root(const struct field_text *t);

#endif
