/* SPDX-License-Identifier: Apache-2.0 */
/*
 * glob: the patterns of Argo CD: `*`, `?`, `[a-z]`, `[!a]`, `{a,b}`, `\` escapes.
 */
#ifndef GITOPSD_LIB_BASE_GLOB_H
#define GITOPSD_LIB_BASE_GLOB_H

#include "lib/base/error.h"

/* With a separator ('/' say) `*` and `?` stop there, and `**` crosses it; without one (0) they
 * match anything, as in Argo CD's directory include and exclude. A malformed pattern matches
 * nothing. Source: Argo CD, which uses github.com/gobwas/glob. */
bool glob_match(const char *pattern, const char *s, char separator);

/* Is the pattern well formed? ERROR_INVALID says what is not. */
int glob_check(const char *pattern, struct error **err);

#endif
