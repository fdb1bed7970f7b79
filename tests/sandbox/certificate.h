/* SPDX-License-Identifier: Apache-2.0 */
/* certificate: a key and a certificate that signs itself, for 127.0.0.1, ::1 and localhost. */
#ifndef GITOPSD_TESTS_SANDBOX_CERTIFICATE_H
#define GITOPSD_TESTS_SANDBOX_CERTIFICATE_H

#include "lib/base/error.h"

struct certificate {
    char *certificate; /* PEM; NULL: none */
    char *key;
};

int certificate_make(struct certificate *out, struct error **err);
void certificate_clear(struct certificate *c);

#endif
