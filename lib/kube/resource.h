/* SPDX-License-Identifier: Apache-2.0 */
/* resource: paths and queries of the Kubernetes REST interface. */
#ifndef GITOPSD_LIB_KUBE_RESOURCE_H
#define GITOPSD_LIB_KUBE_RESOURCE_H

#include "lib/base/buf.h"
#include "lib/kube/client.h"

/* Append `text` percent-encoded, but for RFC 3986's unreserved characters and ':'. */
void url_put_encoded(struct buf *b, const char *text);
/* Append "?name=value" or "&name=value", encoded. A NULL value adds nothing. */
void url_put_query(struct buf *b, const char *name, const char *value);

#endif
