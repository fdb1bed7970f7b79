/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/streams.h"

#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a process of its own, without these streams: what it ends with. */
static int without(int first, int last, int (*check)(void))
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        for (int fd = first; fd <= last; fd++)
            close(fd);
        streams_hold();
        _exit(check());
    }
    EXPECT_INT(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int next_number(void)
{
    return open("/dev/null", O_RDONLY);
}

/* 0: both fail as on a closed one. */
static int use_them(void)
{
    char c;

    if (read(STDIN_FILENO, &c, 1) != -1 || errno != EBADF)
        return 1;
    return write(STDOUT_FILENO, "x", 1) == -1 && errno == EBADF ? 0 : 2;
}

TEST(nothing_that_is_opened_gets_the_number_of_a_stream)
{
    int free_number = next_number();

    close(free_number);
    EXPECT(free_number > STDERR_FILENO);
    EXPECT_INT(without(0, 0, next_number), free_number);
    EXPECT_INT(without(0, 2, next_number), free_number);
    EXPECT_INT(without(0, 1, use_them), 0);
}
