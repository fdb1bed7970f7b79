/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch: all objects of one kind, first as a list, then as they change.
 * list (paged by limit and continue) -> watch from its resourceVersion with bookmarks; a watch that
 * ends is resumed from the last resourceVersion seen; 410 starts over with a list; any failure is
 * retried with a jittered backoff (1 s doubling to 30 s). Items of a list are handed over one by
 * one. A watch without any event or bookmark for too long is ended and resumed.
 * Thread: the loop thread; callbacks run there.
 */
#ifndef GITOPSD_LIB_KUBE_WATCH_H
#define GITOPSD_LIB_KUBE_WATCH_H

#include "lib/kube/client.h"

struct kube_watch;

enum kube_event { KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED };

struct kube_watch_callbacks {
    /* The list starts (again): what is not handed over before list_done is gone. */
    void (*list_start)(void *arg);
    /* Of the list (KUBE_ADDED) or of the watch. The object is borrowed. Items of a list carry
     * apiVersion and kind. */
    void (*object)(void *arg, enum kube_event event, const json_t *object);
    void (*list_done)(void *arg);
    /* A list or watch failed and will be tried again in `retry_ms`; NULL err: it works again. */
    void (*failed)(void *arg, const struct error *err, uint64_t retry_ms);
};

/* `r` must outlive the watch or kube_watch_stop (hold the discovery). ns NULL: all namespaces;
 * label_selector may be NULL. */
struct kube_watch *kube_watch_start(struct kube_client *client, const struct kube_resource *r,
                                    const char *ns, const char *label_selector,
                                    const struct kube_watch_callbacks *callbacks, void *arg);
/* The same with other numbers; zero keeps the default. */
struct kube_watch_tuning {
    unsigned page_size;       /* items of a list request: 500 */
    uint64_t idle_timeout_ms; /* no event or bookmark for so long: 90,000 */
    uint64_t backoff_min_ms;  /* 1,000 */
    uint64_t backoff_max_ms;  /* 30,000 */
    size_t max_line_bytes;    /* one event: 16 MiB */
};
struct kube_watch *kube_watch_start_tuned(struct kube_client *client, const struct kube_resource *r,
                                          const char *ns, const char *label_selector,
                                          const struct kube_watch_tuning *tuning,
                                          const struct kube_watch_callbacks *callbacks, void *arg);
/* No callback runs after this returns. Call it before kube_client_free; allowed inside callbacks.
 */
void kube_watch_stop(struct kube_watch *w);

#endif
