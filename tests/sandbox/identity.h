/* SPDX-License-Identifier: Apache-2.0 */
/* identity: uids and generated names of new objects. */
#ifndef GITOPSD_TESTS_SANDBOX_IDENTITY_H
#define GITOPSD_TESTS_SANDBOX_IDENTITY_H

#include "lib/base/mem.h"

#define IDENTITY_UID_BYTES 37

/* A random UUID. */
void identity_uid(char out[IDENTITY_UID_BYTES]);
/* `base`, cut to 58 characters, and five random ones. Heap string. */
char *identity_name(const char *base);
/* Letters and digits that make no words, for a hash of `text`; `len` characters, heap string. */
char *identity_hash(const char *text, size_t len);

#endif
