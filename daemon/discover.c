/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/discover.h"

#include "daemon/app/revision.h"
#include "daemon/catalog.h"
#include "daemon/compare/judge.h"
#include "daemon/events.h"
#include "daemon/health/assess.h"
#include "daemon/ignoring.h"
#include "daemon/inventory.h"
#include "daemon/observe/observe.h"
#include "daemon/options/options.h"
#include "daemon/orphans.h"
#include "daemon/project/projects.h"
#include "daemon/render/render.h"
#include "daemon/schedule.h"
#include "daemon/schemas.h"
#include "daemon/served.h"
#include "daemon/settings/settings.h"
#include "daemon/settings/settings_watch.h"
#include "daemon/source/credentials.h"
#include "daemon/source/trust.h"
#include "daemon/status/status.h"
#include "daemon/sync/run.h"
#include "lib/base/log.h"

/* How soon the API server is asked again for what it serves: while it does not answer, and while
 * a kind that somebody wants (or Application itself) is not served. */
#define DISCOVERY_RETRY_MS 1000
#define DISCOVERY_MISSING_MAX_MS 10000

static bool has_unknown_kinds(const struct app *app)
{
    for (size_t i = 0; app->desired && i < app->desired->len; i++)
        if (!app->desired->items[i].known)
            return true;
    for (size_t i = 0; app->desired && i < app->desired->hook_count; i++)
        if (!app->desired->hooks[i].known)
            return true;
    return false;
}

/* A kind that was not served when it was rendered: its scope may be known now. */
static bool render_unknown_again(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;
    bool missing = false;

    while ((e = map_next(&d->apps, &it))) {
        struct app *app = e->value;
        bool served = false;

        if (!has_unknown_kinds(app))
            continue;
        for (size_t i = 0; i < app->desired->len; i++) {
            const struct desired *want = &app->desired->items[i];

            if (!want->known &&
                kube_discovery_find(d->discovery, want->group, want->version, want->kind))
                served = true;
            else
                missing |= !want->known;
        }
        if (!served || app->run)
            continue;
        render_record_free(TAKE(app->record));
        revision_set(&app->rendered, "");
        app->retry_at_ms = 0;
        schedule_app(d, app);
    }
    return missing;
}

static void on_discovery_timer(uv_timer_t *timer)
{
    discover_refresh(CONTAINER_OF(timer, struct daemon, discovery_timer));
}

/* Right after its start an API server does not serve all kinds yet, so the first delays are short.
 */
static void wait_for_missing(struct daemon *d, bool missing)
{
    uint64_t delay = d->missing_delay_ms * 2;

    if (delay < DISCOVERY_RETRY_MS)
        delay = DISCOVERY_RETRY_MS;
    if (delay > DISCOVERY_MISSING_MAX_MS)
        delay = DISCOVERY_MISSING_MAX_MS;
    d->missing_delay_ms = missing ? delay : 0;
    if (missing)
        uv_timer_start(&d->discovery_timer, on_discovery_timer, delay, 0);
}

static void catalog_started(struct daemon *d)
{
    const struct kube_resource *r =
        kube_discovery_find(d->discovery, "argoproj.io", "v1alpha1", "Application");

    if (d->options->apps.len)
        return;
    projects_watch(d->projects, d->discovery);
    status_writer_set_resource(d->status, r);
    events_set_resource(d->events, kube_discovery_find(d->discovery, "", "v1", "Event"));
    if (r)
        catalog_watch(d->catalog, d->discovery, r,
                      d->options->watch_namespaces.len ? daemon_control_namespace(d) : NULL);
}

/* Tell the parts what is served. Before the settings are known nothing is watched. */
static void use_discovery(struct daemon *d, bool first)
{
    bool missing;

    judge_set_discovery(d->judge, d->discovery);
    cluster_schemas_refresh(d->schemas);
    served_watch(d->served, d->discovery);
    observer_set_discovery(d->observer, d->discovery);
    syncer_set_discovery(d->syncer, d->discovery);
    catalog_started(d);
    missing = render_unknown_again(d) || observer_misses_kinds(d->observer);
    if (!d->options->apps.len &&
        !kube_discovery_find(d->discovery, "argoproj.io", "v1alpha1", "Application")) {
        missing = true;
        if (first)
            log_event(LOG_WARN,
                      "the kind Application (argoproj.io/v1alpha1) is not installed in this "
                      "cluster; install config/crd or give --app FILE",
                      NULL);
    }
    wait_for_missing(d, missing);
    if (first) {
        log_event(LOG_INFO, "connected", "server", kube_client_server(d->client), NULL);
        credentials_watch(d->credentials, d->discovery);
        trust_watch(d->trust, d->discovery);
        if (d->options->apps.len)
            inventory_start(d);
    }
    orphans_follow(d->orphans);
    schedule_all(d);
}

static void on_settings(void *arg, struct settings *now)
{
    struct daemon *d = arg;
    cleanup_settings struct settings *former = TAKE(d->settings);

    if (d->stopping)
        return;
    d->settings = settings_ref(now);
    d->settings_version += former && former->render_hash != now->render_hash;
    judge_set_settings(d->judge, now);
    assessor_set_settings(d->assessor, now);
    observer_set_settings(d->observer, now);
    projects_set_global(d->projects, now->global_projects);
    if (!former) {
        use_discovery(d, true);
        return;
    }
    log_event(LOG_INFO, "settings changed", "config_map", SETTINGS_CONFIG_MAP, NULL);
    orphans_follow(d->orphans);
    ignoring_changed(d);
}

static void on_discovery(void *arg, struct kube_discovery *discovery, const struct error *err)
{
    struct daemon *d = arg;

    d->discovery_request = NULL;
    if (d->stopping)
        return;
    if (err) {
        log_event(LOG_WARN, "API server not reached", "server", kube_client_server(d->client),
                  "error", error_message(err), NULL);
        uv_timer_start(&d->discovery_timer, on_discovery_timer, DISCOVERY_RETRY_MS, 0);
        return;
    }
    kube_discovery_unref(d->discovery);
    d->discovery = kube_discovery_ref(discovery);
    if (d->discovery_again)
        discover_refresh(d);
    d->discovery_again = false;
    if (d->settings)
        use_discovery(d, false);
    else if (!d->settings_watch)
        d->settings_watch =
            settings_watch_start(d->client, discovery, daemon_control_namespace(d), on_settings, d);
}

void discover_kinds_of(struct daemon *d, const struct app *app)
{
    if (has_unknown_kinds(app))
        discover_refresh(d);
}

void discover_again(void *daemon)
{
    struct daemon *d = daemon;

    d->discovery_again = d->discovery_request != NULL;
    discover_refresh(d);
}

void discover_refresh(struct daemon *d)
{
    if (d->discovery_request || d->stopping)
        return;
    uv_timer_stop(&d->discovery_timer);
    d->discovery_request = kube_discovery_start(d->client, on_discovery, d);
}
