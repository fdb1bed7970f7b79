/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order: the order of the output: as read ("fifo"), or by kind, namespace and name ("legacy", the
 * default of `kustomize build`).
 */
#ifndef GITOPSD_KUSTOMIZE_ORDER_H
#define GITOPSD_KUSTOMIZE_ORDER_H

#include "kustomize/options.h"
#include "kustomize/resmap.h"

/* The place of a kind in kustomize's own order: before (negative) or after most kinds, which are at
 * zero. */
long order_kind_rank(const char *kind);

/* `options` is the sortOptions field or NULL; it goes before the caller's wish. */
int order_apply(struct resmap *m, const json_t *options, enum kustomize_reorder reorder,
                struct error **err);

#endif
