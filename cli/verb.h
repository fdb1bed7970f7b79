/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verb: what gitopsctl can do. Each verb is a file that defines one `struct verb`; the table of all
 * (verbs/table.h) is what the help, the completions and the man pages are made of.
 * To add one: verbs/NAME.c (get.c is an example), a row in verbs/table.c, a section in
 * docs/gitopsctl.md, whose commands are run by a test.
 */
#ifndef GITOPSD_CLI_VERB_H
#define GITOPSD_CLI_VERB_H

#include "cli/options.h"

/* Under which heading the list of verbs has it. */
enum verb_group { VERB_LOOK, VERB_ACT, VERB_FILES, VERB_OTHER };

/* Options that verbs share. */
enum verb_common {
    VERB_CLUSTER = 1,  /* --context, --kubeconfig, --namespace, --request-timeout */
    VERB_SELECTOR = 2, /* --selector, --all-namespaces */
    VERB_OUTPUT = 4,   /* --output table|wide|json|yaml|name */
};

#define VERB_ANY_ARGUMENTS ((size_t)-1)
/* What `run` returns for a command line that makes no sense: misuse(). */
#define VERB_MISUSE (-2)

struct verb;

struct invocation {
    const struct verb *verb;
    const struct options *options;
    char **argv; /* what stands behind the verb, ended by NULL */
};

struct verb {
    const char *name;
    const char *summary;   /* one line without a full stop */
    const char *arguments; /* "[APP...]"; NULL: none */
    size_t min_arguments;
    size_t max_arguments;
    const char *about;                 /* paragraphs, lines of at most 80 columns; may be NULL */
    const char *examples;              /* likewise: "# what it shows\ngitopsctl get\n" ... */
    const struct option_spec *options; /* its own; NULL: none */
    unsigned common;                   /* of enum verb_common */
    enum verb_group group;
    int failure;            /* exit status when `run` fails; 0: 1 */
    const char *answers[2]; /* what statuses 0 and 1 mean; NULL: that all went well; nothing */
    /* The exit status; -1 with *err: it failed; VERB_MISUSE. */
    int (*run)(const struct invocation *in, struct error **err);
};

/* Set *err and return VERB_MISUSE. */
int misuse(struct error **err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The tables of options of a verb: its own, those that it shares, those that all have. */
void verb_tables(const struct verb *verb, const struct option_spec *tables[OPTIONS_MAX_TABLES]);
/* Options of all verbs. */
extern const struct option_spec verb_options_every[], verb_options_cluster[];

#endif
