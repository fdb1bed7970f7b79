/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe_parts: inside the observer only. observe.c is what others ask, observe_want.c what
 * applications want, observe_kind.c the watched kinds, observe_object.c the index of objects.
 */
#ifndef GITOPSD_DAEMON_OBSERVE_OBSERVE_PARTS_H
#define GITOPSD_DAEMON_OBSERVE_OBSERVE_PARTS_H

#include "daemon/compare/compare.h"
#include "daemon/observe/fight.h"
#include "daemon/observe/observe.h"
#include "lib/doc/mask.h"
#include "lib/kube/watch.h"

/* One watch of a kind: of all namespaces, or of one. */
struct kind_watch {
    struct watched_kind *kind;
    const char *namespace; /* NULL: all. Owned by the observer */
    struct kube_watch *watch;
    unsigned generation;       /* of its last list */
    bool listed;               /* at least once, completely */
    bool in_check;             /* the list that is handed over is a check */
    char *failure;             /* why it cannot be listed or watched now; NULL: it can */
    uint64_t failing_since_ms; /* monotonic */
    bool is_lost;              /* that failure says that the kind does not exist ... */
    bool is_denied;            /* ... or that we may not see it */
};

struct watched_kind {
    struct observer *observer;
    char *name;                       /* "GROUP/KIND" */
    struct kube_discovery *discovery; /* holds `resource` */
    const struct kube_resource *resource;
    struct kind_watch *watches; /* none: the server does not serve this kind, or it is excluded */
    size_t watch_count;
    unsigned generation; /* counts its lists */
    uint64_t repairs;    /* what checks found that the watch had not told */
};

struct observer {
    struct kube_client *client;
    struct kube_discovery *discovery;
    struct settings *settings; /* NULL: the defaults */
    struct judge *judge;
    struct assessor *assessor; /* NULL: no scripts */
    struct strvec namespaces;  /* that are watched; none: all */
    observer_changed_fn *changed;
    observer_recovered_fn *recovered;
    observer_lost_fn *lost;       /* may be NULL */
    observer_expects_fn *expects; /* may be NULL */
    observer_writer_fn *writer;   /* may be NULL */
    void *arg;
    uv_timer_t *timer;  /* NULL: no watch has failed yet */
    struct map kinds;   /* "GROUP/KIND" -> struct watched_kind */
    struct map objects; /* key -> struct object */
    struct map apps;    /* instance -> struct app */
    bool apps_known;    /* an instance that is not among them is none of ours */
    struct fights fights;
    struct mask mask; /* of values that are told */
};

/* ---- objects ---- */

void object_free(void *object);
/* It differs from what is desired; `live` may be NULL. Or it is gone. Or it starts anew. */
void object_fight_differs(struct observer *o, struct object *object, const struct drifts *drifts,
                          const json_t *live);
void object_fight_gone(struct observer *o, struct object *object);
void object_fight_forget(struct observer *o, struct object *object);
/* Makes it where it is not known yet. */
struct object *object_get(struct observer *o, const char *key);
bool object_exists(const struct object *object);
void object_drop(struct observer *o, struct object *object);
/* Unless somebody wants or tracks it. */
void object_drop_if_idle(struct observer *o, struct object *object);
void object_set_verdict(struct object *object, enum verdict verdict, char *drift);
void object_set_instance(struct observer *o, struct object *object, char *instance);
void object_stop_judging(struct object *object);
void object_stop_assessing(struct object *object);
/* Where it is no application's any more, nobody waits for its health script. */
void object_unask(struct observer *o, struct object *object);
/* Compare with what is desired; without a desired side it may be one that is to come. */
void object_judge(struct observer *o, struct object *object, const json_t *live);
/* What the server says that the object is like. False: that was known. */
bool object_take_live(struct observer *o, const char *key, const json_t *live, unsigned generation,
                      bool of_list);
/* `version`: of the event that told so; 0: it was found missing. */
bool object_take_gone(struct observer *o, struct object *object, uint64_t version);
/* It may be going: has it done what was desired? And: did the last process see it do that? */
void object_note_end(struct object *object);
void object_recall_end(struct object *object);
/* Its live side is not known any more, and it belongs to nobody. */
void object_forget(struct observer *o, struct object *object);

void observer_notify(struct observer *o, struct app *app);

/* ---- kinds ---- */

struct watched_kind *kind_get(struct observer *o, const char *name);
void kind_free(void *kind);
void kind_stop(struct watched_kind *kind);
/* Watch what discovery and settings say now. */
void kind_resolve(struct watched_kind *kind);
bool kind_is_excluded(const struct observer *o, const char *name);
/* Has all of it been listed? Without a watch nothing has. */
bool kind_is_listed(const struct watched_kind *kind);
/* Why it cannot be seen, when that is no passing trouble; NULL: it can. Borrowed. */
const char *kind_problem(const struct watched_kind *kind);
/* End the timer. */
void kinds_stop(struct observer *o);
/* A failure of any age. */
const char *kind_failure(const struct watched_kind *kind);

#endif
