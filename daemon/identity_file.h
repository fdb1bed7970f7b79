/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity_file: who this process is, among those that may hold the Lease: "HOSTNAME_UUID".
 * The UUID is kept in the state directory, locked while the process lives. Who gets the lock knows
 * that the process before it is dead, and may go on under its name without waiting for the end of
 * its lease; where the lock is taken, or the machine was started again (or copied) since, the name
 * is a new one.
 */
#ifndef GITOPSD_DAEMON_IDENTITY_FILE_H
#define GITOPSD_DAEMON_IDENTITY_FILE_H

#include "lib/base/mem.h"

struct identity_file {
    char *name;
    int fd; /* holds the lock; -1: there is none */
};

/* Cannot fail: without a file that can be written the name is a new one. */
struct identity_file identity_file_open(const char *state_dir);
void identity_file_close(struct identity_file *file);

#endif
