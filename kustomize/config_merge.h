/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_merge: two sets of field specs become one, in the order of kustomize and with its idea of
 * which spec is there already.
 */
#ifndef GITOPSD_KUSTOMIZE_CONFIG_MERGE_H
#define GITOPSD_KUSTOMIZE_CONFIG_MERGE_H

#include "kustomize/defaults.h"

#define CONFIG_LIST_COUNT 11

struct config_list {
    const char *name; /* as files of `configurations` call it */
    size_t offset;
};

/* In the order in which kustomize merges them. */
extern const struct config_list config_lists[CONFIG_LIST_COUNT];

struct fieldspecs *config_list(struct field_config *c, size_t i);

/* Empty, with one reference. */
struct field_config *config_new(void);

/* What has `a` (NULL: nothing) and then gets `b`; `a` itself where `b` adds nothing. A new
 * reference. ERROR_INVALID: they contradict each other. */
int config_merge_lists(const struct field_config *a, const struct field_config *b,
                       const struct field_config **out, struct error **err);

#endif
