/* SPDX-License-Identifier: Apache-2.0 */
/* label_match: the label selectors of Kubernetes objects (metav1.LabelSelector). */
#ifndef GITOPSD_DAEMON_OBJECT_LABEL_MATCH_H
#define GITOPSD_DAEMON_OBJECT_LABEL_MATCH_H

#include <jansson.h>
#include <stdbool.h>

/* {matchLabels, matchExpressions: [{key, operator, values}]}: all of them hold. An empty selector
 * matches everything, NULL and one with an unknown operator nothing. `labels` may be NULL. */
bool labels_match(const json_t *selector, const json_t *labels);

#endif
