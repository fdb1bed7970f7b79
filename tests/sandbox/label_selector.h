/* SPDX-License-Identifier: Apache-2.0 */
/* label_selector: which labels a LabelSelector of an object means: {matchLabels, matchExpressions}.
 * An empty one means all, none (NULL) nothing. */
#ifndef GITOPSD_TESTS_SANDBOX_LABEL_SELECTOR_H
#define GITOPSD_TESTS_SANDBOX_LABEL_SELECTOR_H

#include <jansson.h>
#include <stdbool.h>

bool label_selector_matches(const json_t *selector, const json_t *labels);
/* The same of a plain map of labels, as Services have it; an empty one means nothing. */
bool label_map_matches(const json_t *wanted, const json_t *labels);

#endif
