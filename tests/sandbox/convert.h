/* SPDX-License-Identifier: Apache-2.0 */
/*
 * convert: the one built-in kind that is served in two versions that differ, the
 * HorizontalPodAutoscaler. It is stored as autoscaling/v2.
 */
#ifndef GITOPSD_TESTS_SANDBOX_CONVERT_H
#define GITOPSD_TESTS_SANDBOX_CONVERT_H

#include "tests/sandbox/kinds.h"

/* Is the kind stored in another version, with other fields? */
static inline bool convert_is_needed(const struct kind *kind)
{
    return kind_has(kind, KIND_CONVERTED);
}
/* From v1 to v2. Takes `object`; `old` (may be NULL) is what is stored, in v2: what v1 cannot say
 * stays. */
json_t *convert_to_stored(json_t *object, const json_t *old);
/* From v2 to v1, a new object. */
json_t *convert_from_stored(const json_t *stored);

#endif
