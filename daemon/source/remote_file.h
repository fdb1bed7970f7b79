/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote_file: files over HTTP(S) that kustomizations use, read again at the poll interval with
 * If-None-Match. A file that fails is asked for with a growing delay and keeps its last content.
 * Redirects are followed to allowed addresses only. No credentials are sent.
 * Thread: the loop thread; the bytes of a content may be read by any while it is ref'd. Callbacks
 *         run from the loop, never from inside a call.
 */
#ifndef GITOPSD_DAEMON_SOURCE_REMOTE_FILE_H
#define GITOPSD_DAEMON_SOURCE_REMOTE_FILE_H

#include "lib/base/error.h"
#include "lib/base/vec.h"

#include <uv.h>

struct remote_content {
    unsigned refs;
    char *data;
    size_t len;
};
struct remote_content *remote_content_ref(struct remote_content *c);
void remote_content_unref(struct remote_content *c);

struct remote_file_options {
    const struct strvec *allowed; /* --allow-remote; borrowed while the set lives */
    uint64_t poll_ms;
    uint64_t timeout_ms; /* of one request */
};

struct remote_file_set;
struct remote_file_set *remote_file_set_new(uv_loop_t *loop,
                                            const struct remote_file_options *options);
/* Cancels everything; run the loop until nothing is left. */
void remote_file_set_free(struct remote_file_set *set);

/* Other times from the next request on. */
void remote_file_set_retime(struct remote_file_set *set, uint64_t poll_ms, uint64_t timeout_ms);

/* The content changed (err NULL), or the file failed or is well again. `content` is borrowed, NULL
 * where nothing was ever read. */
typedef void remote_file_changed_fn(void *arg, struct remote_content *content,
                                    const struct error *err);

struct remote_file_subscription;
struct remote_file_subscription *remote_file_subscribe(struct remote_file_set *set, const char *url,
                                                       remote_file_changed_fn *changed, void *arg);
/* No callback after this. */
void remote_file_unsubscribe(struct remote_file_subscription *s);
/* Ask for the file now. */
void remote_file_poll_now(struct remote_file_subscription *s);

#endif
