/* SPDX-License-Identifier: Apache-2.0 */
/* input: files that a command is given; "-" is standard input. */
#ifndef GITOPSD_CLI_INPUT_H
#define GITOPSD_CLI_INPUT_H

#include "lib/base/buf.h"

/* All of it. ERROR_NOT_FOUND, ERROR_INVALID (it cannot be read), ERROR_TOO_LARGE (the buffer's
 * limit). */
int input_read(const char *path, struct buf *out, struct error **err);
/* What messages call it. Borrowed. */
const char *input_name(const char *path);

#endif
