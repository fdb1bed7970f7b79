/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit: who asked for what, as the real server's audit log tells it: one line of JSON for each
 * request about objects, when it is answered (a watch when it begins). The user is the bearer
 * token.
 */
#ifndef GITOPSD_TESTS_SANDBOX_AUDIT_H
#define GITOPSD_TESTS_SANDBOX_AUDIT_H

#include "tests/sandbox/api.h"

/* Appends to s->audit. */
void audit_write(const struct api_request *r);

#endif
