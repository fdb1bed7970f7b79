/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jq_child: one gitopsd-jq process with its pipes and its clock. Inside jq.c only.
 * idle -> asked -> answered -> idle ...; or ended: by its idle clock, by jq_child_end, or by what
 * it was asked. It frees itself when its process is gone and its handles are closed.
 */
#ifndef GITOPSD_DAEMON_COMPARE_JQ_CHILD_H
#define GITOPSD_DAEMON_COMPARE_JQ_CHILD_H

#include "lib/base/error.h"

#include <jansson.h>
#include <uv.h>

struct jq_child;

/* `answer` is NULL when the process ended instead: `err` says why, ERROR_TIMEOUT when it had used
 * up its time. Ready for the next question in the first case, of no use any more in the other. */
typedef void jq_answer_fn(void *arg, const json_t *answer, const struct error *err);
/* It ended while nothing was asked: of no use any more. */
typedef void jq_gone_fn(void *arg);

int jq_child_start(uv_loop_t *loop, const char *program, jq_answer_fn *answered, jq_gone_fn *gone,
                   void *arg, struct jq_child **out, struct error **err);
/* Takes the line. One question at a time. */
void jq_child_ask(struct jq_child *c, char *line);
/* No callback runs any more. */
void jq_child_end(struct jq_child *c);

#endif
