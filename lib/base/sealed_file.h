/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealed_file: a file that begins with the SHA-256 of what follows, so that damage shows. It is
 * written aside and renamed: a reader sees a whole file or none.
 * Thread: any; these block.
 * Errors: ERROR_NOT_FOUND no such file, ERROR_INVALID damaged, ERROR_TOO_LARGE more than fits into
 *         `text`, ERROR_UNAVAILABLE not read or not written.
 */
#ifndef GITOPSD_LIB_BASE_SEALED_FILE_H
#define GITOPSD_LIB_BASE_SEALED_FILE_H

#include "lib/base/buf.h"
#include "lib/base/map.h"

/* Appends what follows the seal to `text`. */
int sealed_file_read(const char *path, struct buf *text, struct error **err);
/* `durable`: when this returns it outlives a crash of the machine, too. Else it may be lost in one,
 * or be damaged, which the reader finds. */
int sealed_file_write(const char *path, const char *text, size_t len, bool durable,
                      struct error **err);
/* Remove every file of `dir` whose path is not in `keep`, also what a crash left aside. */
void sealed_files_sweep(const char *dir, const struct map *keep);

#endif
