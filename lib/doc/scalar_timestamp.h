/* SPDX-License-Identifier: Apache-2.0 */
/* scalar_timestamp: which plain scalars are dates or times, for scalar.c. The rule is go-yaml's. */
#ifndef GITOPSD_LIB_DOC_SCALAR_TIMESTAMP_H
#define GITOPSD_LIB_DOC_SCALAR_TIMESTAMP_H

#include "lib/doc/scalar.h"

/* The four forms that go-yaml accepts: a date alone; with T or t, a time and a zone; with spaces
 * and a time. Fields may have one digit, but for the year. False: it is none of them. `out` is
 * RFC 3339, as Go writes it into JSON. */
bool scalar_read_timestamp(const char *text, char out[SCALAR_TIMESTAMP_BYTES]);

#endif
