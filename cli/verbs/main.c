/* SPDX-License-Identifier: Apache-2.0 */
/* gitopsctl-verbs: all that gitopsctl does, but rendering a directory. Started by gitopsctl, with
 * the same arguments. */
#include "cli/command_line.h"
#include "cli/help.h"
#include "cli/verbs/table.h"
#include "lib/base/suggest.h"
#include "lib/git/git.h"

#include <signal.h>

static void print_group(enum verb_group group, const char *title, FILE *out)
{
    fprintf(out, "\n%s:\n", title);
    for (size_t i = 0; verbs[i]; i++)
        if (verbs[i]->group == group)
            fprintf(out, "  %-11s %s\n", verbs[i]->name, verbs[i]->summary);
}

static void print_usage(FILE *out)
{
    fputs("gitopsctl VERB [OPTIONS] ...: look after Applications and what they deploy, with your "
          "own\n"
          "rights in the cluster that your kubeconfig names.\n",
          out);
    print_group(VERB_LOOK, "Look", out);
    print_group(VERB_ACT, "Act", out);
    print_group(VERB_FILES, "Without a cluster", out);
    print_group(VERB_OTHER, "Other", out);
    fputs("\n'gitopsctl VERB --help' has the options of a verb, and examples.\n", out);
}

/* What others call it: kubectl, argocd, flux, kustomize, git. NULL: nothing of ours. */
static const char *known_elsewhere(const char *name)
{
    static const char *const words[][2] = {
        {"list", "get"},         {"ls", "get"},         {"status", "get"},
        {"show", "describe"},    {"trace", "tree"},     {"resources", "tree"},
        {"log", "history"},      {"logs", "events"},    {"apply", "sync"},
        {"reconcile", "sync"},   {"build", "render"},   {"kustomize", "render"},
        {"manifests", "render"}, {"undo", "rollback"},  {"revert", "rollback"},
        {"pause", "suspend"},    {"stop", "suspend"},   {"terminate-op", "sync --terminate"},
        {"clusters", "fleet"},   {"contexts", "fleet"},
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (streq(words[i][0], name))
            return words[i][1];
    return NULL;
}

/* `next` stands behind it; NULL: nothing does. */
static int unknown_verb(const char *name, const char *next)
{
    bool is_noun = next && (streq(name, "app") || streq(name, "apps")); /* argocd app sync */
    struct suggestion s = {.word = is_noun ? next : name};
    cleanup_free char *hint = NULL;

    s.best = known_elsewhere(s.word);
    for (size_t i = 0; verbs[i]; i++)
        suggestion_consider(&s, verbs[i]->name);
    hint = suggestion_text(&s, "gitopsctl ");
    fprintf(stderr, "gitopsctl: there is no verb %s%s\n'gitopsctl --help' lists all verbs.\n", name,
            hint);
    return 2;
}

static int help(const char *name)
{
    const struct verb *verb = name ? verb_find(name) : NULL;

    if (name && !verb)
        return unknown_verb(name, NULL);
    if (verb)
        help_print(verb, stdout);
    else
        print_usage(stdout);
    return fflush(stdout) == 0 ? 0 : 1;
}

static bool takes_value(const char *arg)
{
    static const struct option_spec *const tables[] = {verb_options_cluster, verb_options_every};

    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        for (const struct option_spec *spec = tables[i]; spec->name; spec++)
            if (spec->value && ((arg[1] == spec->letter && spec->letter && !arg[2]) ||
                                (arg[1] == '-' && streq(arg + 2, spec->name))))
                return true;
    return false;
}

/* `gitopsctl --context a get` is `gitopsctl get --context a`. */
static void put_verb_first(char **argv)
{
    size_t at = 0;
    char *verb;

    while (argv[at] && argv[at][0] == '-')
        at += takes_value(argv[at]) && argv[at + 1] ? 2 : 1;
    verb = argv[at];
    if (!verb)
        return;
    memmove(argv + 1, argv, at * sizeof(*argv));
    argv[0] = verb;
}

int main(int argc, char **argv)
{
    const struct verb *verb;

    if (argc == 2 && streq(argv[1], GIT_WORKER_ARGUMENT))
        return git_worker_main();
    signal(SIGPIPE, SIG_IGN); /* `| head` ends us by a failed write, a server does not */
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    put_verb_first(argv + 1);
    if (streq(argv[1], "help"))
        return help(argv[2]);
    if (streq(argv[1], "--help") || streq(argv[1], "-h"))
        return help(NULL);
    if (streq(argv[1], "--version"))
        return verb_run(&version_verb, argv + 2);
    if (argv[1][0] == '-') {
        fprintf(stderr, "gitopsctl: which verb? 'gitopsctl --help' lists all.\n");
        return 2;
    }
    verb = verb_find(argv[1]);
    return verb ? verb_run(verb, argv + 2) : unknown_verb(argv[1], argv[2]);
}
