/* SPDX-License-Identifier: Apache-2.0 */
/* place: how a place in a document is written for people:
 * .spec.template.spec.containers[name=web].image, .metadata.annotations["example.org/a"] */
#ifndef GITOPSD_LIB_DOC_PLACE_H
#define GITOPSD_LIB_DOC_PLACE_H

#include "lib/base/buf.h"

#include <jansson.h>

/* What stands there; NULL: nothing, or the text is no place. An item of a list is found by its
 * index, by its value, or by the fields of its key: [2], [web], [containerPort=80,protocol=TCP].
 * Borrowed. */
json_t *place_find(const json_t *doc, const char *place);

/* Append ".NAME", or ["NAME"] where it is no plain word. */
void place_put_field(struct buf *out, const char *name);

#endif
