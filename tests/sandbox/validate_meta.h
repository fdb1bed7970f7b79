/* SPDX-License-Identifier: Apache-2.0 */
/* validate_meta: the parts of metadata, and keys of ConfigMaps and Secrets, that have rules. */
#ifndef GITOPSD_TESTS_SANDBOX_VALIDATE_META_H
#define GITOPSD_TESTS_SANDBOX_VALIDATE_META_H

#include "tests/sandbox/kinds.h"

/* Causes for refuse_invalid are appended. */
void validate_meta(const json_t *object, json_t *causes);
void validate_keys(const struct kind *kind, const json_t *object, json_t *causes);

#endif
