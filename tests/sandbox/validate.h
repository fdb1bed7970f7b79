/* SPDX-License-Identifier: Apache-2.0 */
/* validate: which objects the server refuses: names, what must be there, what may not change. */
#ifndef GITOPSD_TESTS_SANDBOX_VALIDATE_H
#define GITOPSD_TESTS_SANDBOX_VALIDATE_H

#include "tests/sandbox/kinds.h"

int validate_new(const struct kind *kind, const json_t *object, json_t **refused);
int validate_changed(const struct kind *kind, const json_t *old, const json_t *object,
                     json_t **refused);

#endif
