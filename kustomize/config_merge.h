/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_merge: two sets of field specs become one, in the order of kustomize and with its idea of
 * which spec is there already.
 */
#ifndef GITOPSD_KUSTOMIZE_CONFIG_MERGE_H
#define GITOPSD_KUSTOMIZE_CONFIG_MERGE_H

#include "kustomize/field_config.h"

/* What has `a` (NULL: nothing) and then gets `b`; `a` itself where `b` adds nothing. A new
 * reference. ERROR_INVALID: they contradict each other. */
int config_merge_lists(const struct field_config *a, const struct field_config *b,
                       const struct field_config **out, struct error **err);

#endif
