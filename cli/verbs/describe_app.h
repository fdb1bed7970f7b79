/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe_app: all that a person needs to know of one Application, as text: pure functions of its
 * object. What is in order is told in one line, what is not with its reason and what to do.
 */
#ifndef GITOPSD_CLI_VERBS_DESCRIBE_APP_H
#define GITOPSD_CLI_VERBS_DESCRIBE_APP_H

#include "lib/base/buf.h"

#include <jansson.h>

/* `project`: its AppProject; NULL: it is not known, or has no sync windows to tell about. */
void describe_app(const json_t *app, const json_t *project, int64_t now_ms, struct buf *out);

/* ---- parts of it, each nothing where there is nothing to tell ---- */

void describe_conditions(const json_t *app, int64_t now_ms, struct buf *out);
void describe_operation(const json_t *app, int64_t now_ms, struct buf *out);
void describe_resources(const json_t *app, struct buf *out);
void describe_windows(const json_t *app, const json_t *project, int64_t now_ms, struct buf *out);
/* The last `limit` deployments, the newest first; 0: all. */
void describe_history(const json_t *app, size_t limit, int64_t now_ms, struct buf *out);

/* ---- for those ---- */

/* A blank line, and the title. */
void describe_title(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "  text", each line of it. */
void describe_lines(struct buf *out, const char *indent, const char *text);
/* "3m ago"; "" for a time that cannot be read. Heap. */
char *describe_ago(const char *rfc3339, int64_t now_ms);

#endif
