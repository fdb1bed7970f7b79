/* SPDX-License-Identifier: Apache-2.0 */
/* place: how a place in a document is written for people:
 * .spec.template.spec.containers[name=web].image, .metadata.annotations["example.org/a"] */
#ifndef GITOPSD_LIB_DOC_PLACE_H
#define GITOPSD_LIB_DOC_PLACE_H

#include "lib/base/buf.h"

/* Append ".NAME", or ["NAME"] where it is no plain word. */
void place_put_field(struct buf *out, const char *name);

#endif
