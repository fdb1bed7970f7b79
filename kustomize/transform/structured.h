/* SPDX-License-Identifier: Apache-2.0 */
/*
 * structured: replacements whose path goes on inside the text of a scalar: JSON or YAML in the
 * value of a ConfigMap. The text is written anew: JSON sorted, as it was indented or not; YAML as
 * kustomize writes it, with the styles that it had.
 */
#ifndef GITOPSD_KUSTOMIZE_TRANSFORM_STRUCTURED_H
#define GITOPSD_KUSTOMIZE_TRANSFORM_STRUCTURED_H

#include "kustomize/fieldpath.h"

/* `*done` is false where the path does not lead into a text, or the text cannot take the value:
 * `root` is unchanged then. ERROR_UNSUPPORTED for YAML that cannot be written as it was. */
int structured_set(json_t *root, const char *path, const json_t *options, const json_t *value,
                   bool *done, struct error **err);

/* ---- of replacement.c ---- */

/* What a path creates for `value`. */
enum fieldpath_create replacement_create(const json_t *options, const json_t *value);
/* Put `value` where `slot` is, as the options want it. */
int replacement_set(json_t *root, const struct slot *slot, const json_t *options,
                    const json_t *value, struct error **err);

#endif
