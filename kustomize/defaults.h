/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defaults: the field specs that kustomize v5.8 has built in, as static data.
 */
#ifndef GITOPSD_KUSTOMIZE_DEFAULTS_H
#define GITOPSD_KUSTOMIZE_DEFAULTS_H

#include "kustomize/field_config.h"

const struct field_config *field_config_default(void);

#endif
