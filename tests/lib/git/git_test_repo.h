/* SPDX-License-Identifier: Apache-2.0 */
/* git_test_repo: repositories made by the real git, for the tests of lib/git. */
#ifndef GITOPSD_TESTS_LIB_GIT_GIT_TEST_REPO_H
#define GITOPSD_TESTS_LIB_GIT_GIT_TEST_REPO_H

#include "lib/base/buf.h"
#include "tests/test.h"

#include <stdio.h>
#include <sys/wait.h>

/* Run a shell command that must succeed; its output without the last newline. Heap string. */
__attribute__((format(printf, 1, 2), unused)) static char *sh(const char *fmt, ...)
{
    struct buf out = BUF_UNLIMITED;
    char chunk[4096];
    size_t n;
    va_list ap;

    va_start(ap, fmt);
    char *command = xvasprintf(fmt, ap);
    va_end(ap);
    char *script =
        xasprintf("set -e; export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null "
                  "GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.org GIT_COMMITTER_NAME=Ann "
                  "GIT_COMMITTER_EMAIL=ann@example.org; { %s\n} 2>&1",
                  command);
    FILE *p = popen(script, "r");
    while (p && (n = fread(chunk, 1, sizeof(chunk), p)) > 0)
        buf_put(&out, chunk, n);
    int status = p ? pclose(p) : -1;
    if (status != 0)
        fail_msg("%s: status %d: %s", command, status, out.data);
    free(script);
    free(command);
    while (out.len > 0 && out.data[out.len - 1] == '\n')
        buf_truncate(&out, out.len - 1);
    return buf_take(&out);
}

/* The same, its output not wanted. */
#define SH(...) free(sh(__VA_ARGS__))

#endif
