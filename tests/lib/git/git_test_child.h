/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git_test_child: include it in a test that runs remote Git operations. The test program is its own
 * child: started with GIT_WORKER_ARGUMENT it serves requests instead of running tests.
 */
#ifndef GITOPSD_TESTS_LIB_GIT_GIT_TEST_CHILD_H
#define GITOPSD_TESTS_LIB_GIT_GIT_TEST_CHILD_H

#include "lib/git/git.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor(101))) static void become_the_child(void)
{
    char args[4096];
    FILE *f = fopen("/proc/self/cmdline", "re");
    size_t n = f ? fread(args, 1, sizeof(args) - 1, f) : 0;

    if (f)
        fclose(f);
    args[n] = '\0';
    signal(SIGPIPE, SIG_IGN);
    if (strlen(args) + 1 < n && strcmp(args + strlen(args) + 1, GIT_WORKER_ARGUMENT) == 0)
        _exit(git_worker_main());
}

#endif
