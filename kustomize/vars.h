/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vars: the `vars` field. A var has a name and takes its value from a field of an object; $(NAME)
 * stands for it in the fields that the configuration lists under varReference. The object is found
 * when the layer that declares the var is done, its value is read when the whole build is.
 */
#ifndef GITOPSD_KUSTOMIZE_VARS_H
#define GITOPSD_KUSTOMIZE_VARS_H

#include "kustomize/field_config.h"
#include "kustomize/resmap.h"

/* The vars of a layer and of all below it. Zeroed is empty. */
struct vars {
    struct map paths; /* name: heap string, the field it is read from */
};

void vars_clear(struct vars *v);
#define cleanup_vars __attribute__((cleanup(vars_clear)))

/* Add those of a kustomization's field, and mark the resources of `m` that they read from.
 * ERROR_INVALID: a name is taken, or several resources are meant. */
int vars_merge_field(struct vars *v, struct resmap *m, const json_t *field, struct error **err);
/* Move all of `from`, a base's. ERROR_INVALID: a name is taken. */
int vars_merge(struct vars *v, struct vars *from, struct error **err);

/* Put the values in place. ERROR_INVALID: a var has no resource or no field to read from. */
int vars_resolve(const struct vars *v, struct resmap *m, const struct field_config *config,
                 struct error **err);

#endif
