/* SPDX-License-Identifier: Apache-2.0 */
/* json_text: the text of a value, be it spelled (lib/doc/spelling.h) or not. */
#ifndef GITOPSD_KUSTOMIZE_JSON_TEXT_H
#define GITOPSD_KUSTOMIZE_JSON_TEXT_H

#include <jansson.h>

/* The string in a field, without the mark of a spelled one; "" where `key` is absent or no string.
 */
const char *json_string_at(const json_t *object, const char *key);
/* The text of a scalar as a heap string; NULL for anything else, and for null. */
char *json_scalar_text(const json_t *value);

#endif
