/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program: one jq expression that names places of a document, compiled.
 * As in Argo CD, which writes the expression between the parentheses of "del()" and compiles that:
 * an expression that is one by itself names paths; one that closes that parenthesis, to change the
 * document in other ways, names the places that are different afterwards.
 */
#ifndef GITOPSD_JQ_PROGRAM_H
#define GITOPSD_JQ_PROGRAM_H

#include <jq.h>
#include <stdbool.h>

struct program;

/* Never NULL: what does not compile says so when it is run. */
struct program *program_new(const char *expression);
void program_free(struct program *p);
bool program_is(const struct program *p, const char *expression);

/* Takes the document. {"paths":[...]}, {"error":"..."} or {"invalid":"..."}. */
jv program_run(struct program *p, jv document);

/* {"error":MESSAGE} */
jv program_error(const char *message);

#endif
