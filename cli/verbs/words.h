/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words: what may stand at a place of the command line, by what the table of verbs calls it there.
 * For the completions.
 */
#ifndef GITOPSD_CLI_VERBS_WORDS_H
#define GITOPSD_CLI_VERBS_WORDS_H

#include "cli/verb.h"
#include "lib/base/buf.h"

enum words {
    WORDS_LITERAL = 1,  /* those of words_put_literal */
    WORDS_FILES = 2,    /* FILE, DIR, PATH */
    WORDS_APPS = 4,     /* APP: names of Applications */
    WORDS_CONTEXTS = 8, /* of the kubeconfig */
    WORDS_VERBS = 16,   /* VERB */
};

/* As flags; 0: anything. */
unsigned words_of_option(const struct option_spec *spec);
/* Of what stands behind the verb. */
unsigned words_of_arguments(const struct verb *verb);
/* The words in lower case of "a|b|c" or "[a] FILE", with `between` between them. */
void words_put_literal(const char *text, const char *between, struct buf *out);

/* The names of all verbs, likewise. */
void words_put_verbs(const char *between, struct buf *out);

/* Each option of a verb that the help shows, in its order. `it` starts at {0, 0}; NULL: no more. */
struct words_place {
    size_t table, row;
};
const struct option_spec *words_next_option(const struct verb *verb, struct words_place *it);

/* Append `text` for a place between single quotes. */
void words_put_quoted(struct buf *out, const char *text, const char *quote);

#endif
