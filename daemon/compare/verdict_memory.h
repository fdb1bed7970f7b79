/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict_memory: what dry-runs said, by the desired object, the ignored places and the live
 * object's uid and resourceVersion. Bounded: when it is full it starts over.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_COMPARE_VERDICT_MEMORY_H
#define GITOPSD_DAEMON_COMPARE_VERDICT_MEMORY_H

#include "daemon/compare/compare.h"
#include "daemon/compare/ignore.h"
#include "lib/base/map.h"

struct verdict_memory {
    struct map answers;
};

void verdict_memory_clear(struct verdict_memory *m);

/* Everything is copied. */
void verdict_memory_keep(struct verdict_memory *m, const struct desired *d,
                         const struct ignore_rules *ignore, const json_t *live, enum drift drift,
                         const struct drifts *drifts);
/* True: known. `drifts` (initialised by zeroes) is the caller's. */
bool verdict_memory_find(const struct verdict_memory *m, const struct desired *d,
                         const struct ignore_rules *ignore, const json_t *live, enum drift *drift,
                         struct drifts *drifts);

#endif
