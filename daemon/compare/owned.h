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

/* Is nothing below this node: is the value owned as one? */
bool owned_is_leaf(const json_t *node);

/* The node of a field, or NULL. */
const json_t *owned_field_of(const json_t *node, const char *field);

/* The index of the item that `name` ("k:", "v:" or "i:") means, or OWNED_NO_ITEM. A member of the
 * key that the item does not have counts as equal: the server has set it. */
size_t owned_find_item(const json_t *array, const char *name);

#endif
