/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_parts: inside a watch only. watch.c is its states, its failures and the list by pages,
 * watch_stream.c the stream and the list that it may begin with; watch_check.c compares now and
 * then what the stream has told with a list.
 */
#ifndef GITOPSD_LIB_KUBE_WATCH_PARTS_H
#define GITOPSD_LIB_KUBE_WATCH_PARTS_H

#include "lib/base/map.h"
#include "lib/kube/list.h"
#include "lib/kube/watch.h"
#include "lib/kube/watch_line.h"

/* list -> stream -> stream ...; 410: list. A failure: wait, then the step again. The list is the
 * beginning of the stream, or comes page by page before it. ORPHANED: the client is gone. */
enum watch_state { WATCH_LIST, WATCH_STREAM, WATCH_WAIT, WATCH_ORPHANED, WATCH_STOPPED };

/* due (the timer runs) -> listing -> settling -> due. Only while there is something to compare
 * with: not before the first list is complete. */
enum check_state { CHECK_OFF, CHECK_DUE, CHECK_LISTING, CHECK_SETTLING };

struct check {
    enum check_state state;
    struct list *list;
    struct map touched;  /* uids that the watch told of since the check began */
    uint64_t floor;      /* how far the watch had come when it began */
    uint64_t newest;     /* of the items beyond where the watch has come */
    uint64_t version;    /* of the list */
    uint64_t started_ms; /* the last one; monotonic */
};

struct kube_watch {
    struct kube_client *client;
    char *path;
    char *label_selector;
    char *field_selector;
    struct kube_watch_tuning tuning;
    struct kube_watch_callbacks callbacks;
    void *arg;
    enum watch_state state;
    enum watch_state after_wait;
    enum watch_state failed_state; /* which step the reported error belongs to */
    struct list_spec list_spec;
    struct list *list;
    struct check check;
    bool pages;             /* the server does not begin a stream with a list, or failed to */
    struct kube_call *call; /* the stream */
    uv_timer_t check_timer;
    uv_timer_t timer;       /* WAIT: the end of it. STREAM: it has lasted. LIST: it stalls. */
    char *resource_version; /* the highest of list, events and bookmarks */
    uint64_t version;       /* the same as a number; 0: it is none */
    bool has_bookmarks;     /* this server sends them */
    struct watch_lines lines;
    struct error *stream_err; /* why the stream was ended by us or by an ERROR event */
    struct error *reported;   /* last passed to `failed`; NULL: all is well */
    uint64_t opened_ms;       /* when the stream's headers came; 0: not yet */
    uint64_t line_began_ms;   /* when the first bytes of the incomplete line came; 0: none is */
    bool is_begun;            /* LIST, streamed: something came */
    bool is_working;          /* the stream delivered something or has lasted */
    bool has_expired;         /* and no stream worked since: the next time waits */
    unsigned failures;
    unsigned open_parts; /* timer, call */
};

/* ---- watch.c ---- */

uint64_t watch_random_below(uint64_t limit);
/* How long to wait after this failure; ms. */
uint64_t watch_delay(struct kube_watch *w, const struct error *err);
/* 0: not a number, so it can be compared with nothing. */
uint64_t watch_version(const char *version);
/* So far the watch has come. */
void watch_set_version(struct kube_watch *w, const char *version);
/* A text of its metadata; NULL: it has none. */
const char *watch_meta(const json_t *object, const char *key);
/* The only place that changes the state. */
void watch_enter(struct kube_watch *w, enum watch_state next);
/* Wait so long, then go on there. */
void watch_pause(struct kube_watch *w, uint64_t delay, enum watch_state then);
/* Tell of the failure, unless it is no news, and try again there after some time. */
void watch_fail(struct kube_watch *w, const struct error *err, enum watch_state again);
/* "It works again", if the step that works is the one that had failed. */
void watch_report_success(struct kube_watch *w);
/* The timers and the call hold the watch: its memory goes with the last of them. */
void watch_part_closed(struct kube_watch *w);
/* The list in either form. */
void watch_list_failed(struct kube_watch *w, const struct error *err);
/* Returns false when the watch was stopped. */
bool watch_list_complete(struct kube_watch *w, const char *version);

/* ---- watch_stream.c ---- */

/* Begin it with the list in the state WATCH_LIST, else where it was. */
void watch_start_stream(struct kube_watch *w);
/* Ends the stream for `err`, which is taken; what is to be done is said by what it is. */
void watch_break(struct kube_watch *w, struct error *err);

/* ---- watch_check.c ---- */

/* The first list is complete, or a check is over: the next one comes at its time. */
void check_plan(struct kube_watch *w);
/* Something does not add up: soon, but not more often than ten times as often as always. */
void check_soon(struct kube_watch *w);
/* There is nothing to compare with. */
void check_off(struct kube_watch *w);
/* The stream told of this object. */
void check_note(struct kube_watch *w, const json_t *object);

#endif
