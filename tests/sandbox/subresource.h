/* SPDX-License-Identifier: Apache-2.0 */
/* subresource: what a few built-in kinds have besides status and scale. */
#ifndef GITOPSD_TESTS_SANDBOX_SUBRESOURCE_H
#define GITOPSD_TESTS_SANDBOX_SUBRESOURCE_H

#include "tests/sandbox/api.h"

struct subresource {
    const char *of; /* the plural of a kind of the core group */
    const char *name;
    const char *verbs;           /* separated by commas */
    const char *group, *version; /* of `kind`; NULL: those of the object */
    const char *kind;
    void (*serve)(struct api_request *r); /* NULL: it is read and written as the object */
};

/* NULL: the kind has none of this name. */
const struct subresource *subresource_find(const struct kind *kind, const char *name);
/* Iterate over those of a kind: start with *it at 0; NULL at the end. */
const struct subresource *subresource_next(const struct kind *kind, size_t *it);

/* ---- those with a file of their own ---- */

void api_evict(struct api_request *r);

#endif
