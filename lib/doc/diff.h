/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff: how one document differs from another, field by field.
 */
#ifndef GITOPSD_LIB_DOC_DIFF_H
#define GITOPSD_LIB_DOC_DIFF_H

#include <jansson.h>

/*
 * The changes that lead from `from` to `to`, as an array of {"path", "op", "from", "to"}: op is
 * "add", "remove" or "replace", and `from` or `to` is missing accordingly. A path is written as
 * ".spec.template.spec.containers[name=web].image"; a name that is no plain word is quoted:
 * ".metadata.annotations[\"example.org/a\"]". Items of a list are paired by their `name`, where
 * every item of both has one of its own; else by their place. NULL stands for a document that is
 * not there. New reference; the values are shared with the documents.
 */
json_t *json_diff(const json_t *from, const json_t *to);

#endif
