/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reference: objects name other objects; where a name changed, the references follow.
 * Candidates are found by an index over the names they had, so the cost grows with the number of
 * references, not with pairs of objects.
 */
#ifndef GITOPSD_KUSTOMIZE_REFERENCE_H
#define GITOPSD_KUSTOMIZE_REFERENCE_H

#include "kustomize/field_config.h"
#include "kustomize/resmap.h"

/* ERROR_INVALID when a reference may mean several objects whose names differ. */
int references_update(struct resmap *m, const struct field_config *config, struct error **err);

#endif
