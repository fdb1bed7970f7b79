/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/signing.h"

#include "daemon/app/pin.h"
#include "daemon/app/revision.h"
#include "daemon/follow.h"
#include "daemon/gpg.h"
#include "daemon/schedule.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/time.h"

#define LOOK_AGAIN_MS 30000

struct signing {
    const char *revision;    /* what was judged; see revision.h */
    char *tags;              /* ... and the tags that led there */
    struct project *project; /* ... by these policies */
    char *problem;           /* NULL: it is good */
};

/* One source of what is judged. */
struct source_check {
    char *dir;
    char commit[GIT_OID_HEX_BYTES];
    char tag[GIT_OID_HEX_BYTES];         /* "": none */
    const struct project_policy *policy; /* of `project` */
};

struct judgement {
    struct worker_job job;
    struct app *app;
    struct project *project;
    const char *revision;
    char *tags;
    struct source_check *sources;
    size_t count;
    struct strvec texts; /* of keys */
    char *problem;
};

/* Source: Argo CD, the environment of its repo-server. */
static bool is_switched_off(void)
{
    const char *value = getenv("ARGOCD_GPG_ENABLED");

    return streq(value, "false") || streq(value, "no");
}

static bool is_required(const struct app *app)
{
    return app->project && app->project->has_policies && !is_switched_off();
}

/* Of each source; a tag may be made anew for the same commit. Heap string. */
static char *tags_of(const struct app *app)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    for (size_t i = 0; i < app->followed_count; i++)
        buf_printf(&text, "%s%s", i ? " " : "", follow_tag(app, i));
    return xstrdup(text.data);
}

static bool is_known(const struct app *app)
{
    const struct signing *s = app->signing;
    cleanup_free char *tags = tags_of(app);

    return s && streq(s->revision, app->rendered) && s->project == app->project &&
           streq(s->tags, tags);
}

bool signing_is_pending(const struct app *app)
{
    return is_required(app) && !is_known(app);
}

const char *signing_problem(const struct app *app)
{
    return is_required(app) && is_known(app) ? app->signing->problem : NULL;
}

void signing_free(struct signing *s)
{
    if (!s)
        return;
    revision_clear(&s->revision);
    project_unref(s->project);
    free(s->tags);
    free(s->problem);
    free(s);
}

/* ---- one judgement ---- */

static void judgement_free(struct judgement *j)
{
    for (size_t i = 0; i < j->count; i++)
        free(j->sources[i].dir);
    free(j->sources);
    revision_clear(&j->revision);
    project_unref(j->project);
    free(j->tags);
    strvec_clear(&j->texts);
    free(j->problem);
    free(j);
}

static void conclude(struct judgement *j, const char *problem)
{
    struct app *app = j->app;
    struct daemon *d = app->daemon;
    struct signing *s;

    app->fetching--;
    app->signing_runs = false;
    if (!app_is_gone(app) && !d->stopping) {
        if (problem && !streq(problem, signing_problem(app)))
            log_event(LOG_ERROR, "signature refused", "app", app->qualified, "revision",
                      j->revision, "error", problem, NULL);
        s = xcalloc(1, sizeof(*s));
        s->revision = TAKE(j->revision);
        s->project = TAKE(j->project);
        s->tags = TAKE(j->tags);
        s->problem = xstrdup(problem);
        signing_free(app->signing);
        app->signing = s;
        app->signing_again_ms = problem ? time_monotonic_ms() + LOOK_AGAIN_MS : 0;
        schedule_app(d, app);
    }
    judgement_free(j);
}

static int judge_work(struct worker_job *job, struct error **err)
{
    struct judgement *j = CONTAINER_OF(job, struct judgement, job);

    for (size_t i = 0; i < j->count && !j->problem; i++) {
        const struct source_check *s = &j->sources[i];
        struct gpg_check check = {
            .repo_dir = s->dir, .commit = s->commit, .tag = s->tag, .texts = &j->texts};

        if (!s->policy)
            continue;
        check.mode = s->policy->mode;
        check.keys = &s->policy->keys;
        if (gpg_verify(&check, job, &j->problem, err) < 0)
            return -1;
    }
    return 0;
}

static void judge_done(struct worker_job *job)
{
    struct judgement *j = CONTAINER_OF(job, struct judgement, job);
    cleanup_free char *text =
        job->err ? xasprintf("GIT/GPG: %s", error_message(job->err)) : TAKE(j->problem);

    conclude(j, text);
}

static void on_keys(void *arg, const json_t *config_map, const struct error *err)
{
    struct judgement *j = arg;
    const char *name;
    json_t *text;

    if (err && error_kind(err) != ERROR_NOT_FOUND) {
        cleanup_free char *problem =
            xasprintf("GIT/GPG: ConfigMap " SIGNING_CONFIG_MAP ": %s", error_message(err));

        conclude(j, problem);
        return;
    }
    if (j->app->removed || j->app->daemon->stopping) {
        conclude(j, NULL);
        return;
    }
    json_object_foreach (json_object_get(config_map, "data"), name, text) {
        if (json_is_string(text))
            strvec_push(&j->texts, json_string_value(text));
    }
    worker_run(j->app->daemon->pool, &j->job, judge_work, judge_done);
}

/* The policies of all sources, or why there is none that counts. */
static int find_policies(struct judgement *j, struct error **err)
{
    const struct app_sources *sources = app_sources_now(j->app);

    j->sources = xcalloc(sources->count, sizeof(*j->sources));
    for (; j->count < sources->count; j->count++) {
        struct source_check *s = &j->sources[j->count];

        if (!revision_at(j->revision, j->count, s->commit) ||
            project_policy_for(j->project, sources->items[j->count].repo_url, &s->policy, err) < 0)
            return *err ? -1 : error_set(err, ERROR_INTERNAL, "source %zu has no commit", j->count);
        s->dir = xstrdup(follow_dir(j->app, j->count));
        strcpy(s->tag, follow_tag(j->app, j->count));
    }
    return 0;
}

void signing_look(struct daemon *d, struct app *app)
{
    const struct kube_resource *r;
    cleanup_error struct error *err = NULL;
    struct judgement *j;
    bool is_due = signing_is_pending(app) || (signing_problem(app) && !app->signing_again_ms);

    if (!is_due || app->signing_runs || !d->discovery || !app->desired ||
        !streq(app->rendered, app->target) || !follow_is_on(app))
        return;
    r = kube_discovery_find(d->discovery, "", "v1", "ConfigMap");
    if (!r)
        return;
    j = xcalloc(1, sizeof(*j));
    j->app = app;
    j->project = project_ref(app->project);
    revision_set(&j->revision, app->rendered);
    j->tags = tags_of(app);
    app->signing_runs = true;
    app->fetching++;
    if (find_policies(j, &err) < 0)
        conclude(j, error_message(err));
    else
        kube_get(d->client, r, daemon_control_namespace(d), SIGNING_CONFIG_MAP, on_keys, j);
}
