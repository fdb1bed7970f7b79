/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/serve/measures.h"

#include "daemon/app/app.h"
#include "daemon/compare/judge.h"
#include "daemon/daemon.h"
#include "daemon/events.h"
#include "daemon/health/assess.h"
#include "daemon/leader.h"
#include "daemon/observe/observe.h"
#include "daemon/progress.h"
#include "daemon/serve/metrics.h"
#include "daemon/settings/settings.h"
#include "daemon/source/source.h"
#include "daemon/status/status.h"
#include "daemon/sync/run.h"
#include "lib/kube/client.h"

#include <stdio.h>
#include <unistd.h>

static double resident_bytes(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (!f)
        return 0;
    if (fscanf(f, "%*s %ld", &pages) != 1)
        pages = 0;
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void set_applications(const struct daemon *d, struct metric *m)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it))) {
        const struct app *app = e->value;

        metric_add(m, 1, status_sync(app, d->observer), health_status_name(app->health));
    }
}

static void set_stuck_stages(const struct daemon *d, struct metric *m)
{
    struct progress_stage stages[PROGRESS_STAGES];

    progress_stages(d, stages);
    for (size_t i = 0; i < PROGRESS_STAGES; i++)
        metric_set(m, progress_is_stuck(d->progress, i), stages[i].name);
}

static void add_cache_repairs(void *arg, const char *kind, uint64_t repairs)
{
    metric_set(arg, (double)repairs, kind);
}

static void set_repair_seconds(struct metrics *registry, const struct syncer_stats *sync)
{
    static const uint64_t bounds_ms[] = SYNCER_REPAIR_BOUNDS_MS;
    double bounds[ARRAY_LEN(bounds_ms)];

    for (size_t i = 0; i < ARRAY_LEN(bounds_ms); i++)
        bounds[i] = (double)bounds_ms[i] / 1e3;
    metric_fill(metrics_histogram(registry, "gitopsd_repair_seconds",
                                  "From the event that shows a drift to the write that repairs it.",
                                  NULL, bounds, ARRAY_LEN(bounds)),
                sync->repairs, (double)sync->repair_us / 1e6);
}

struct measure {
    const char *name;
    struct metric *(*make)(struct metrics *, const char *, const char *, const char *);
    const char *help;
    double value;
};

static void set_all(struct metrics *registry, const struct measure *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        metric_set(list[i].make(registry, list[i].name, list[i].help, NULL), list[i].value);
}

static void measure_git(const struct daemon *d, struct metrics *registry)
{
    struct source_stats source = source_set_stats(d->sources);
    const struct measure list[] = {
        {"gitopsd_git_polls_total", metrics_counter, "Times that a repository was asked.",
         (double)source.polls},
        {"gitopsd_git_fetches_total", metrics_counter, "Revisions fetched.",
         (double)source.fetches},
        {"gitopsd_git_failures_total", metrics_counter, "Git operations that failed.",
         (double)source.failures},
        {"gitopsd_reconciles_total", metrics_counter,
         "Looks at an application, to decide what it does next.", (double)d->stats.reconciles},
        {"gitopsd_renders_total", metrics_counter, "Applications rendered.",
         (double)d->stats.renders},
        {"gitopsd_renders_reused_total", metrics_counter,
         "Renders reused: their inputs were unchanged.", (double)d->stats.renders_reused},
        {"gitopsd_renders_failed_total", metrics_counter, "Renders that failed.",
         (double)d->stats.renders_failed},
        {"gitopsd_render_seconds_total", metrics_counter, "Time spent rendering.",
         (double)d->stats.render_us / 1e6},
        {"gitopsd_repairs_total", metrics_counter, "Operations that undid a change in the cluster.",
         (double)d->stats.repairs},
    };

    set_all(registry, list, ARRAY_LEN(list));
}

static void measure_objects(const struct daemon *d, struct metrics *registry)
{
    struct syncer_stats sync = syncer_stats(d->syncer);
    struct judge_stats judged = judge_stats(d->judge);
    struct health_runner_stats scripts = assessor_stats(d->assessor);
    const struct measure list[] = {
        {"gitopsd_compare_local_total", metrics_counter,
         "Objects compared without asking the API server.", (double)judged.local},
        {"gitopsd_compare_dry_runs_total", metrics_counter,
         "Dry-runs sent, to let the API server compare.", (double)judged.dry_runs},
        {"gitopsd_compare_waiting", metrics_gauge,
         "Objects whose comparison waits for the API server or for jq.", (double)judged.waiting},
        {"gitopsd_health_script_runs_total", metrics_counter, "Runs of health scripts.",
         (double)scripts.runs},
        {"gitopsd_health_script_kills_total", metrics_counter,
         "Runs of health scripts that had to be ended.", (double)scripts.killed},
        {"gitopsd_applied_total", metrics_counter, "Objects applied.", (double)sync.applied},
        {"gitopsd_pruned_total", metrics_counter, "Objects pruned.", (double)sync.pruned},
        {"gitopsd_apply_failures_total", metrics_counter,
         "Objects that could not be applied or pruned.", (double)sync.failed},
    };

    set_all(registry, list, ARRAY_LEN(list));
}

static void measure_process(const struct daemon *d, struct metrics *registry)
{
    const struct measure list[] = {
        {"gitopsd_status_writes_total", metrics_counter, "Writes of an Application's status.",
         (double)status_writer_count(d->status)},
        {"gitopsd_events_total", metrics_counter, "Kubernetes Events written.",
         (double)events_stats(d->events).sent},
        {"gitopsd_events_dropped_total", metrics_counter,
         "Kubernetes Events that were too many, or refused by the API server.",
         (double)events_stats(d->events).dropped},
        {"gitopsd_api_requests_total", metrics_counter,
         "Requests to the API server, watches apart.", (double)kube_client_requests(d->client)},
        {"gitopsd_leader", metrics_gauge,
         "1 where this process acts, 0 where it stands by for another one.",
         d->duty == DUTY_ACTING && leader_leads(d->leader)},
        {"gitopsd_settings_problems", metrics_gauge,
         "Keys of the ConfigMap argocd-cm that cannot be read.",
         d->settings ? (double)d->settings->problems.len : 0},
        {"gitopsd_watched_kinds", metrics_gauge, "Kinds that are watched.",
         (double)observer_kind_count(d->observer)},
        {"gitopsd_objects", metrics_gauge, "Objects that are desired or tracked.",
         (double)observer_object_count(d->observer)},
        {"gitopsd_resident_bytes", metrics_gauge, "Resident memory.", resident_bytes()},
    };

    set_all(registry, list, ARRAY_LEN(list));
}

void measures_serve(void *arg, const struct serve_request *request, struct serve_response *response)
{
    const struct daemon *d = arg;
    struct syncer_stats sync = syncer_stats(d->syncer);
    cleanup_metrics struct metrics *registry = metrics_new();
    struct metric *applications = metrics_gauge(
        registry, "gitopsd_applications", "Applications by sync and health status.", "sync,health");
    struct metric *syncs = metrics_counter(registry, "gitopsd_syncs_total",
                                           "Operations that ended, by phase.", "phase");

    (void)request;
    measure_git(d, registry);
    measure_objects(d, registry);
    measure_process(d, registry);
    metric_set(syncs, (double)d->stats.syncs_succeeded, "Succeeded");
    metric_set(syncs, (double)d->stats.syncs_failed, "Failed");
    observer_each_repairs(
        d->observer, add_cache_repairs,
        metrics_counter(registry, "gitopsd_cache_repairs_total",
                        "Objects that a list showed otherwise than the watch had told.", "kind"));
    set_repair_seconds(registry, &sync);
    set_stuck_stages(d, metrics_gauge(registry, "gitopsd_stage_stuck",
                                      "1 where a stage gets on with nothing that it has in hand.",
                                      "stage"));
    set_applications(d, applications);
    response->content_type = METRICS_CONTENT_TYPE;
    metrics_print(registry, &response->body);
}
