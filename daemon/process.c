/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/process.h"

#include "daemon/access.h"
#include "daemon/app_object.h"
#include "daemon/applications.h"
#include "daemon/catalog.h"
#include "daemon/compare/judge.h"
#include "daemon/daemon.h"
#include "daemon/discover.h"
#include "daemon/duty.h"
#include "daemon/events.h"
#include "daemon/inventory.h"
#include "daemon/leader.h"
#include "daemon/options/options.h"
#include "daemon/orphans.h"
#include "daemon/permit.h"
#include "daemon/progress.h"
#include "daemon/project/projects.h"
#include "daemon/reconcile.h"
#include "daemon/reload.h"
#include "daemon/schedule.h"
#include "daemon/schemas.h"
#include "daemon/serve/api.h"
#include "daemon/serve/server.h"
#include "daemon/served.h"
#include "daemon/service.h"
#include "daemon/settings/settings_watch.h"
#include "daemon/signin/signin.h"
#include "daemon/source/credentials.h"
#include "daemon/source/trust.h"
#include "daemon/status/status.h"
#include "daemon/sync/run.h"
#include "daemon/takeover.h"
#include "lib/base/log.h"
#include "lib/base/resident.h"
#include "lib/base/time.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORKER_THREADS 2
#define REQUESTS_IN_FLIGHT 100
/* A burst of work is over when nothing was done for this long. */
#define SETTLE_MS 3000
/* Every write passes here right before it is sent. */
static bool may_write(void *arg)
{
    const struct daemon *d = arg;

    return d->duty == DUTY_ACTING && leader_leads(d->leader);
}

static void on_leader(void *arg, bool leads)
{
    struct daemon *d = arg;

    if (leads)
        takeover_begin(d);
    else
        duty_stand_by(d);
}

/* Before the first call of the client. */
static void put_fence(struct daemon *d)
{
    cleanup_error struct error *err = NULL;

    if (!options_elect(d->options))
        return;
    d->fence = fence_new(&err);
    if (d->fence)
        kube_client_set_fence(d->client, d->fence);
    else
        log_event(LOG_WARN,
                  "no fence: if this process is stopped for longer than its lease lasts, a request "
                  "that it was about to send is sent when it goes on",
                  "error", error_message(err), NULL);
}

static void start_election(struct daemon *d, const struct kube_config *config)
{
    const struct options *o = d->options;
    struct leader_options options = {
        .namespace = o->control_namespace,
        .name = o->lease_name,
        .state_dir = o->state_dir,
        .is_required = o->leader_elect == LEADER_ELECT_ON,
        .duration_ms = o->lease_duration_ms,
        .renew_deadline_ms = o->lease_renew_deadline_ms,
        .retry_ms = o->lease_retry_ms,
        .fence = d->fence,
    };

    if (!options_elect(o))
        return;
    d->duty = DUTY_STANDBY;
    status_writer_set_paused(d->status, true);
    d->leader = leader_new(d->loop, config, &options, on_leader, d);
}

/* ---- turns of the loop ---- */

static void arm_retry_timer(struct daemon *d);

/* After a burst of work, be it only a start at which everything is in order, as much memory again
 * is free, in pieces that nobody gives back by himself. */
static void on_settled(uv_timer_t *timer)
{
    (void)timer;
    resident_trim();
}

static void work_off(struct daemon *d)
{
    reconcile_run(d);
    service_wake(d->service);
    if (!d->scheduled.len)
        uv_idle_stop(&d->turn);
    arm_retry_timer(d);
    uv_timer_start(&d->settle_timer, on_settled, SETTLE_MS, 0);
}

static void on_check(uv_check_t *check)
{
    struct daemon *d = CONTAINER_OF(check, struct daemon, check);

    if (!d->stopping && d->scheduled.len)
        work_off(d);
}

static void on_retry_timer(uv_timer_t *timer)
{
    struct daemon *d = CONTAINER_OF(timer, struct daemon, retry_timer);

    schedule_due(d);
    arm_retry_timer(d);
}

static void arm_retry_timer(struct daemon *d)
{
    uint64_t next = schedule_next_ms(d);
    uint64_t now = time_monotonic_ms();

    if (next)
        uv_timer_start(&d->retry_timer, on_retry_timer, next > now ? next - now : 0, 0);
    else
        uv_timer_stop(&d->retry_timer);
}

/* ---- events of the parts ---- */

static void on_object_changed(void *arg, struct app *app)
{
    schedule_app(arg, app);
}

static void on_api_server_back(void *arg)
{
    schedule_transient(arg);
}

static void on_refresh_wanted(void *arg)
{
    discover_refresh(arg);
}

static void on_status_written(void *arg, struct app *app, bool urgent, bool whole)
{
    struct daemon *d = arg;

    if (whole)
        events_tell(d->events, app, status_sync(app, d->observer));
    if (!urgent)
        return;
    app->recording = false;
    if (app->run && !app->status_urgent) /* what the run asked for was part of it */
        sync_run_recorded(app->run);
    schedule_app(d, app);
}

static void on_projects_changed(void *arg)
{
    reconcile_projects_changed(arg);
}

static void on_repositories_wanted(void *arg, const char *project, struct strvec *urls)
{
    credentials_add_repositories(((struct daemon *)arg)->credentials, project, urls);
}

static void on_repositories_changed(void *arg, bool of_project)
{
    struct daemon *d = arg;

    if (of_project)
        projects_repositories_changed(d->projects);
    source_set_poll_failed(d->sources);
}

static void on_trust_changed(void *arg)
{
    source_set_poll_failed(((struct daemon *)arg)->sources);
}

/* ---- start and stop ---- */

static int make_state_dir(const char *dir, struct error **err)
{
    cleanup_free char *path = xasprintf("%s/repos/", dir);

    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return error_set(err, ERROR_DENIED,
                             "state directory %s: %s; give a writable one with --state-dir", path,
                             strerror(errno));
        *slash = '/';
    }
    if (access(path, W_OK | X_OK) < 0)
        return error_set(err, ERROR_DENIED,
                         "state directory %s: %s; give a writable one with --state-dir", path,
                         strerror(errno));
    return 0;
}

static void close_handle(void *handle)
{
    uv_close(handle, NULL);
}

static void daemon_stop(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    if (d->stopping)
        return;
    d->stopping = true;
    log_event(LOG_INFO, "stopping", NULL);
    progress_stop(d->progress);
    service_free(TAKE(d->service));
    serve_close(d->server);
    if (d->discovery_request)
        kube_discovery_cancel(d->discovery_request);
    inventory_stop(d);
    orphans_free(TAKE(d->orphans));
    catalog_free(d->catalog);
    projects_free(TAKE(d->projects));
    credentials_free(d->credentials);
    trust_free(d->trust);
    settings_watch_free(d->settings_watch);
    observer_stop(d->observer);
    while ((e = map_next(&d->apps, &it))) {
        struct app *app = e->value;

        if (app->run)
            sync_run_cancel(app->run);
        remotes_free(TAKE(app->remotes));
    }
    judge_stop(d->judge);
    served_free(TAKE(d->served));
    cluster_schemas_free(TAKE(d->schemas));
    jq_worker_free(TAKE(d->jq));
    assessor_free(TAKE(d->assessor));
    status_writer_free(d->status);
    events_free(d->events);
    kube_client_free(d->client);    /* every answer that is awaited comes as ERROR_CANCELED */
    leader_resign(TAKE(d->leader)); /* nothing is written any more */
    source_set_free(d->sources);
    signin_free(d->signin); /* the sources do not wait for it any more */
    remote_file_set_free(d->remote_files);
    worker_pool_stop(d->pool);
    for (size_t i = 0; i < ARRAY_LEN(d->signals); i++)
        close_handle(&d->signals[i]);
    close_handle(&d->discovery_timer);
    close_handle(&d->retry_timer);
    close_handle(&d->settle_timer);
    close_handle(&d->turn);
    close_handle(&d->check);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct daemon *d = signal->data;

    if (number != SIGHUP)
        daemon_stop(d);
    else if (!d->stopping)
        reload(d);
}

static void start_handles(struct daemon *d)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

    uv_timer_init(d->loop, &d->discovery_timer);
    uv_timer_init(d->loop, &d->retry_timer);
    uv_timer_init(d->loop, &d->settle_timer);
    uv_idle_init(d->loop, &d->turn);
    uv_check_init(d->loop, &d->check);
    uv_check_start(&d->check, on_check);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        uv_signal_init(d->loop, &d->signals[i]);
        d->signals[i].data = d;
        uv_signal_start(&d->signals[i], on_signal, numbers[i]);
    }
}

/* The applications with such a rule say so. */
static void on_bad_expression(void *arg, const char *expression)
{
    (void)expression;
    schedule_all(arg);
}

static const struct kube_type *find_types(void *arg, const char *group, const char *version,
                                          const char *kind, bool *pending)
{
    return cluster_schemas_find(((struct daemon *)arg)->schemas, group, version, kind, pending);
}

static bool on_group_expected(void *arg, const char *group)
{
    return served_expects(((struct daemon *)arg)->served, group);
}

/* Where nobody is permitted to write, only we can ask. */
static char *on_writer_wanted(void *arg, const struct app *app)
{
    cleanup_error struct error *err = NULL;
    char *user = NULL;

    return app->spec && permit_user(arg, app, &user, &err) == 0 ? user : NULL;
}

static void on_types(void *arg)
{
    judge_types_changed(((struct daemon *)arg)->judge);
}

static void start_sources(struct daemon *d)
{
    struct source_options source = {
        .state_dir = d->options->state_dir,
        .poll_ms = d->options->poll_ms,
        .timeout_ms = d->options->git_timeout_ms,
        .credentials = access_credentials,
        .sign_in = access_sign_in,
        .refused = access_refused,
        .arg = d,
    };
    struct remote_file_options remote = {
        .allowed = &d->options->allow_remote,
        .poll_ms = d->options->poll_ms,
        .timeout_ms = d->options->git_timeout_ms,
    };

    d->sources = source_set_new(d->loop, &source);
    d->remote_files = remote_file_set_new(d->loop, &remote);
}

static void start_parts(struct daemon *d, const struct kube_config *config)
{
    cleanup_free char *schema_dir = xasprintf("%s/schemas", d->options->state_dir);

    d->client = kube_client_new(d->loop, config, REQUESTS_IN_FLIGHT);
    put_fence(d);
    d->pool = worker_pool_new(d->loop, WORKER_THREADS);
    d->renderer = renderer_new(d->loop, d->pool);
    d->signin = signin_new(d->loop, d->pool);
    d->credentials = credentials_new(d->client, daemon_control_namespace(d));
    d->projects = projects_new(d->client, daemon_control_namespace(d), on_projects_changed,
                               on_repositories_wanted, d);
    credentials_on_change(d->credentials, on_repositories_changed, d);
    d->trust = trust_new(d->client, daemon_control_namespace(d), on_trust_changed, d);
    d->orphans = orphans_new(d);
    d->cluster = (struct project_cluster){
        .servers = {DAEMON_OWN_SERVER, kube_client_server(d->client)},
        .names = {DAEMON_OWN_NAME, d->options->cluster_name},
    };
    start_sources(d);
    d->jq = jq_worker_new(d->loop, NULL, on_bad_expression, d);
    d->schemas = cluster_schemas_new(d->loop, d->client, d->pool, schema_dir, on_types, d);
    d->judge = judge_new(d->client);
    judge_set_jq(d->judge, d->jq);
    judge_set_types(d->judge, find_types, d);
    d->observer = observer_new(d->client, d->judge, on_object_changed, on_api_server_back, d);
    d->assessor = assessor_new(d->loop, NULL);
    observer_set_assessor(d->observer, d->assessor);
    observer_set_namespaces(d->observer, &d->options->watch_namespaces);
    observer_on_lost(d->observer, on_refresh_wanted);
    d->served = served_new(d->client, discover_again, d);
    observer_on_expects(d->observer, on_group_expected);
    observer_on_writer(d->observer, on_writer_wanted);
    d->syncer = syncer_new(d->loop, d->client, d->observer, on_refresh_wanted, d);
    syncer_set_jq(d->syncer, d->jq);
    syncer_set_timeout(d->syncer, d->options->sync_timeout_ms);
    d->events = events_new(d->loop, d->client, d->options->events);
    d->status = status_writer_new(d->loop, d->client, d->observer, on_status_written, d);
    applications_new(d);
    kube_client_set_gate(d->client, may_write, d);
    start_election(d, config);
}

/* The loop has run dry: no worker has anything to do any more. */
static void free_workers(struct daemon *d)
{
    worker_pool_free(d->pool);
    renderer_free(d->renderer);
    progress_free(d->progress);
    uv_run(d->loop, UV_RUN_DEFAULT);
}

/* Nothing of the parts is in use any more. */
static void free_parts(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    observer_free(d->observer);
    d->observer = NULL;
    judge_free(d->judge);
    while ((e = map_next(&d->apps, &it)))
        app_free(e->value);
    map_clear(&d->apps);
    syncer_free(d->syncer);
    fence_unref(d->fence);
    kube_discovery_unref(d->discovery);
    settings_unref(d->settings);
    ptrvec_clear(&d->scheduled);
}

int process_run(struct options *options, const struct kube_config *config, struct error **err)
{
    struct daemon d = {.options = options};
    uv_loop_t loop;
    int result = 0;

    if (make_state_dir(options->state_dir, err) < 0)
        return -1;
    uv_loop_init(&loop);
    d.loop = &loop;
    start_handles(&d);
    d.service = service_new(&d);
    start_parts(&d, config);
    d.progress = progress_new(&d);
    if (applications_choose(&d, err) < 0 || daemon_serve(&d, err) < 0 ||
        applications_load(&d, err) < 0) {
        result = -1;
        daemon_stop(&d);
    } else {
        log_event(LOG_INFO, "gitopsd started", "version", GITOPSD_VERSION, "context",
                  config->context, "server", config->server, NULL);
        service_ready(d.service);
        discover_refresh(&d);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    free_workers(&d);
    free_parts(&d);
    if (uv_loop_close(&loop) != 0) {
        log_event(LOG_ERROR, "a handle was left open", NULL);
        uv_print_all_handles(&loop, stderr);
    }
    return result;
}
