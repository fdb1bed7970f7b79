/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch: all objects of one kind, first as a list, then as they change.
 * A watch that begins with a list (sendInitialEvents), or, where the server has none, list (list.h)
 * -> watch from its resourceVersion, both with bookmarks; a watch that ends is resumed from
 * the highest resourceVersion seen, after a pause of up to a second when it broke; 410 starts over
 * with a list; any failure is retried with a jittered backoff (1 s doubling to 30 s, to 2 min when
 * rights are missing, and not before the server's Retry-After). Items of a list are handed over one
 * by one. A watch without any event or bookmark for too long is ended and resumed.
 * Now and then a list is compared with what the watch told (a check): at the time of relist_ms, and
 * sooner when an event is older than one before it, or the bookmarks fail to appear.
 * Thread: the loop thread; callbacks run there.
 */
#ifndef GITOPSD_LIB_KUBE_WATCH_H
#define GITOPSD_LIB_KUBE_WATCH_H

#include "lib/kube/client.h"

struct kube_watch;

/* ADDED, MODIFIED and DELETED are events of the watch, LISTED is an item of a list. */
enum kube_event { KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED, KUBE_LISTED };

/* What was found out about the server. */
enum kube_notice {
    /* It kept back what a list has shown meanwhile. The watch is started again. */
    KUBE_NOTICE_STALLED,
    /* It answers older resourceVersions than it did: the cluster was restored from a backup, or an
     * answer was stale. A list that is no check follows. */
    KUBE_NOTICE_WENT_BACK,
};

struct kube_watch_callbacks {
    /*
     * A list starts (again): what is not handed over before list_done is gone. It is the truth,
     * even where it is older than what is known. A check only compares: the watch goes on, so its
     * events come in between, and items that it tells of after list_start are left out. Of the
     * others the watch should have told (KUBE_LISTED), or they are newer than it has come
     * (KUBE_ADDED). What is newer than a check is not gone.
     */
    void (*list_start)(void *arg, bool is_check);
    /* The object is borrowed. Items of a list carry apiVersion and kind. */
    void (*object)(void *arg, enum kube_event event, const json_t *object);
    /* The resourceVersion of the list, 0 where it is not a number. A list that fails or is not to
     * be believed has no end; another one starts later. */
    void (*list_done)(void *arg, uint64_t version);
    /* A list or watch failed and will be tried again in `retry_ms`; NULL err: it works again. */
    void (*failed)(void *arg, const struct error *err, uint64_t retry_ms);
    void (*noticed)(void *arg, enum kube_notice notice); /* may be NULL */
};

/* `r` must outlive the watch or kube_watch_stop (hold the discovery). ns NULL: all namespaces;
 * label_selector may be NULL. */
struct kube_watch *kube_watch_start(struct kube_client *client, const struct kube_resource *r,
                                    const char *ns, const char *label_selector,
                                    const struct kube_watch_callbacks *callbacks, void *arg);
/* The same with other numbers; zero keeps the default. */
struct kube_watch_tuning {
    unsigned page_size;         /* items of a list request: 500 */
    uint64_t idle_timeout_ms;   /* no event or bookmark for so long: 90,000 */
    uint64_t backoff_min_ms;    /* 1,000 */
    uint64_t backoff_max_ms;    /* 30,000 */
    uint64_t relist_ms;         /* between two checks, plus or minus 30 %: 600,000 */
    size_t max_line_bytes;      /* one event or item: 16 MiB */
    const char *field_selector; /* NULL: none */
    bool metadata_only;         /* objects as PartialObjectMetadata */
    bool pages;                 /* lists never come as a stream */
};
struct kube_watch *kube_watch_start_tuned(struct kube_client *client, const struct kube_resource *r,
                                          const char *ns, const char *label_selector,
                                          const struct kube_watch_tuning *tuning,
                                          const struct kube_watch_callbacks *callbacks, void *arg);
/* No callback runs after this returns. Call it before kube_client_free; allowed inside callbacks.
 */
void kube_watch_stop(struct kube_watch *w);

#endif
