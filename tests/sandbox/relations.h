/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relations: who belongs to whom, so that the controllers need not look through all objects for it:
 * what an object controls, which Pods have a label, what may select a Pod by its labels, and what
 * was told of an object. Each is a set of documents by their keys (struct collection), borrowed
 * from the store, as they are after the last change that was noted; NULL where there are none.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_TESTS_SANDBOX_RELATIONS_H
#define GITOPSD_TESTS_SANDBOX_RELATIONS_H

#include "tests/sandbox/store.h"

struct relations;

struct relations *relations_new(void);
void relations_free(struct relations *r);
void relations_note(struct relations *r, const struct change *change);

/* What `owner` controls. */
const struct map *relations_controlled(const struct relations *r, const char *group,
                                       const char *plural, const json_t *owner);
/* The Pods of a namespace that may have all of these labels (NULL or empty: all Pods): those with
 * the rarest one. */
const struct map *relations_pods(const struct relations *r, const char *ns, const json_t *labels);

/* The Event that tells this about an object; NULL: there is none. */
const json_t *relations_event(const struct relations *r, const json_t *about, const char *reason,
                              const char *message);

typedef void relations_found_fn(void *arg, const json_t *object);
/* The Services, or PodDisruptionBudgets, of the Pod's namespace that may select it. `found` must
 * not write. */
void relations_selecting(const struct relations *r, const char *group, const char *plural,
                         const json_t *pod, relations_found_fn *found, void *arg);

#endif
