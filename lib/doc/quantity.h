/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantity: Kubernetes resource quantities, compared by value: "0.5" equals "500m", "1Gi" equals
 * "1024Mi". Source: Kubernetes, apimachinery resource.Quantity.
 */
#ifndef GITOPSD_LIB_DOC_QUANTITY_H
#define GITOPSD_LIB_DOC_QUANTITY_H

#include <jansson.h>
#include <stdbool.h>

/* Both are strings or numbers that parse as quantities of the same value. */
bool quantity_equal(const json_t *a, const json_t *b);

#endif
