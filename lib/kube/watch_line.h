/* SPDX-License-Identifier: Apache-2.0 */
/* watch_line: the body of a watch, which is one JSON event on each line. */
#ifndef GITOPSD_LIB_KUBE_WATCH_LINE_H
#define GITOPSD_LIB_KUBE_WATCH_LINE_H

#include "lib/base/buf.h"
#include "lib/kube/watch.h"

/* Cuts a stream of bytes into lines. Complete lines in one piece are not copied. */
struct watch_lines {
    struct buf partial;
};

/* Returns false when it wants no more lines. */
typedef bool watch_line_fn(void *arg, const char *line, size_t len);

void watch_lines_init(struct watch_lines *lines, size_t max_line_bytes);
/* Forget the incomplete line. */
void watch_lines_clear(struct watch_lines *lines);
/* A line over the limit sets *err (ERROR_TOO_LARGE). */
void watch_lines_feed(struct watch_lines *lines, const char *data, size_t len, watch_line_fn *fn,
                      void *arg, struct error **err);

enum watch_line { WATCH_LINE_EVENT, WATCH_LINE_BOOKMARK, WATCH_LINE_FAILED };

/* `object` is new. FAILED: an ERROR event or no event at all, and *err is set: ERROR_EXPIRED for
 * 410, ERROR_INVALID for what is not an event. */
enum watch_line watch_line_parse(const char *line, size_t len, json_t **object,
                                 enum kube_event *event, struct error **err);

#endif
