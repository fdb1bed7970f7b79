/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defaults: what the server fills in where the client says nothing. Of built-in kinds those that
 * clients and our controllers look at; of custom ones those of their schema.
 */
#ifndef GITOPSD_TESTS_SANDBOX_DEFAULTS_H
#define GITOPSD_TESTS_SANDBOX_DEFAULTS_H

#include "tests/sandbox/sandbox.h"

/* Changes `object` in place. Fields that are there stay as they are. */
void defaults_apply(struct sandbox *s, const struct kind *kind, json_t *object);
/* What was given to `old` and an update says nothing about: addresses, a uid. */
void defaults_keep(const struct kind *kind, const json_t *old, json_t *object);

#endif
