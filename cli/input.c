/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/input.h"

#include <errno.h>
#include <stdio.h>

const char *input_name(const char *path)
{
    return streq(path, "-") ? "standard input" : path;
}

static int read_all(FILE *file, const char *name, struct buf *out, struct error **err)
{
    char piece[16384];
    size_t n;

    while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
        if (buf_append(out, piece, n, err) < 0)
            return error_wrap(err, "%s", name);
    if (ferror(file))
        return error_set(err, ERROR_INVALID, "%s: %s", name, strerror(errno));
    return 0;
}

int input_read(const char *path, struct buf *out, struct error **err)
{
    FILE *file = streq(path, "-") ? stdin : fopen(path, "r");
    int result;

    if (!file)
        return error_set(err, ERROR_NOT_FOUND, "%s: %s", path, strerror(errno));
    result = read_all(file, input_name(path), out, err);
    if (file != stdin)
        fclose(file);
    return result;
}
