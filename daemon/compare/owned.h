/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owned: reading fieldsV1, the tree of fields that a manager owns: "f:NAME" a field, "k:{...}" the
 * item with that key, "v:..." the item with that value, "i:N" the item at that index, "." the place
 * itself.
 */
#ifndef GITOPSD_DAEMON_COMPARE_OWNED_H
#define GITOPSD_DAEMON_COMPARE_OWNED_H

#include "lib/base/mem.h"

#include <jansson.h>

#define OWNED_NO_ITEM SIZE_MAX

/* Is the value owned as one, with all that is in it? (A map that has but "." is owned without its
 * fields.) NULL is nothing that is owned. */
bool owned_is_whole(const json_t *node);

/* What is owned in `a`, in `b` or in both. New reference; NULL when both are. */
json_t *owned_join(const json_t *a, const json_t *b);

/* The node of a field, or NULL; what is part of a whole is a whole. */
const json_t *owned_field_of(const json_t *node, const char *field);

/* The index of the item that `name` ("k:", "v:" or "i:") means, or OWNED_NO_ITEM. A member of the
 * key that an item does not have counts as equal where no item has them all: the server sets it. */
size_t owned_find_item(const json_t *array, const char *name);

#endif
