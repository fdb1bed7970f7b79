/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret: the Secret of a secretGenerator entry. The name suffix hash is not added here.
 */
#ifndef GITOPSD_KUSTOMIZE_GENERATE_SECRET_H
#define GITOPSD_KUSTOMIZE_GENERATE_SECRET_H

#include "kustomize/generate/configmap.h"

/* Values in `data` are base64, long ones broken into lines as kustomize does. */
int secret_generate(const struct generator_args *args, keyvalue_read_fn *read, void *arg,
                    json_t **out, struct error **err);

#endif
