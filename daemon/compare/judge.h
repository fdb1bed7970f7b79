/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge: is a live object as it is desired? What can be told from the two documents is told at
 * once. An answer comes later where
 * - the types of the kind are on their way (for SCHEMA_WAIT_MS at most, then without types),
 * - jq expressions say what is ignored,
 * - only the server can tell (DRIFT_UNDECIDED), or a person wants it asked (the compare option
 *   ServerSideDiff=true): one server-side dry-run of the apply, a few side by side, remembered for
 *   this desired object, these ignored places and this resourceVersion.
 * A dry-run that fails (a webhook is down, it is denied) is tried again, after what the server asks
 * for or a growing while; meanwhile the judgment says why.
 *
 * Thread: the loop thread. Memory: everything that is needed later is copied.
 */
#ifndef GITOPSD_DAEMON_COMPARE_JUDGE_H
#define GITOPSD_DAEMON_COMPARE_JUDGE_H

#include "daemon/compare/compare.h"
#include "daemon/compare/ignore.h"
#include "daemon/settings/settings.h"
#include "lib/kube/client.h"

struct judge;
struct judge_request;
struct kube_type;

/* As whom an object would be written, which is as whom a dry-run is sent (heap); NULL: as
 * ourselves. Asked with the argument of `done`, for each dry-run. */
typedef char *judge_user_fn(void *arg);

struct judge_case {
    const struct desired *desired;
    const json_t *live;          /* in the version of `desired` */
    struct ignore_rules *ignore; /* of the application; NULL: none */
    bool server_side_diff;       /* the application wants the server asked about every object */
    judge_user_fn *user;         /* NULL: as ourselves */
};

struct judgment {
    enum drift drift;            /* never DRIFT_UNDECIDED */
    const struct drifts *drifts; /* borrowed */
    const char *problem;         /* not NULL: not decided, it is tried again and told again */
};

/* Not from inside judge_start. After a judgment without a problem the request is gone. */
typedef void judge_done_fn(void *arg, const struct judgment *judgment);

/* The types of a kind; NULL: unknown. `*pending`: they are on their way. */
typedef const struct kube_type *judge_types_fn(void *arg, const char *group, const char *version,
                                               const char *kind, bool *pending);

struct judge *judge_new(struct kube_client *client);
/* Dry-runs that were answered are asked for again. */
void judge_forget(struct judge *j);
/* No request is answered after this; the loop must run once more before judge_free. */
void judge_stop(struct judge *j);
/* When all requests have been canceled or answered. */
void judge_free(struct judge *j);

/* What it works with. Each may be left out, and may change later. */
void judge_set_discovery(struct judge *j, struct kube_discovery *d); /* ref'd; NULL: no dry-runs */
void judge_set_settings(struct judge *j, struct settings *s);        /* ref'd */
void judge_set_jq(struct judge *j, struct jq_worker *jq); /* borrowed; else jq names nothing */
void judge_set_types(struct judge *j, judge_types_fn *find, void *arg);
/* Types have arrived, or will not. */
void judge_types_changed(struct judge *j);

/*
 * NULL: decided at once, `*drift` and `drifts` (initialised by zeroes) say how. Else `done` tells
 * later, unless the request is canceled before.
 */
struct judge_request *judge_start(struct judge *j, const struct judge_case *c, enum drift *drift,
                                  struct drifts *drifts, judge_done_fn *done, void *arg);
/* NULL is fine. */
void judge_cancel(struct judge_request *r);

struct judge_stats {
    uint64_t local;    /* objects that were judged without asking the server */
    uint64_t dry_runs; /* requests */
    uint64_t kept;     /* answered from what was remembered */
    size_t waiting;    /* requests that are not decided now */
};
struct judge_stats judge_stats(const struct judge *j);

#endif
