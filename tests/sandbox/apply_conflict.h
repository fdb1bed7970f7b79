/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply_conflict: inside apply.c only: the fields of others that an apply would change, and how the
 * server tells it.
 */
#ifndef GITOPSD_TESTS_SANDBOX_APPLY_CONFLICT_H
#define GITOPSD_TESTS_SANDBOX_APPLY_CONFLICT_H

#include "lib/base/buf.h"
#include "tests/sandbox/apply_managed.h"

struct apply_conflicts {
    json_t *causes; /* details.causes of the answer; NULL: none */
    size_t count;
    struct strvec managers; /* one text for each that has any */
    struct strvec each;     /* ... for each conflict */
};

/* No fields: no conflict. They are told in this order: apply_managed_by_name. */
void apply_conflicts_add(struct apply_conflicts *c, const struct apply_manager *with,
                         const json_t *fields);
/* ERROR_CONFLICT, code 409. */
int apply_conflicts_error(struct apply_conflicts *c, struct error **err);
void apply_conflicts_clear(struct apply_conflicts *c);
#define cleanup_apply_conflicts __attribute__((cleanup(apply_conflicts_clear)))

#endif
