/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suggest: which known word somebody meant who wrote another one.
 *     struct suggestion s = {.word = "promt"};
 *     for each known word: suggestion_consider(&s, known);
 *     s.best: "prompt", or NULL where none is near.
 * Near is a word that differs in at most a third of its letters (one at least; two letters that
 * changed places count once), or that begins with what was written.
 */
#ifndef GITOPSD_LIB_BASE_SUGGEST_H
#define GITOPSD_LIB_BASE_SUGGEST_H

#include "lib/base/mem.h"

struct suggestion {
    const char *word; /* that nobody knows */
    const char *best; /* borrowed from the caller of suggestion_consider; the first of equals */
    size_t distance;  /* of the best */
};

void suggestion_consider(struct suggestion *s, const char *candidate);
/* "; did you mean PREFIXbest?" or "". Heap string. */
char *suggestion_text(const struct suggestion *s, const char *prefix);

/* How many letters are to be changed, added, taken away or swapped with their neighbour. */
size_t suggest_distance(const char *a, const char *b);

#endif
