/* SPDX-License-Identifier: Apache-2.0 */
/* main: flags and configuration to a running daemon. */
#include "daemon/options/options.h"
#include "daemon/process.h"
#include "lib/base/jail.h"
#include "lib/base/log.h"
#include "lib/base/streams.h"
#include "lib/git/git.h"
#include "lib/kube/config.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>

#define WRONG_CONFIGURATION 2 /* the status of the process: trying again does not help */

static int fail(const struct error *err)
{
    const char *line = error_message(err);

    do {
        int len = (int)strcspn(line, "\n");

        fprintf(stderr, "gitopsd: %.*s\n", len, line);
        line += len + (line[len] == '\n');
    } while (*line);
    return error_kind(err) == ERROR_INVALID ? WRONG_CONFIGURATION : 1;
}

/* Takes `text`. */
static void print(char *text)
{
    fputs(text, stdout);
    free(text);
}

int main(int argc, char **argv)
{
    cleanup_error struct error *err = NULL;
    cleanup_kube_config struct kube_config *config = NULL;
    struct options options;
    int result = 0;

    if (argc == 2 && streq(argv[1], GIT_WORKER_ARGUMENT))
        return git_worker_main();
    streams_hold();
    jail_guard_memory();
    signal(SIGPIPE, SIG_IGN);
    mallopt(M_ARENA_MAX, 2); /* two workers: more arenas only keep more memory */
    if (options_parse(argc, argv, &options, &err) < 0) {
        fail(err);
        result = WRONG_CONFIGURATION;
    } else if (options.help) {
        print(options_usage());
    } else if (options.example_config) {
        print(options_example());
    } else if (options.check_config) {
        print(options_effective(&options));
    } else if (options.version) {
        printf("gitopsd %s\n", GITOPSD_VERSION);
    } else {
        log_configure(options.log_level, options.log_format, 2);
        if (kube_config_load(options.kubeconfig, options.context, &config, &err) < 0 ||
            process_run(&options, config, &err) < 0)
            result = fail(err);
    }
    options_clear(&options);
    return result;
}
