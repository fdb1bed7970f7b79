/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cell: scalars as kustomize changes them. There a scalar is a text with a type beside it: a change
 * puts another text and leaves the type, or drops the type so that the text is read again.
 * One scalar can stand in several places of an object (labels do); a change is seen in all of them.
 */
#ifndef GITOPSD_KUSTOMIZE_CELL_H
#define GITOPSD_KUSTOMIZE_CELL_H

#include "lib/base/error.h"

#include <jansson.h>

/* As written, also for nulls. Heap string; NULL for maps and lists. */
char *cell_text(const json_t *v);

/* What the text means where nothing says its type. */
json_t *cell_read(const char *text);

/* The type of `old` with another text. ERROR_INVALID where the text is not of that type. */
int cell_retext(const json_t *old, const char *text, json_t **out, struct error **err);

/* Another text without a type: strings that stand in quotes stay strings. */
json_t *cell_reread(const json_t *old, const char *text);

/* Must the value stand in quotes to be a string? */
bool cell_is_quoted(const json_t *v);

/* Put `value` (taken) for `old` in the field `key` of `map`, and wherever else in `root` the same
 * scalar stands. */
void cell_replace(json_t *root, json_t *map, const char *key, json_t *value);
/* The same for an item of a list. */
void cell_replace_item(json_t *root, json_t *list, size_t index, json_t *value);

/* The same, found by itself: `old` is a string or number somewhere in `root`. */
void cell_replace_value(json_t *root, json_t *old, json_t *value);

#endif
