/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strategic_patch: strategic merge patches as the API server applies them: with $setElementOrder,
 * $retainKeys and $deleteFromPrimitiveList, which lib/doc/strategic.h has not, because kustomize
 * has not. Source: Kubernetes, apimachinery pkg/util/strategicpatch.
 */
#ifndef GITOPSD_TESTS_SANDBOX_STRATEGIC_PATCH_H
#define GITOPSD_TESTS_SANDBOX_STRATEGIC_PATCH_H

#include "lib/doc/strategic.h"

/* A new reference that shares nothing with `patch`. `type` NULL: all lists are replaced. */
json_t *strategic_patch(const json_t *object, const json_t *patch, const struct merge_type *type);

#endif
