/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe: the live state of the cluster as a verdict for each object.
 * Exactly the kinds that applications declare, or have declared, are watched. An object is compared
 * when its event arrives and then dropped; what stays is identity, version, verdict and health.
 * An object that is neither desired nor tracked costs nothing.
 *
 * An object that arrives before its application has been rendered is kept as text until it can be
 * judged (`pending`); this happens only while the daemon starts.
 *
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_OBSERVE_OBSERVE_H
#define GITOPSD_DAEMON_OBSERVE_OBSERVE_H

#include "daemon/app/app.h"
#include "daemon/health/assess.h"
#include "daemon/render/desired.h"
#include "daemon/settings/settings.h"
#include "lib/kube/client.h"
#include "lib/kube/discovery.h"

enum verdict {
    VERDICT_UNKNOWN, /* its kind has not been listed yet, or cannot be */
    VERDICT_MISSING,
    VERDICT_SYNCED,
    VERDICT_DRIFTED,
    VERDICT_STALE, /* desired changed since it was compared */
    VERDICT_EXTRA, /* tracked by an application that does not want it (any more) */
};

struct judge_request;

struct object {
    const char *key;               /* interned */
    struct app *wanted_by;         /* NULL: nobody wants it */
    const struct desired *desired; /* owned by wanted_by->desired; NULL likewise */
    const char *instance; /* interned: whose tracking id the live object carries; NULL: nobody's */
    char *elsewhere;      /* who tracks it in another installation; NULL: nobody */
    struct watched_kind *kind;
    enum verdict verdict;
    char *drift; /* the path that differs, while drifted */
    /* live; uid is "" while the object does not exist */
    char uid[37];
    uint64_t resource_version;
    uint32_t created_s;     /* wall clock: creationTimestamp; 0: it says none */
    bool deleting;          /* deletionTimestamp is set */
    bool foreign;           /* it exists, and we never applied it */
    bool no_prune;          /* the live object asks not to be pruned (Prune=false) ... */
    bool no_delete;         /* ... or not to be deleted with its application (Delete=false) */
    bool ignore_extraneous; /* ... or, superfluous, not to make its application OutOfSync */
    bool is_hook;           /* the live object is one (object/hook.h): never superfluous ... */
    unsigned hooks;         /* ... its types ... */
    unsigned hook_policies; /* ... when it is deleted ... */
    int held_at;            /* ... which of its finalizers, from 1, is ours; 0: none */
    unsigned options;       /* set of enum sync_option, of the live annotation */
    int wave;               /* of the live annotation */
    bool ignore_health;     /* ... or that its health does not count */
    unsigned generation;    /* of the list that saw it last */
    bool has_health;
    enum health_status health;
    char *health_message;
    /* While its health script runs: the health is what it was before (Progressing where it never
     * was assessed), and nobody acts upon it. */
    struct health_run *assessing;
    bool assessed; /* at least once */
    bool reassess; /* another script counts now: it is to be seen again */
    bool unasked;  /* its script has not run: no application of ours wanted or tracked it */
    uint64_t
        done;     /* hash of what was desired when this Job ended well; 0: it is none, or did not */
    char *images; /* that it runs, one a line; NULL: none */
    char *urls;   /* at which it is reached, likewise */
    /* The verdict is a guess until a GET in the desired version: it was seen in another version
     * only, or was passed over as nobody's before it was wanted. */
    bool unseen;
    const char *pending; /* until it can be judged (pending.h) */
    /* While it is being compared: the verdict is the last one (or VERDICT_UNKNOWN), and nothing is
     * repaired because of it. */
    struct judge_request *judging;
    char *problem;          /* why that takes long; NULL: nothing is wrong */
    uint64_t changed_at_us; /* monotonic: when the event that made it drift arrived; 0: none */
    uint64_t
        held_until_ms; /* monotonic: it is fought over, and not repaired before; 0: it is not */
};

struct observer;
struct judge;

/* Something about this application's objects changed. */
typedef void observer_changed_fn(void *arg, struct app *app);

/* A watch that had failed works again: the API server is back. */
typedef void observer_recovered_fn(void *arg);

/* The judge outlives the watches. */
struct observer *observer_new(struct kube_client *client, struct judge *judge,
                              observer_changed_fn *changed, observer_recovered_fn *recovered,
                              void *arg);
/* A watched kind does not exist any more, at least in the version that is watched. */
typedef void observer_lost_fn(void *arg);
void observer_on_lost(struct observer *o, observer_lost_fn *lost);
/* Should this API group be served, though discovery does not show it? */
typedef bool observer_expects_fn(void *arg, const char *group);
void observer_on_expects(struct observer *o, observer_expects_fn *expects);
/* As whom the application's objects are written, which is as whom dry-runs of them are sent (heap);
 * NULL: as ourselves. */
typedef char *observer_writer_fn(void *arg, const struct app *app);
void observer_on_writer(struct observer *o, observer_writer_fn *writer);
/* Watch these namespaces only. Before the first discovery; none: all. */
void observer_set_namespaces(struct observer *o, const struct strvec *namespaces);
/* End all watches; what is known stays until observer_free. */
void observer_stop(struct observer *o);
void observer_free(struct observer *o);
void observer_set_discovery(struct observer *o, struct kube_discovery *d);

/* Whose scripts count for health; borrowed, until observer_stop. Without it: none. */
void observer_set_assessor(struct observer *o, struct assessor *a);

/* How objects are tracked, and which kinds are left alone; ref'd. Without it: the defaults of
 * tracking, and no kind is. On a change excluded kinds are forgotten, and after another way of
 * tracking all kinds are listed again, as are those for which another health script counts. */
void observer_set_settings(struct observer *o, struct settings *s);
/* tracking_instance() by these settings. */
char *observer_instance(const struct observer *o, const json_t *live);

/* By tracking name, so that live objects find their application. */
void observer_add_app(struct observer *o, struct app *app);
/* All that exist have been added. Before, what is tracked by an unknown one may be that of one to
 * come, and waits for it. */
void observer_apps_are_known(struct observer *o);
void observer_remove_app(struct observer *o, struct app *app);
/* NULL: no application of ours has this tracking name. */
struct app *observer_find_app(const struct observer *o, const char *instance);

/* Make app->desired (and its kinds, and app->owned_kinds) what is wanted and watched. `former` is
 * what was desired before (may be NULL); it may be freed afterwards. */
void observer_want(struct observer *o, struct app *app, const struct desired_set *former);

/* app->ignore has changed: what it or `before` concerns is to be seen and compared again. */
void observer_rules_changed(struct observer *o, struct app *app, const struct ignore_rules *before);

/* What is known of its live objects is to be seen and compared again (`unseen`). */
void observer_doubt(struct observer *o, struct app *app);

/* Watch a kind ("GROUP/KIND") that was found to be owned by an application. */
void observer_watch_kind(struct observer *o, const char *kind);

/* Have all kinds that the application owns been listed, or given up for now? Why not is told in
 * `*blocker` (borrowed, NULL when there is nothing to tell). */
bool observer_is_ready(const struct observer *o, const struct app *app, const char **blocker);

/* A kind ("GROUP/KIND", borrowed) that is watched, and has neither been listed nor given up for
 * now; NULL: none. */
const char *observer_unlisted(const struct observer *o);

/* Which kind cannot be seen, or which object cannot be compared, and why: the message of a
 * condition. NULL: none. Heap string. */
char *observer_problem(const struct observer *o, const struct app *app);
/* What of the application is in namespaces that are not watched, and so is refused: likewise. */
char *observer_outside(const struct observer *o, const struct app *app);

/* Is there a kind of which a new discovery may tell more? */
bool observer_misses_kinds(const struct observer *o);
/* Is it known what exists of this kind ("GROUP/KIND")? Not before its first complete list, nor
 * while the API group does not answer. A kind that the server does not serve has no objects. */
bool observer_kind_is_known(const struct observer *o, const char *kind);

struct object *observer_find(const struct observer *o, const char *key);
/* The answer of a write of ours: if the object still differs, or soon again, somebody fights us. */
void observer_feed_written(struct observer *o, const json_t *answer);
/* What is fought over, for a condition; NULL: nothing. Heap string. `*until_ms`: when that
 * changes: an object that is left alone because of it is due, or there is nothing more to tell. */
char *observer_fights(const struct observer *o, const struct app *app, uint64_t *until_ms);
/* The answer of a write or a GET, as if its event had arrived. */
void observer_feed(struct observer *o, const json_t *live);
/* A delete or a GET found the object gone. */
void observer_feed_gone(struct observer *o, const char *key);
/* The resource of a watched kind, or NULL. */
const struct kube_resource *object_resource(const struct object *object);
/* The verdict to act upon: nothing is known of an object whose kind cannot be seen now. */
enum verdict object_verdict(const struct object *object);
/* Is it a Job that ended well, and vanished since by its time to live? It is as desired. */
bool object_is_done(const struct object *object);
/* May this kind's absence be believed? (It was listed, and the watch works.) */
bool object_kind_is_synced(const struct object *object);
/* Is it desired in a namespace that is not watched? */
bool object_is_outside(const struct object *object);
/* Has seeing its kind been given up for now? */
bool object_is_out_of_sight(const struct object *object);

/* How many objects of a kind were otherwise than believed when it was listed again. */
typedef void observer_repairs_fn(void *arg, const char *kind, uint64_t repairs);
void observer_each_repairs(const struct observer *o, observer_repairs_fn *each, void *arg);

size_t observer_kind_count(const struct observer *o);
size_t observer_object_count(const struct observer *o);

#endif
