/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vars_expand: $(NAME) in strings becomes the value of the var, as kustomize expands it.
 */
#ifndef GITOPSD_KUSTOMIZE_VARS_EXPAND_H
#define GITOPSD_KUSTOMIZE_VARS_EXPAND_H

#include "kustomize/fieldspec.h"

/* A fieldspec_set_fn; `values` is a struct map of names to json_t. A reference to no var, or to a
 * map or list, stays as it is. ERROR_INVALID: a list holds something else than strings. */
int vars_expand(void *values, json_t *value, json_t **replacement, struct error **err);

#endif
