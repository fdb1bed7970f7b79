/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order: from tasks in any order to groups and steps, one after the other.
 * Source: Argo CD (argocd-behaviour, "Order" and "Running one group").
 * - By phase, wave, kind rank and name. A group is what shares phase and wave; within it, a step is
 *   what shares the kind.
 * - A Namespace goes before the first object that lives in it, a definition before the first object
 *   of its kind, and takes its phase and wave. The destination's namespace, where it is missing, is
 *   a group of its own before all others.
 * - Prunes come first in their group, against the order of kinds. Their waves run backwards: at the
 *   place of the lowest of them, those of the highest wave are pruned, as a group, then the next
 *   ones, and so on. (Argo CD says that it mirrors the waves. It does so anew for what is left
 *   after each group, which comes to this, unless something stays.)
 * - With PruneLast a prune comes after all waves of the phase Sync.
 * - `at_end` are prunes that come when all else is done, but for the hooks of a failure: what is
 *   named by its content, because what is being replaced may still use it; projects, because
 *   Applications that go as well may not be deleted without theirs; and all prunes where they are
 *   so many that a person has to approve, so that nothing else waits for that.
 */
#ifndef GITOPSD_DAEMON_SYNC_ORDER_H
#define GITOPSD_DAEMON_SYNC_ORDER_H

#include "daemon/sync/task.h"

/* `home`: the destination's namespace; objects without one count as living there, as in Argo CD.
 * `home_missing`: it does not exist. */
void plan_order(struct plan *plan, const char *home, bool home_missing);

#endif
