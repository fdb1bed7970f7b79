/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon: the parts of the program, and what can be asked of all of them. process.h starts them.
 * Each stage includes the header of a part that it uses.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_DAEMON_H
#define GITOPSD_DAEMON_DAEMON_H

#include "daemon/project/cluster.h"
#include "lib/base/map.h"
#include "lib/base/vec.h"

#include <uv.h>

struct app;
struct app_spec;

/* How Argo CD calls the cluster that it runs in. */
#define DAEMON_OWN_SERVER "https://kubernetes.default.svc"
#define DAEMON_OWN_NAME "in-cluster"

/* What is counted for /metrics and not by a part itself. */
struct daemon_stats {
    uint64_t reconciles; /* looks at an application */
    uint64_t renders;
    uint64_t renders_reused;
    uint64_t renders_failed;
    uint64_t render_us;
    uint64_t syncs_succeeded;
    uint64_t syncs_failed;
    uint64_t repairs; /* operations that undid a change in the cluster */
};

/* May it write? See takeover.h. */
enum daemon_duty {
    DUTY_ACTING,
    DUTY_STANDBY,
    DUTY_TAKING_OVER, /* the lease is ours, and the Applications are listed anew */
};

struct daemon {
    uv_loop_t *loop;
    struct options *options; /* changed by reload() only */
    struct service *service;
    struct progress *progress;
    struct kube_client *client;
    struct leader *leader; /* NULL: there is no election */
    struct fence *fence;   /* around the connections of client; NULL: none */
    enum daemon_duty duty;
    struct kube_discovery *discovery; /* NULL until the API server answered once */
    struct kube_discovery_request *discovery_request;
    bool discovery_again; /* what is served changed while it was asked for */
    struct settings_watch *settings_watch;
    struct settings *settings; /* NULL until they were read */
    uint64_t settings_version; /* how often what changes a render changed */
    struct worker_pool *pool;
    struct renderer *renderer;
    struct source_set *sources;
    struct remote_file_set *remote_files;
    struct jq_worker *jq;
    struct cluster_schemas *schemas;
    struct served *served;
    struct judge *judge;
    struct assessor *assessor;
    struct observer *observer;
    struct syncer *syncer;
    struct status_writer *status;
    struct events *events;
    struct catalog *catalog;
    struct projects *projects;
    struct orphans *orphans;
    struct project_cluster cluster; /* the names of the one that this daemon serves */
    struct credentials *credentials;
    struct signin *signin;
    struct trust *trust;
    struct serve_server *server;
    struct map apps;       /* "NAMESPACE/NAME" -> struct app */
    bool catalog_complete; /* all Applications that existed at the start are known */
    bool caches_synced;    /* ... and the kinds that they own were listed: as /readyz found it */
    size_t runs;           /* operations under way */
    uv_timer_t discovery_timer;
    uint64_t missing_delay_ms; /* of it, while a kind that somebody wants is not served */
    uv_timer_t retry_timer;    /* wakes applications whose backoff is over */
    uv_timer_t settle_timer;
    uv_check_t check;            /* reconciles what was scheduled, once per turn of the loop */
    uv_idle_t turn;              /* ... and keeps the loop from waiting while more is scheduled */
    struct inventory *inventory; /* while it runs */
    bool inventory_done;
    bool inventory_again; /* the one that runs began too early */
    struct ptrvec scheduled;
    uint64_t scheduled_since_ms; /* monotonic: while there are any */
    uv_signal_t signals[3];
    bool stopping;
    struct daemon_stats stats;
};

const char *daemon_control_namespace(const struct daemon *d);
/* Is this destination our own cluster? */
bool daemon_is_own_cluster(const struct daemon *d, const struct app_spec *spec);
/* Are all Applications of the cluster ours, so that what none of them wants is nobody's? */
bool daemon_serves_all(const struct daemon *d);
/* Does it write now? Every request is asked for again when it is sent. */
bool daemon_acts(const struct daemon *d);

#endif
