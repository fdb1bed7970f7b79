/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt: a JSON web token that we sign ourselves (RFC 7515, 7519), as token servers take them for a
 * private key: RS256 only, which is what GitHub and Google issue keys for.
 * Thread: any. Signing costs some milliseconds of CPU.
 */
#ifndef GITOPSD_LIB_NET_JWT_H
#define GITOPSD_LIB_NET_JWT_H

#include "lib/base/error.h"

/* `key_pem` is an RSA private key without a passphrase; `key_id` goes into the header as it stands:
 * letters, digits, '-', '.', '_'; NULL: none; `claims` is a JSON object. The token is a heap
 * string. ERROR_INVALID: the key cannot sign; no message holds any of it. */
int jwt_sign(const char *key_pem, const char *key_id, const char *claims, char **token,
             struct error **err);

#endif
