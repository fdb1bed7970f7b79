/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/beside.h"

#include "lib/base/program.h"

#include <errno.h>
#include <unistd.h>

int beside_exec(const char *name, char **argv, struct error **err)
{
    cleanup_free char *file = xasprintf("gitopsctl-%s", name);
    cleanup_free char *program = program_find(file);
    size_t count = 0;
    char **args;

    while (argv[count])
        count++;
    args = xcalloc(count + 2, sizeof(*args));
    args[0] = program;
    memcpy(args + 1, argv, count * sizeof(*args));
    execv(program, args);
    free(args);
    return error_set(err, ERROR_UNAVAILABLE,
                     "run %s: %s; install it beside gitopsctl, or in ../libexec/gitopsd", program,
                     strerror(errno));
}
