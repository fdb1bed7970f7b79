/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command_line.h"

#include "cli/help.h"
#include "cli/term.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#define BROKEN_PIPE 141 /* as a shell tells of a program that SIGPIPE ended */
#define NAME_PREFIX "application.argoproj.io/"

/* Names of Applications may stand as `get -o name` prints them. */
static int read_names(const struct verb *verb, struct options *o, struct error **err)
{
    if (!verb->arguments || !strstr(verb->arguments, "APP"))
        return 0;
    for (size_t i = 0; i < o->arguments.len; i++) {
        const char *text = o->arguments.items[i];

        if (str_has_prefix(text, NAME_PREFIX))
            text += strlen(NAME_PREFIX);
        if (!*text)
            return misuse(err, "a name is empty: gitopsctl %s %s", verb->name, verb->arguments);
        o->arguments.items[i] = (char *)text;
    }
    return 0;
}

static int check_arguments(const struct verb *verb, const struct options *o, struct error **err)
{
    if (o->arguments.len < verb->min_arguments)
        return misuse(err, "something is missing: gitopsctl %s %s", verb->name, verb->arguments);
    if (o->arguments.len > verb->max_arguments)
        return misuse(err, "what is %s? Expected: gitopsctl %s%s%s",
                      (const char *)o->arguments.items[verb->max_arguments], verb->name,
                      verb->arguments ? " " : "", verb->arguments ? verb->arguments : "");
    return 0;
}

static bool asks_for_help(char *const *argv)
{
    for (; *argv && !streq(*argv, "--"); argv++)
        if (streq(*argv, "--help") || streq(*argv, "-h"))
            return true;
    return false;
}

static int read_and_run(const struct verb *verb, struct options *o, char **argv, struct error **err)
{
    struct invocation in = {.verb = verb, .options = o, .argv = argv};

    if (options_parse(o, argv, err) < 0)
        return VERB_MISUSE;
    term_set_color(options_text(o, "color"));
    if (check_arguments(verb, o, err) < 0 || read_names(verb, o, err) < 0)
        return VERB_MISUSE;
    return verb->run(&in, err);
}

static int exit_status(const struct verb *verb, int result, const struct error *err)
{
    if (result >= 0) {
        if (fflush(stdout) == 0 && !ferror(stdout))
            return result;
        if (errno == EPIPE) /* `| head`: nobody wants to read more */
            return BROKEN_PIPE;
        fprintf(stderr, "gitopsctl %s: standard output: %s\n", verb->name, strerror(errno));
    } else {
        fflush(stdout);
        fprintf(stderr, "gitopsctl %s: ", verb->name);
        term_write(stderr, error_message(err), strlen(error_message(err)));
        fputc('\n', stderr);
    }
    /* Ctrl-C: a shell is to know, and end its loop. */
    if (err && error_kind(err) == ERROR_CANCELED) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    if (result == VERB_MISUSE)
        fprintf(stderr, "'gitopsctl %s --help' says how it is used.\n", verb->name);
    return result == VERB_MISUSE ? 2 : verb->failure ? verb->failure : 1;
}

int verb_run(const struct verb *verb, char **argv)
{
    cleanup_options struct options o = {0};
    cleanup_error struct error *err = NULL;
    int result;

    verb_tables(verb, o.tables);
    if (asks_for_help(argv)) {
        help_print(verb, stdout);
        return exit_status(verb, 0, NULL);
    }
    result = read_and_run(verb, &o, argv, &err);
    return exit_status(verb, result, err);
}
