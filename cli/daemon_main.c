/* SPDX-License-Identifier: Apache-2.0 */
/* gitopsctl-daemon: the commands that ask a running gitopsd. Started by gitopsctl, with the same
 * arguments, the command's name first. */
#include "cli/plan.h"
#include "lib/base/mem.h"

#include <stdio.h>

static const struct {
    const char *name;
    int (*run)(char **argv, struct error **err);
} commands[] = {
    {"plan", plan_main},
};

int main(int argc, char **argv)
{
    cleanup_error struct error *err = NULL;

    for (size_t i = 0; argc > 1 && i < ARRAY_LEN(commands); i++) {
        if (!streq(argv[1], commands[i].name))
            continue;
        if (commands[i].run(argv + 2, &err) == 0 && fflush(stdout) == 0)
            return 0;
        fprintf(stderr, "gitopsctl %s: %s\n", argv[1],
                err ? error_message(err) : "cannot write its output");
        return 1;
    }
    fprintf(stderr, "gitopsctl-daemon is run by gitopsctl\n");
    return 2;
}
