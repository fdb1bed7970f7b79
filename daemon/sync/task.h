/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task: one thing that an operation does, the plan that holds all of them, and what is asked of a
 * plan. plan.h makes one.
 */
#ifndef GITOPSD_DAEMON_SYNC_TASK_H
#define GITOPSD_DAEMON_SYNC_TASK_H

#include "daemon/object/hook.h"
#include "daemon/object/sync_options.h"
#include "daemon/render/desired.h"

enum task_kind {
    TASK_NAMESPACE, /* of the destination, where the application asks for it */
    TASK_APPLY,
    TASK_HOOK,
    TASK_PRUNE,
};

/* Strings are owned. */
struct task {
    enum task_kind what;
    enum sync_phase phase;
    int wave;
    unsigned group;   /* counts from 0. The next one waits for the health of this one */
    unsigned step;    /* counts from 0 through the whole plan. The tasks of one run side by side */
    unsigned options; /* set of enum sync_option: of application, operation and object together */
    const struct desired *desired; /* TASK_APPLY, TASK_HOOK; borrowed from the application */
    char *key;
    char *api_group;
    char *version;
    char *kind;
    char *namespace;
    char *name;      /* of a hook with generateName: the final one; so in `key` */
    bool unchanged;  /* TASK_APPLY: it is as desired and is not written; its health still counts */
    bool kind_comes; /* a definition of its kind is part of the application */
    char *body;      /* TASK_NAMESPACE: JSON, what is applied */
    /* TASK_PRUNE */
    char *uid;           /* of the object that was judged superfluous */
    bool deletion;       /* it goes with its application */
    bool terminating;    /* it is going already: needs no request, counts as pruned */
    bool named_by_hash;  /* stays while a live ReplicaSet or Pod uses it */
    bool at_end;         /* after all that is not for a failure */
    bool confirm;        /* not before plan_is_approved(); nor is anything else of its group */
    const char *ignored; /* it stays (PruneSkipped), and this is the message; NULL: it goes */
};

struct plan {
    struct task *tasks; /* in the order in which they start */
    size_t len;
    char *guard; /* why a person has to approve the prunes; NULL: they are not too many */
};

struct plan_options {
    bool prune;
    bool repair;             /* only what is known to differ, and no hook */
    bool deletion;           /* of the whole application: nothing but what goes with it */
    bool without_hooks;      /* the strategy is "apply" */
    bool namespace_exists;   /* the destination's, for sure */
    unsigned sync_options;   /* set of enum sync_option: of the application or the request */
    const json_t *resources; /* operation.sync.resources: these only, and no hook; empty: all */
    const char *revision;    /* for the names of hooks; may be NULL where there is none */
    int64_t started_ms;      /* of the operation, wall clock: likewise */
    /* Prunes that are more than this, and more than this part of the live objects, need approval:
     * command line, --prune-limit and --prune-limit-percent. 0: no limit. */
    size_t prune_limit;
    unsigned prune_limit_percent;
};

void plan_clear(struct plan *plan);
#define cleanup_plan __attribute__((cleanup(plan_clear)))

/* Is the object one of operation.sync.resources? Of an empty list all are. */
bool plan_is_selected(const json_t *resources, const char *group, const char *kind, const char *ns,
                      const char *name);
/* Inside the plan: a task that is all zero. The pointer is valid until the next one is added. */
struct task *plan_add(struct plan *plan);

#endif
