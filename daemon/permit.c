/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/permit.h"

#include "daemon/app/permission.h"
#include "daemon/app/pin.h"
#include "daemon/object/identity.h"
#include "daemon/project/projects.h"
#include "daemon/project/window.h"
#include "daemon/source/credentials.h"
#include "daemon/sync/results.h"
#include "daemon/wants.h"
#include "lib/base/buf.h"
#include "lib/base/time.h"

#define INVALID_SPEC "InvalidSpecError"
/* The clock on the wall may be set meanwhile. */
#define WINDOW_LOOK_MS INT64_C(600000)

/* ---- the application as a whole ---- */

char *permit_repository(const struct app *app, const char *url)
{
    const char *project = app->spec->project;
    const char *other = credentials_other_project(app->daemon->credentials, url, project);
    cleanup_free char *shown = NULL;

    if (!other)
        return NULL;
    shown = git_url_shown(url);
    return xasprintf("the credentials of %s are those of the project '%s': add a repository Secret "
                     "with project '%s' or without a project",
                     shown, other, project);
}

static char *refusal_of_spec(const struct daemon *d, const struct app *app)
{
    const struct app_spec *spec = app->spec;
    const struct app_sources *sources = app_sources_now(app);
    cleanup_buf struct buf problems = BUF_UNLIMITED;

    for (size_t i = 0; i < sources->count; i++) {
        const char *url = sources->items[i].repo_url;
        cleanup_free char *problem =
            project_permits_source(app->project, url)
                ? permit_repository(app, url)
                : xasprintf("application repo %s is not permitted in project '%s'", url,
                            app->project->name);

        if (problem)
            buf_printf(&problems, "%s%s", problems.len ? "; " : "", problem);
    }
    if (!project_permits_destination(app->project, &d->cluster, spec->dest_namespace))
        buf_printf(&problems,
                   "%sapplication destination server '%s' and namespace '%s' do not match any of "
                   "the allowed destinations in project '%s'",
                   problems.len ? "; " : "",
                   *spec->dest_server ? spec->dest_server : d->cluster.servers[0],
                   spec->dest_namespace, app->project->name);
    return problems.len ? buf_take(&problems) : NULL;
}

/* Heap string or NULL; `*type` is the condition that says so. */
static char *find_refusal(struct daemon *d, struct app *app, const char **type)
{
    const char *name = app->spec->project;
    struct project *found = NULL;
    cleanup_error struct error *err = NULL;

    *type = INVALID_SPEC;
    if (projects_find(d->projects, name, &found, &err) < 0)
        return error_kind(err) == ERROR_NOT_FOUND
                   ? xasprintf("Application referencing project %s which does not exist", name)
                   : xstrdup(error_message(err));
    app->project = project_ref(found);
    if (!project_permits_app_namespace(found, daemon_control_namespace(d), app->namespace)) {
        *type = "UnknownError";
        return xasprintf("application '%s' in namespace '%s' is not permitted to use project '%s'",
                         app->name, app->namespace, name);
    }
    return refusal_of_spec(d, app);
}

bool permit_follow(struct daemon *d, struct app *app)
{
    bool was_permitted = app->project && !app->refusal;
    cleanup_project struct project *former = TAKE(app->project);
    const char *why;

    free(TAKE(app->refusal));
    if (app->spec && projects_are_known(d->projects, &why))
        app->refusal = find_refusal(d, app, &app->refusal_type);
    if (app->project != former)
        permission_mark(app);
    return was_permitted != (app->project && !app->refusal);
}

/* ---- windows ---- */

static uint64_t look_again_at(int64_t change_ms, int64_t now_ms)
{
    int64_t delay = WINDOW_LOOK_MS;

    if (change_ms - now_ms < delay)
        delay = change_ms > now_ms ? change_ms - now_ms : 1;
    return time_monotonic_ms() + (uint64_t)delay;
}

void permit_look_at_windows(struct app *app)
{
    int64_t now_ms = time_wall_ms();
    int64_t change_ms;
    struct window_sync sync = {.app = app->name, .cluster = app->cluster};

    free(TAKE(app->shut));
    app->shut_until_ms = 0;
    if (!app->spec || !app->project || app->deleting || !windows_count(app->project->windows))
        return;
    sync.namespace = app->spec->dest_namespace;
    sync.manual = app->run ? !app->op.automated : wants_request(app);
    sync.started_ms = app->run ? app->op.started_ms : 0;
    window_may_sync(app->project->windows, &sync, now_ms, &app->shut, &change_ms);
    if ((app->shut || app->run) && change_ms != WINDOW_NEVER)
        app->shut_until_ms = look_again_at(change_ms, now_ms);
}

int permit_user(const struct daemon *d, const struct app *app, char **user, struct error **err)
{
    const char *namespace = app->spec->dest_namespace;

    *user = NULL;
    if (!d->settings->impersonate || !app->project)
        return 0;
    if (project_service_account(app->project, &d->cluster, namespace, app->namespace, user, err) <
        0)
        return -1;
    if (!*user && d->settings->impersonation_enforced)
        return error_set(err, ERROR_DENIED,
                         "no matching service account found for destination server %s and "
                         "namespace %s",
                         *app->spec->dest_server ? app->spec->dest_server : d->cluster.servers[0],
                         namespace);
    return 0;
}

/* ---- an operation ---- */

static char *joined(struct strvec *messages)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    strvec_sort(messages);
    buf_puts(&text, "one or more synchronization tasks are not valid: ");
    for (size_t i = 0; i < messages->len; i++)
        buf_printf(&text, "%s%s", i ? "; " : "", messages->items[i]);
    return buf_take(&text);
}

static void drop_results(struct sync_result *results, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sync_result_clear(&results[i]);
    free(results);
}

bool permit_refuses(const struct app *app, const struct plan *plan, struct sync_result **results,
                    size_t *count, char **message)
{
    cleanup_strvec struct strvec messages = {0};

    if (!app->project)
        return false;
    for (size_t i = 0; i < plan->len; i++) {
        const struct task *t = &plan->tasks[i];
        char *refusal;

        if (!t->desired || t->desired->denial == DENIAL_NONE)
            continue;
        refusal = project_refusal(app->project, app->cluster, t->api_group, t->kind, t->namespace,
                                  t->name);
        if (!messages.len) {
            drop_results(*results, *count); /* of the last try */
            *results = xcalloc(plan->len, sizeof(**results));
            *count = 0;
        }
        if (!strvec_has(&messages, refusal))
            strvec_push(&messages, refusal);
        (*results)[*count] = result_of_task(t, refusal);
        (*results)[(*count)++].status = "SyncFailed";
    }
    if (messages.len)
        *message = joined(&messages);
    return messages.len > 0;
}
