/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place: the simple JSON paths of CRDs: ".status.replicas", ".spec.ports[0].port",
 * ".metadata.labels.app\.kubernetes\.io/name", ".status.conditions[?(@.type==\"Ready\")].status".
 */
#ifndef GITOPSD_TESTS_SANDBOX_PLACE_H
#define GITOPSD_TESTS_SANDBOX_PLACE_H

#include <jansson.h>

/* The first value that is there; NULL: none. Borrowed. */
const json_t *place_at(const json_t *object, const char *path);
/* Takes `value`. Only names; what is missing on the way is made. */
void place_put(json_t *object, const char *path, json_t *value);

#endif
