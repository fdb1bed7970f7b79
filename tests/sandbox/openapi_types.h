/* SPDX-License-Identifier: Apache-2.0 */
/* openapi_types: schemas as components of an OpenAPI document. */
#ifndef GITOPSD_TESTS_SANDBOX_OPENAPI_TYPES_H
#define GITOPSD_TESTS_SANDBOX_OPENAPI_TYPES_H

#include "tests/sandbox/kinds.h"

struct openapi_types {
    json_t *components; /* borrowed: the object "schemas" that is filled */
    struct map names;   /* a type -> the name of its component */
};

/* Add the component of a kind, and what it refers to. */
void openapi_types_add(struct openapi_types *t, const struct kind *kind);
void openapi_types_clear(struct openapi_types *t);

#endif
