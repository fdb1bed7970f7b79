/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lease_record: what a Lease (coordination.k8s.io/v1) says, and what is written to it.
 * Source: client-go's leader election, whose programs may hold the same Lease.
 */
#ifndef GITOPSD_LIB_KUBE_LEASE_RECORD_H
#define GITOPSD_LIB_KUBE_LEASE_RECORD_H

#include "lib/base/mem.h"

#include <jansson.h>

/* Borrowed; "" where nobody holds it, or `lease` is NULL. */
const char *lease_record_holder(const json_t *lease);
/* Which process wrote it last, an annotation; "" where it does not say. */
const char *lease_record_process(const json_t *lease);
/* How long the holder has it after a renewal; 0 where it does not say. */
uint64_t lease_record_duration_ms(const json_t *lease);

struct lease_claim {
    const char *namespace, *name;
    const char *identity;
    const char *process;  /* of all that go by this identity */
    uint64_t duration_ms; /* whole seconds are written, at least one */
};

/* Both give a new reference: what is to be written over `live` (its resourceVersion is the
 * precondition), or, where that is NULL, to be created. */
json_t *lease_record_claim(const json_t *live, const struct lease_claim *claim, int64_t wall_ms);
json_t *lease_record_release(const json_t *live, int64_t wall_ms);

#endif
