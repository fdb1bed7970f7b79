/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resident: after a burst of work, give back the memory that only the burst needed: what was freed,
 * and the code of this program and its libraries (libgit2, TLS, JSON), which a process at rest
 * hardly runs. Code that runs again is mapped again by a minor fault, from the page cache.
 * Thread: any, but what it costs (about a millisecond, and later the faults) is for the caller.
 */
#ifndef GITOPSD_LIB_BASE_RESIDENT_H
#define GITOPSD_LIB_BASE_RESIDENT_H

void resident_trim(void);

#endif
