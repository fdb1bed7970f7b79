/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation_file: where the operation of an Application from a file stands, on disk. It has no
 * status in the cluster that tells the next process, which would run hooks again that had run.
 * One sealed file for each application, below `operations` in the state directory, from the first
 * write-ahead of an operation to its end. One that cannot be written, or is damaged, is told, and
 * costs no more than that: the operation begins anew after a restart.
 *
 * Thread: the loop thread; workers write and remove, one step of an application after the other.
 */
#ifndef GITOPSD_DAEMON_OPERATION_FILE_H
#define GITOPSD_DAEMON_OPERATION_FILE_H

#include "daemon/daemon.h"

struct operation_file;
void operation_file_free(struct operation_file *f);

/* A new application: go on with the operation of the last process. */
void operation_file_load(struct daemon *d, struct app *app);
/* Write where app->op stands. Then the run goes on (sync_run_recorded), written or not. */
void operation_file_write(struct app *app);
/* The operation has ended, or the application is no more. Nothing is done where there is no file,
 * nor while the daemon stops. */
void operation_file_remove(struct app *app);
bool operation_file_exists(const struct app *app);
/* Once all applications are known, and before the loop runs: what the others left goes. */
void operation_files_sweep(const struct daemon *d);

#endif
