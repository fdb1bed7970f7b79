/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jail: a process that runs what users wrote takes its own rights away, once and for all.
 * Whole process; before the first word of a user is read. Stands alone: programs without our
 * libraries use it, too.
 */
#ifndef GITOPSD_LIB_BASE_JAIL_H
#define GITOPSD_LIB_BASE_JAIL_H

#include <stddef.h>

/* From now on: an empty environment, no file can be opened or written, no process started, the
 * memory is limited, and it ends when its parent does. */
void jail_enter(size_t max_bytes);

/* This process holds secrets: from now on it leaves no core file, and no other process of its user
 * reads its memory, not even one of those that run what users wrote. */
void jail_guard_memory(void);

/* SIGPROF ends the process when this is over. Of processor time: a machine that is busy with other
 * things makes nobody late. */
void jail_start_clock(unsigned seconds);
void jail_stop_clock(void);

long jail_processor_us(void);

#endif
