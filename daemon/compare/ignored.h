/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ignored: a set of places in two documents that count for nothing when they are compared.
 * A place is a field of one object, or an item of one array. The containers are borrowed: the
 * documents must stay as they are while the set is used. Names are copied.
 */
#ifndef GITOPSD_DAEMON_COMPARE_IGNORED_H
#define GITOPSD_DAEMON_COMPARE_IGNORED_H

#include "lib/base/mem.h"

#include <jansson.h>

struct ignored;

struct ignored *ignored_new(void);
void ignored_free(struct ignored *s);
/* Empty the set and keep its memory. */
void ignored_clear(struct ignored *s);

/* The place need not exist: a field that is absent on one side only is ignored there, too. Without
 * a container there is no place. */
void ignored_add_field(struct ignored *s, const json_t *object, const char *name);
void ignored_add_item(struct ignored *s, const json_t *array, size_t index);

/* NULL is a set without places, and NULL as a container has no places. */
bool ignored_has_field(const struct ignored *s, const json_t *object, const char *name);
bool ignored_has_item(const struct ignored *s, const json_t *array, size_t index);
size_t ignored_count(const struct ignored *s);
/* Has this container a place in the set? */
bool ignored_has_any(const struct ignored *s, const json_t *container);

DEFINE_CLEANUP(ignored, struct ignored, ignored_free)
#define cleanup_ignored __attribute__((cleanup(cleanup_ignored_fn)))

#endif
