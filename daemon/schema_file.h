/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_file: reduced schemas on disk, each called by the SHA-256 of its document's URL, and
 * sealed (sealed_file.h). Thread: any; these block. Errors: ERROR_NOT_FOUND no such file,
 * ERROR_INVALID damaged or of another version, ERROR_UNAVAILABLE not written.
 */
#ifndef GITOPSD_DAEMON_SCHEMA_FILE_H
#define GITOPSD_DAEMON_SCHEMA_FILE_H

#include "lib/base/map.h"
#include "lib/kube/schema.h"

/* Heap string. */
char *schema_file_path(const char *dir, const char *url);
int schema_file_read(const char *path, struct kube_schema **out, struct error **err);
int schema_file_write(const char *path, const struct buf *reduced, struct error **err);

#endif
