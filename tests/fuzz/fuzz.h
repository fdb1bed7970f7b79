/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: what the fuzz targets share. An input of several parts has them behind each other, the
 * first ones being lines. */
#ifndef GITOPSD_TESTS_FUZZ_H
#define GITOPSD_TESTS_FUZZ_H

#include "lib/base/buf.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The next line of `*text` without its end, which may be all that is left. Heap string. */
static inline char *fuzz_line(const char **text)
{
    size_t len = strcspn(*text, "\n");
    char *line = xstrndup(*text, len);

    *text += len + ((*text)[len] == '\n');
    return line;
}

/* What failed says why. */
static inline void fuzz_check_failed(const struct error *err)
{
    if (!err || !*error_message(err))
        abort();
}

#endif
