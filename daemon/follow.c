/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/follow.h"

#include "daemon/app/pin.h"
#include "daemon/finalizers.h"
#include "daemon/schedule.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"

/* One source. */
struct followed {
    struct app *app;
    const char *field; /* of the source, borrowed */
    struct source_subscription *subscription;
    char oid[GIT_OID_HEX_BYTES]; /* "": not known yet */
    char *problem;
    bool fixed; /* the commit stays, whatever the repository says */
};

static const char *first_problem(const struct app *app)
{
    for (size_t i = 0; i < app->followed_count; i++)
        if (app->followed[i].problem)
            return app->followed[i].problem;
    return NULL;
}

static void set_target(struct app *app)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    bool complete = true;

    for (size_t i = 0; i < app->followed_count; i++) {
        complete = complete && *app->followed[i].oid;
        buf_puts(&text, i ? " " : "");
        buf_puts(&text, app->followed[i].oid);
    }
    revision_set(&app->target, complete && text.len ? text.data : "");
    free(app->source_error);
    app->source_error = xstrdup(first_problem(app));
}

static void on_source(void *arg, const char *oid, const struct error *err)
{
    struct followed *f = arg;

    free(f->problem);
    f->problem = NULL;
    if (err)
        f->problem = f->app->followed_count > 1 ? xasprintf("%s: %s", f->field, error_message(err))
                                                : xstrdup(error_message(err));
    if (!f->fixed)
        strcpy(f->oid, oid);
    set_target(f->app);
    schedule_app(f->app->daemon, f->app);
}

void follow_free(struct app *app)
{
    for (size_t i = 0; i < app->followed_count; i++)
        free(app->followed[i].problem);
    free(TAKE(app->followed));
    app->followed_count = 0;
}

void follow_stop(struct app *app)
{
    for (size_t i = 0; i < app->followed_count; i++)
        source_unsubscribe(app->followed[i].subscription);
    follow_free(app);
    set_target(app);
}

static void follow_one(struct daemon *d, struct app *app, size_t i)
{
    const struct app_source *source = &app_sources_now(app)->items[i];
    struct followed *f = &app->followed[i];
    const char *commit = pin_commit(app, i);
    const char *revision = pin_revision(app, i);

    f->app = app;
    f->field = source->field;
    f->fixed = commit != NULL;
    strcpy(f->oid, commit ? commit : "");
    f->subscription = source_subscribe(d->sources, source->repo_url,
                                       revision ? revision : source->target_revision,
                                       source->tag_prefix, on_source, f);
}

void follow_start(struct daemon *d, struct app *app)
{
    const struct app_sources *sources = app_sources_now(app);

    follow_stop(app);
    if (!app->spec || !daemon_is_own_cluster(d, app->spec) ||
        (app->deleting && !finalizers_want_render(app)) || !app->project || app->refusal)
        return;
    app->followed = xcalloc(sources->count, sizeof(*app->followed));
    app->followed_count = sources->count;
    for (size_t i = 0; i < sources->count; i++)
        follow_one(d, app, i);
    set_target(app);
}

int follow_pin(struct daemon *d, struct app *app, const json_t *sync, struct error **err)
{
    struct app_pin *pin = NULL;

    if (pin_read(app, sync, &pin, err) < 0)
        return -1;
    if (!pin) {
        follow_unpin(d, app);
        return 0;
    }
    pin_free(app->pin);
    app->pin = pin;
    log_event(LOG_INFO, "operation has its own revision", "app", app->qualified, NULL);
    follow_start(d, app);
    schedule_app(d, app);
    return 0;
}

void follow_unpin(struct daemon *d, struct app *app)
{
    if (!app->pin)
        return;
    pin_free(TAKE(app->pin));
    follow_start(d, app);
    schedule_app(d, app);
}

bool follow_is_on(const struct app *app)
{
    return app->followed_count > 0;
}

void follow_poll_now(struct app *app)
{
    for (size_t i = 0; i < app->followed_count; i++)
        source_poll_now(app->followed[i].subscription);
}

bool follow_is_polling(const struct app *app)
{
    for (size_t i = 0; i < app->followed_count; i++)
        if (source_is_polling(app->followed[i].subscription))
            return true;
    return false;
}

void follow_forget(struct app *app)
{
    for (size_t i = 0; i < app->followed_count; i++) {
        app->followed[i].fixed = false;
        app->followed[i].oid[0] = '\0';
        source_forget(app->followed[i].subscription);
    }
    set_target(app);
}

const char *follow_tag(const struct app *app, size_t i)
{
    return source_tag(app->followed[i].subscription, app->followed[i].oid);
}

const char *follow_dir(const struct app *app, size_t i)
{
    return source_dir(app->followed[i].subscription);
}
