/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_zero: what an object of a kind holds when nothing is set. The real server compares a new
 * object with such a one, as Go writes it: structs and lists that are always there do not become
 * somebody's fields by a create.
 */
#ifndef GITOPSD_TESTS_SANDBOX_APPLY_ZERO_H
#define GITOPSD_TESTS_SANDBOX_APPLY_ZERO_H

#include <jansson.h>

/* New reference; `{}` for kinds of CRDs. */
json_t *apply_zero(const char *api_version, const char *kind);

#endif
