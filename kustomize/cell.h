/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cell: scalars as kustomize changes them. There a scalar is a text with a type beside it: a change
 * puts another text and leaves the type, or drops the type so that the text is read again.
 * One scalar can stand in several places of an object (labels do); a change is seen in all of them.
 */
#ifndef GITOPSD_KUSTOMIZE_CELL_H
#define GITOPSD_KUSTOMIZE_CELL_H

#include <jansson.h>

/* As written, also for nulls. Heap string; NULL for maps and lists. */
char *cell_text(const json_t *v);

/* The text without a type. */
json_t *cell_read(const char *text);

/* The type of `old` with another text. Where that is not of the type, the build fails in the end,
 * unless something else takes its place. */
json_t *cell_retext(const json_t *old, const char *text);

/* Another text without a type: strings that stand in quotes stay strings. */
json_t *cell_reread(const json_t *old, const char *text);

/* Put `value` (taken) for `old` in the field `key` of `map`, and wherever else in `root` the same
 * scalar stands. */
void cell_replace(json_t *root, json_t *map, const char *key, json_t *value);
/* The same for an item of a list. */
void cell_replace_item(json_t *root, json_t *list, size_t index, json_t *value);

/* The same, found by itself: `old` is a string or number somewhere in `root`. */
void cell_replace_value(json_t *root, json_t *old, json_t *value);

#endif
