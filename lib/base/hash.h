/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash: SHA-256 (of libcrypto), and a keyed 64-bit hash (SipHash-2-4) for tables and fingerprints.
 */
#ifndef GITOPSD_LIB_BASE_HASH_H
#define GITOPSD_LIB_BASE_HASH_H

#include "lib/base/mem.h"

#define SHA256_BYTES 32
#define SHA256_HEX_BYTES 65

void sha256(const void *data, size_t len, unsigned char out[SHA256_BYTES]);
/* Lower-case hexadecimal with a NUL. */
void sha256_hex(const void *data, size_t len, char out[SHA256_HEX_BYTES]);

/* Keyed with a random key made at the start of the process: resists flooding. */
uint64_t hash64(const void *data, size_t len);

#endif
