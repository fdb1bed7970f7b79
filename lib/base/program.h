/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program: where the programs are that this one starts: beside it, as they are built, or where
 * programs go that only other programs run, as they are installed (BINDIR/../libexec/gitopsd).
 * Thread: any.
 */
#ifndef GITOPSD_LIB_BASE_PROGRAM_H
#define GITOPSD_LIB_BASE_PROGRAM_H

/* Path of the program NAME; where there is none, the place beside this one. Heap string. */
char *program_find(const char *name);

#endif
