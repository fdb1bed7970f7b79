/* SPDX-License-Identifier: Apache-2.0 */
/* gitopsctl: for people. */
#include "cli/health.h"
#include "cli/plan.h"
#include "cli/render.h"

#include <stdio.h>

static int version_main(char **argv, struct error **err)
{
    (void)argv;
    (void)err;
    puts("gitopsctl " GITOPSD_VERSION);
    return 0;
}

static const struct command {
    const char *name;
    const char *usage;
    int (*run)(char **argv, struct error **err);
} commands[] = {
    {"render", RENDER_USAGE, render_main},
    {"health", HEALTH_USAGE, health_exec},
    {"plan", PLAN_USAGE, plan_exec},
    {"version", "version", version_main},
};

static void print_usage(FILE *out)
{
    fputs("usage:\n", out);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(out, "  gitopsctl %s\n", commands[i].usage);
}

static bool is_help(const char *arg)
{
    return streq(arg, "help") || streq(arg, "--help") || streq(arg, "-h");
}

int main(int argc, char **argv)
{
    cleanup_error struct error *err = NULL;

    if (argc < 2 || is_help(argv[1])) {
        print_usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (!streq(argv[1], commands[i].name))
            continue;
        if (commands[i].run(argv + 2, &err) == 0)
            return 0;
        fprintf(stderr, "gitopsctl %s: %s\n", argv[1], error_message(err));
        return 1;
    }
    fprintf(stderr, "gitopsctl: unknown command %s\n", argv[1]);
    print_usage(stderr);
    return 2;
}
