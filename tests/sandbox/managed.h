/* SPDX-License-Identifier: Apache-2.0 */
/* managed: who owns which fields, as apply.h tells it, for the writes of the registry. */
#ifndef GITOPSD_TESTS_SANDBOX_MANAGED_H
#define GITOPSD_TESTS_SANDBOX_MANAGED_H

#include "tests/sandbox/registry.h"

/* Gives `object` the managedFields that follow from a write that is no apply; `old` may be NULL. */
void managed_track(const struct kind *kind, const json_t *old, json_t *object,
                   const struct write_options *options);
/* `*out` is `old` (NULL: none yet) with `applied` merged into it. */
int managed_apply(const struct kind *kind, const json_t *old, const json_t *applied,
                  const struct write_options *options, json_t **out, json_t **refused);

#endif
