/* SPDX-License-Identifier: Apache-2.0 */
/* base64: RFC 4648 with padding, as in Secrets and kubeconfig files. */
#ifndef GITOPSD_LIB_BASE_BASE64_H
#define GITOPSD_LIB_BASE_BASE64_H

#include "lib/base/buf.h"

/* Heap string. */
char *base64_encode(const void *data, size_t len);
/* Appends to `out`. Line breaks are skipped; anything else outside the alphabet is
 * ERROR_INVALID. The message does not repeat the input, which may be a secret. */
int base64_decode(const char *text, size_t len, struct buf *out, struct error **err);

#endif
