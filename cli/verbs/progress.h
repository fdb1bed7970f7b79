/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress: what is being done and how far it is, on one line of standard error that is written
 * over and over, where that is a terminal and the verb has run for more than a second.
 * Erase it before anything else is printed. Thread: one.
 */
#ifndef GITOPSD_CLI_VERBS_PROGRESS_H
#define GITOPSD_CLI_VERBS_PROGRESS_H

#include <stddef.h>
#include <uv.h>

/* "listing pods": what is done from now on. */
void progress_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* How far it is: "3/12". `total` 0: nobody knows. */
void progress_count(size_t done, size_t total);
/* Draw it, if it is time; for what computes. */
void progress_tick(void);
/* Draw it while this loop runs. The timer keeps no loop alive; uv_close() it. */
void progress_watch(uv_timer_t *ticker, uv_loop_t *loop);
/* Leave an empty line; the next progress_say() or progress_tick() draws it again. */
void progress_erase(void);

#endif
