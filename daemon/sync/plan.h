/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan: what an operation does, as ordered tasks. A pure function of the desired objects, what is
 * known of the live ones, and the options.
 * Order: the namespace, then wave, kind rank (Argo CD's), name; prunes after everything else and
 * the other way round. Tasks of one group run side by side, groups one after the other.
 */
#ifndef GITOPSD_DAEMON_SYNC_PLAN_H
#define GITOPSD_DAEMON_SYNC_PLAN_H

#include "daemon/app.h"
#include "daemon/observe.h"

enum task_kind { TASK_NAMESPACE, TASK_APPLY, TASK_PRUNE };

struct task {
    enum task_kind what;
    unsigned group;
    const struct desired *desired; /* TASK_APPLY; borrowed from the application */
    char *key;
    char *api_group;
    char *version;
    char *kind;
    char *namespace;
    char *name;
    char *uid;     /* TASK_PRUNE: of the object that was judged superfluous */
    bool deletion; /* TASK_PRUNE: it goes with its application */
};

struct plan {
    struct task *tasks;
    size_t len;
};

struct plan_options {
    bool prune;
    bool repair;   /* only what is known to differ is applied */
    bool deletion; /* of the whole application: other objects ask to stay than for a prune */
    bool create_namespace; /* and it is not known to exist */
};

void plan_build(struct plan *plan, const struct app *app, const struct observer *observer,
                const struct plan_options *options);
void plan_clear(struct plan *plan);

/* Live objects that carry the application's tracking id and are not desired by anybody, that exist
 * and do not ask to stay. `that_count`: without those that ask not to count (IgnoreExtraneous). */
size_t plan_count_extra(const struct app *app, bool that_count);
/* Is this one of them? */
bool plan_is_extra(const struct app *app, const struct object *object);
/* Is it one that may be deleted, and is not going already? */
bool plan_is_prunable(const struct app *app, const struct object *object, bool deletion);

#endif
