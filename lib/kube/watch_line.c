/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/watch_line.h"

#include "lib/kube/status.h"

void watch_lines_init(struct watch_lines *lines, size_t max_line_bytes)
{
    lines->partial = BUF_INIT(max_line_bytes);
}

void watch_lines_clear(struct watch_lines *lines)
{
    buf_clear(&lines->partial);
}

/* Empty lines are no events. */
static bool hand_over(const char *line, size_t len, watch_line_fn *fn, void *arg)
{
    return len == 0 || (len == 1 && line[0] == '\r') || fn(arg, line, len);
}

void watch_lines_feed(struct watch_lines *lines, const char *data, size_t len, watch_line_fn *fn,
                      void *arg, struct error **err)
{
    const char *newline;

    while (len > 0 && (newline = memchr(data, '\n', len))) {
        size_t line_len = (size_t)(newline - data);
        bool more;

        if (lines->partial.len == 0) {
            more = hand_over(data, line_len, fn, arg);
        } else {
            if (buf_append(&lines->partial, data, line_len, err) < 0)
                return;
            more = hand_over(lines->partial.data, lines->partial.len, fn, arg);
            buf_clear(&lines->partial);
        }
        if (!more)
            return;
        data = newline + 1;
        len -= line_len + 1;
    }
    if (len > 0)
        buf_append(&lines->partial, data, len, err);
}

static int event_error(const json_t *status, struct error **err)
{
    if (!streq(json_string_value(json_object_get(status, "kind")), "Status"))
        return error_set(err, ERROR_UNAVAILABLE, "the watch ended with an error without a Status");
    return kube_status_error(status, 500, err);
}

enum watch_line watch_line_parse(const char *line, size_t len, json_t **object,
                                 enum kube_event *event, struct error **err)
{
    json_error_t problem;
    json_t *root = json_loadb(line, len, JSON_ALLOW_NUL, &problem);
    const char *type = json_string_value(json_object_get(root, "type"));
    json_t *value = json_object_get(root, "object");
    enum watch_line kind = WATCH_LINE_EVENT;

    if (!root) {
        error_set(err, ERROR_INVALID, "a watch event is not valid JSON: %s", problem.text);
        kind = WATCH_LINE_FAILED;
    } else if (!type || !json_is_object(value)) {
        error_set(err, ERROR_INVALID, "a watch event lacks its type or object");
        kind = WATCH_LINE_FAILED;
    } else if (streq(type, "ADDED")) {
        *event = KUBE_ADDED;
    } else if (streq(type, "MODIFIED")) {
        *event = KUBE_MODIFIED;
    } else if (streq(type, "DELETED")) {
        *event = KUBE_DELETED;
    } else if (streq(type, "ERROR")) {
        event_error(value, err);
        kind = WATCH_LINE_FAILED;
    } else {
        kind = WATCH_LINE_BOOKMARK; /* or a type of later times, which must not stop us */
    }
    if (kind != WATCH_LINE_FAILED)
        *object = json_incref(value);
    json_decref(root);
    return kind;
}
