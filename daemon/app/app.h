/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app: one Application: its parsed spec, and where it stands.
 * The spec is what the user wrote (spec.h); the rest of the struct is written by reconcile.c and
 * its stages, each to its own part. app_object.h makes one of an Application, and frees it.
 * Thread: the loop thread; a render job gets its own copy of what it needs.
 */
#ifndef GITOPSD_DAEMON_APP_APP_H
#define GITOPSD_DAEMON_APP_APP_H

#include "daemon/app/revision.h"
#include "daemon/app/spec.h"
#include "daemon/compare/ignore.h"
#include "daemon/health/builtin.h"
#include "daemon/object/compare_options.h"
#include "daemon/project/project.h"
#include "daemon/render/desired.h"
#include "daemon/render/render.h"
#include "daemon/source/remotes.h"
#include "lib/base/map.h"
#include "lib/base/vec.h"

#include <jansson.h>
#include <uv.h>

struct daemon;
struct event_limit;
struct operation_file;

/* What an application does now. Every wait is a state; reconcile.c holds the map. */
enum app_state {
    APP_INVALID,  /* the spec cannot be used: waits for an edit */
    APP_SOURCE,   /* waits for the revision */
    APP_RENDER,   /* a worker renders */
    APP_REMOTE,   /* waits for what its kustomization uses from elsewhere */
    APP_BROKEN,   /* the revision cannot be rendered, or is not signed: waits for another one */
    APP_VERIFY,   /* waits for the judgement of its signatures */
    APP_OBSERVE,  /* waits until all its kinds have been listed */
    APP_STANDBY,  /* another process acts: all is known that this one would need for it */
    APP_RECORD,   /* writes the inventory, before the first object of a new kind */
    APP_WINDOW,   /* a person asked for a sync: waits for a sync window to let it start */
    APP_SYNC,     /* an operation runs */
    APP_BACKOFF,  /* an operation failed: waits to try again */
    APP_IDLE,     /* nothing to do until something changes */
    APP_DELETING, /* the Application is going: its objects are deleted first */
};
const char *app_state_name(enum app_state state);

/* Result of one object in the last operation, as in status.operationState.syncResult.resources. */
struct sync_result {
    const char *key; /* interned, as the next two lines are */
    const char *group, *version, *kind, *namespace, *name;
    const char *message;
    const char *status;     /* "Synced", "SyncFailed", "Pruned", "PruneSkipped" */
    const char *hook_type;  /* "PreSync", "Sync", "PostSync", "SyncFail"; NULL: no hook */
    const char *hook_phase; /* "Running", "Succeeded", "Failed", "Error"; of plain objects, too */
    const char *sync_phase; /* "PreSync", "Sync", "PostSync", "SyncFail" */
    struct strvec images;
};
void sync_result_clear(struct sync_result *r);

/* The last (or running) operation, as status.operationState. */
struct app_operation {
    const char *phase; /* NULL: none; "Running", "Terminating", "Succeeded", "Failed", "Error" */
    char *message;
    const char *revision;   /* see revision.h; owned, NULL before the first */
    struct packed *source;  /* that or those at the start: spec.source, or the array spec.sources,
                               or what the operation named; NULL: not known */
    struct packed *request; /* what it was asked to do, as the field `operation`; NULL: not known */
    json_t *namespace_metadata; /* managedNamespaceMetadata written last; NULL: none */
    int64_t started_ms;
    int64_t finished_ms; /* 0: not yet */
    int retry_count;
    bool automated;
    bool is_placed; /* the revision and sources that it names count (pin.h) */
    bool prune;
    int heal_attempts; /* repairs of this revision, this one included; 0: it is none */
    bool partial;      /* a repair of drift at a revision that was synced: no history entry */
    bool transient;    /* it failed for a reason that time may mend */
    struct sync_result *results;
    size_t result_count;
};
void app_operation_clear(struct app_operation *op);
/* Was it asked to write nothing? */
bool operation_is_dry_run(const struct app_operation *op);

struct app_condition {
    const char *type; /* "ComparisonError", ... */
    char *message;
    int64_t since_ms;
};

/* The annotation argocd.argoproj.io/refresh: asked -> runs -> over, and then removed. */
enum app_refresh { REFRESH_NONE, REFRESH_ASKED, REFRESH_RUNS, REFRESH_OVER };

/* What events have told of it (events.c). */
struct app_told {
    const char *sync; /* NULL: nothing yet */
    bool has_health;
    enum health_status health;
    int64_t started_ms; /* of the last operation */
    int64_t finished_ms;
    char *deletion; /* why that failed; NULL: it did not */
};

struct app {
    struct daemon *daemon;            /* for those above: nothing in this folder looks into it */
    void (*release)(struct app *app); /* frees it */
    const struct project_cluster *cluster; /* the names of the one that the daemon serves */
    char *control_namespace;
    char *namespace; /* of the Application object */
    char *name;
    char *instance;  /* tracking name: NAME, or NAMESPACE_NAME outside the control namespace */
    char *qualified; /* "NAMESPACE/NAME", for logs */
    bool from_file;  /* --app: there is no object to write status to */
    char *uid;       /* of the Application object, "" for a file */
    char *version;   /* its resourceVersion, as seen last */
    bool deleting;   /* deletionTimestamp is set */
    int64_t deleting_since_ms; /* ... and its time, wall clock */
    json_t *finalizers;        /* as seen ... */
    unsigned finalizer_bits;   /* ... and those of Argo CD, see finalizers.h */
    enum app_refresh refresh;
    bool refresh_hard;     /* ... from scratch */
    json_t *requested;     /* .operation as seen, NULL where none: a person asks for a sync */
    bool request_done;     /* ... and was served; its removal is on the way */
    bool terminate_asked;  /* status.operationState.phase: a person wants its end */
    int64_t approved_ms;   /* wall: annotation argocd.argoproj.io/deletion-approved; 0: none */
    struct app_spec *spec; /* NULL: invalid, see `spec_error` */
    char *spec_error;
    uint64_t spec_hash;
    struct project *project;  /* in effect; NULL: there is none of that name, or not known yet */
    char *refusal;            /* why the project does not permit this application; NULL: it does */
    const char *refusal_type; /* ... and the condition that says so */
    char *shut;             /* why no sync may start now, or the one that runs may not go on: a sync
                               window; NULL: it may */
    uint64_t shut_until_ms; /* monotonic: when that is looked at again; 0: not because of a clock */

    enum app_state state;
    uint64_t state_since_ms; /* monotonic */
    bool removed;            /* the object is gone; freed when the last callback ran */
    unsigned fetching;       /* requests of reconcile under way */
    unsigned releasing;      /* ... those that let go of old hooks, for which nothing waits */
    bool finalizing;         /* one of them removes our finalizers */
    bool scheduled;          /* reconcile will look at it in this turn of the loop */

    /* source */
    struct followed *followed; /* each source that counts now (follow.h) */
    size_t followed_count;
    struct app_pin *pin; /* an operation's own revision or source (pin.h); NULL: the spec counts */
    /* Revisions are owned, never NULL, and written by revision_set (revision.h). */
    const char *target; /* what is wanted now; "" while unknown */
    char *source_error;
    struct remotes *remotes; /* what the last render read from elsewhere; NULL: never anything */

    /* render */
    const char *rendered;        /* the revision of `desired` */
    uint64_t rendered_spec;      /* spec_hash of `desired` */
    uint64_t rendered_remotes;   /* remotes_version of `desired` */
    struct desired_set *desired; /* NULL: never rendered */
    struct render_record *record;
    struct strvec tools; /* of each source: "Kustomize", "Directory", "": a mere ref */
    bool render_running;
    const char *rendering; /* while it runs: what is rendered */
    uint64_t rendering_spec;
    uint64_t rendering_remotes;
    const char *broken; /* the revision that could not be rendered; "" none */
    uint64_t broken_spec;
    uint64_t broken_remotes;
    bool waits; /* ... because something else that it reads is not here yet */
    char *render_error;

    /* compare */
    struct ignore_rules *ignore;    /* of `spec`, the settings and `desired`; NULL: not yet */
    struct compare_options compare; /* of the Application's annotation */

    /* observe: keys of live objects that carry our tracking id -> struct object */
    struct map tracked;
    struct map owned_kinds;   /* "GROUP/KIND": what this or earlier revisions may have written */
    size_t recorded_kinds;    /* how many of them the status in the cluster names */
    struct strvec ended_jobs; /* keys: Jobs that the last process saw end well */
    struct packed *inherited; /* its status.resources, until all kinds were listed */

    /* sync */
    struct app_operation op;
    struct operation_file *op_file; /* of one from a file; NULL: there was none */
    struct sync_run *run;           /* while an operation runs */
    const char *synced;             /* last revision whose full sync succeeded */
    uint64_t synced_sources;        /* ... of these sources: packed_hash() of them as written */
    uint64_t synced_remotes;
    bool synced_before;   /* by the last process: its remotes count as those of the first render */
    int attempts;         /* of the same revision, without success */
    uint64_t retry_at_ms; /* monotonic, in APP_BACKOFF; 0: none */
    bool prune_owed;      /* something to prune is left that the sync of that revision was to prune,
                             or there was no such sync */
    uint64_t prune_after_ms; /* monotonic: what is superfluous is in use until then; 0: it is not */
    unsigned prunes_kept;    /* operations in a row that kept something because of that */
    uint64_t fights_until_ms; /* monotonic: when something that is fought over is due; 0: none */

    /* signatures */
    struct signing *signing; /* of what was rendered; NULL: never judged */
    bool signing_runs;
    uint64_t signing_again_ms; /* monotonic: when a problem is looked at again; 0: at once */

    /* deletion */
    uint64_t finalize_at_ms;    /* monotonic: when finalizers may be changed again; 0: at once */
    unsigned deletion_requests; /* under way */
    char *deletion_failure;     /* why a hook could not be created; NULL: it was */
    uint64_t stuck_since_ms;    /* monotonic: since when an object is awaited; 0: none is */
    uint64_t stuck_look_ms;     /* monotonic: when that object is looked at; 0: at once */

    /* status */
    struct app_condition *conditions;
    size_t condition_count;
    enum health_status health;
    char *health_message; /* what the cause is; NULL: nothing to tell */
    int64_t health_since_ms;
    struct packed *history;    /* status.history; NULL: empty */
    uint64_t status_hash;      /* of what was last written; 0: the cluster has something else */
    uint64_t status_live;      /* likewise of what the cluster has ... */
    uint64_t status_too_large; /* likewise of one that was refused for that; 0: none */
    const char *status_shape;  /* ... and its status_shape(), interned; NULL: it has none */
    uint64_t status_version;   /* ... and the resourceVersion of that */
    bool status_dirty;
    bool recording;     /* an urgent write is under way */
    bool status_urgent; /* the inventory must be written before the next step */
    bool status_writing;
    struct status_write *status_write; /* while one is on the wire */
    uint64_t status_written_ms;        /* monotonic */
    unsigned status_failures;          /* writes that failed, in a row ... */
    char *status_error;                /* ... and why the last one did */
    int64_t reconciled_ms;             /* wall */
    struct app_told told;
    struct event_limit *event_limit; /* NULL: there was no event yet */
};

/* A callback of something that ran for it came back: was the application removed meanwhile? The
 * last callback frees it. */
bool app_is_gone(struct app *app);

/* Make app->ignore what spec, settings (`system`, may be NULL) and desired objects say now. True
 * when other differences are ignored than before. */
bool app_update_ignore(struct app *app, const json_t *system);

/* So many objects are named in one condition. */
#define OBJECTS_TOLD_MAX 10
/* Set, replace or (message NULL) clear the condition of a type; keeps the time when the message is
 * the same. */
void app_set_condition(struct app *app, const char *type, const char *message);
const char *app_condition_message(const struct app *app, const char *type);

#endif
