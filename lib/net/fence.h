/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fence: nothing leaves this process through some sockets after a moment, whatever it does.
 *
 * A process that asks the clock and then sends can be stopped between the two (SIGSTOP, a frozen
 * control group, a machine that sleeps), and sends what it had in hand when it goes on. So the
 * kernel watches the moment: a timer sends a signal to the loop's thread, and a thread that was
 * stopped runs the handler before it goes on with anything else. The handler disconnects the
 * sockets, which also throws away what the kernel has not sent yet or would send again.
 *
 * Thread: the loop thread, that which calls fence_new.
 * Memory: counted; whoever has sockets in it holds a reference.
 * It takes the signal SIGRTMIN of the process.
 */
#ifndef GITOPSD_LIB_NET_FENCE_H
#define GITOPSD_LIB_NET_FENCE_H

#include "lib/base/error.h"

struct fence;

/* Errors: ERROR_UNAVAILABLE, the kernel gives no timer. */
struct fence *fence_new(struct error **err);
struct fence *fence_ref(struct fence *fence); /* NULL is allowed */
void fence_unref(struct fence *fence);        /* NULL is allowed */

/* When: CLOCK_BOOTTIME in ms. It takes the place of the moment before; one that has passed is now.
 * What is opened after the moment is not disconnected by it. */
void fence_set(struct fence *fence, uint64_t at_ms);

/* A socket within it. */
void fence_add(struct fence *fence, int fd);
/* Before it is closed, as its number may be another's afterwards. */
void fence_remove(struct fence *fence, int fd);

#endif
