/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line_child: one process that runs what users wrote (gitopsd-jq, gitopsd-lua), with its pipes and
 * its clock. Each line that it is given is a question, each line that it writes an answer in JSON.
 * idle -> asked -> answered -> idle ...; or ended: by its idle clock, by line_child_end, or by what
 * it was asked. It frees itself when its process is gone and its handles are closed.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_LINE_CHILD_H
#define GITOPSD_DAEMON_LINE_CHILD_H

#include "lib/base/error.h"

#include <jansson.h>
#include <uv.h>

struct line_child;

/* `answer` is NULL when the process ended instead: `err` says why, ERROR_TIMEOUT when it had used
 * up its time, ERROR_UNAVAILABLE when that was none of the question's doing: it got no processor,
 * or was killed from outside. Ready for the next question in the first case, of no use any more in
 * the other. */
typedef void line_answer_fn(void *arg, const json_t *answer, const struct error *err);
/* Whoever asks does so again as often as this, when that was the reason. */
#define LINE_CHILD_AGAIN 2
/* It ended while nothing was asked: of no use any more. */
typedef void line_gone_fn(void *arg);

int line_child_start(uv_loop_t *loop, const char *program, line_answer_fn *answered,
                     line_gone_fn *gone, void *arg, struct line_child **out, struct error **err);
/* Takes the line. One question at a time. */
void line_child_ask(struct line_child *c, char *line);
/* Monotonic: since when it has a question that it has not answered; 0: it has none. It is killed
 * when it does not answer within LINE_CHILD_ANSWER_MS; one that cannot be killed stays asked. NULL:
 * 0. */
#define LINE_CHILD_ANSWER_MS 10000
uint64_t line_child_busy_since_ms(const struct line_child *c);
/* No callback runs any more. */
void line_child_end(struct line_child *c);

#endif
