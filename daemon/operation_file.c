/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/operation_file.h"

#include "daemon/options/options.h"
#include "daemon/status/status.h"
#include "daemon/status/status_parts.h"
#include "daemon/sync/run.h"
#include "daemon/wants.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/base/sealed_file.h"
#include "lib/doc/yaml.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES (16UL << 20)

struct operation_file {
    struct worker_job job;
    struct app *app;
    char *dir;
    char *path;
    char *text;    /* while it is written; NULL: it is removed */
    char *next;    /* what is to follow that, likewise ... */
    bool is_due;   /* ... if anything */
    bool is_busy;  /* a worker has it */
    bool exists;   /* after all this there is a file */
    char *failure; /* why the last step failed; NULL: it did not */
};

static struct operation_file *file_new(struct daemon *d, struct app *app)
{
    struct operation_file *f = xcalloc(1, sizeof(*f));
    char digest[SHA256_HEX_BYTES];

    sha256_hex(app->qualified, strlen(app->qualified), digest);
    f->app = app;
    f->dir = xasprintf("%s/operations", d->options->state_dir);
    f->path = xasprintf("%s/%s", f->dir, digest);
    return f;
}

void operation_file_free(struct operation_file *f)
{
    if (!f)
        return;
    free(f->dir);
    free(f->path);
    free(f->text);
    free(f->next);
    free(f->failure);
    free(f);
}

bool operation_file_exists(const struct app *app)
{
    return app->op_file && app->op_file->exists;
}

/* ---- one step after the other ---- */

static int step_work(struct worker_job *job, struct error **err)
{
    struct operation_file *f = CONTAINER_OF(job, struct operation_file, job);

    if (!f->text) {
        if (unlink(f->path) == 0 || errno == ENOENT)
            return 0;
        return error_set(err, ERROR_UNAVAILABLE, "%s: %s", f->path, strerror(errno));
    }
    if (mkdir(f->dir, 0700) < 0 && errno != EEXIST)
        return error_set(err, ERROR_UNAVAILABLE, "%s: %s", f->dir, strerror(errno));
    return sealed_file_write(f->path, f->text, strlen(f->text), true, err);
}

/* A failure that repeats is told when it changes. */
static void tell(struct operation_file *f, const struct error *err)
{
    if (err && !streq(f->failure, error_message(err)))
        log_event(LOG_WARN, "operation not recorded; after a restart it would begin anew", "app",
                  f->app->qualified, "error", error_message(err), NULL);
    free(f->failure);
    f->failure = err ? xstrdup(error_message(err)) : NULL;
}

static void start_step(struct operation_file *f);

static void step_done(struct worker_job *job)
{
    struct operation_file *f = CONTAINER_OF(job, struct operation_file, job);
    struct app *app = f->app;

    f->is_busy = false;
    free(TAKE(f->text));
    app->fetching--;
    if (app->daemon->stopping) {
        app_is_gone(app);
        return;
    }
    tell(f, job->err);
    if (f->is_due)
        start_step(f);
    else if (!app_is_gone(app) && app->run)
        sync_run_recorded(app->run);
}

static void start_step(struct operation_file *f)
{
    f->text = TAKE(f->next);
    f->is_due = false;
    f->is_busy = true;
    f->app->fetching++;
    worker_run(f->app->daemon->pool, &f->job, step_work, step_done);
}

/* Takes `text`. */
static void step(struct operation_file *f, char *text)
{
    free(f->next);
    f->next = text;
    f->is_due = true;
    f->exists = text != NULL;
    if (!f->is_busy)
        start_step(f);
}

void operation_file_write(struct app *app)
{
    cleanup_json json_t *record = json_pack("{s:s, s:o}", "application", app->qualified,
                                            "operationState", status_operation(app));

    if (!app->op_file)
        app->op_file = file_new(app->daemon, app);
    step(app->op_file, json_dumps(record, JSON_COMPACT));
}

void operation_file_remove(struct app *app)
{
    if (operation_file_exists(app) && !app->daemon->stopping)
        step(app->op_file, NULL);
}

/* ---- a new process ---- */

static json_t *read_record(const struct operation_file *f, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(FILE_MAX_BYTES);
    json_t *record;

    if (sealed_file_read(f->path, &text, err) < 0)
        return NULL;
    record = json_loadb(text.data, text.len, 0, NULL);
    if (!record)
        error_set(err, ERROR_INVALID, "%s: damaged", f->path);
    return record;
}

/* An open one of this very application and spec. */
static bool is_to_go_on(const struct app *app)
{
    const struct app_operation *op = &app->op;

    return operation_is_open(app) && op->automated && op->revision && app->spec &&
           packed_equal(op->source, app->spec->sources.written);
}

void operation_file_load(struct daemon *d, struct app *app)
{
    struct operation_file *f = file_new(d, app);
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *record = read_record(f, &err);

    if (err && error_kind(err) == ERROR_NOT_FOUND) {
        operation_file_free(f);
        return;
    }
    app->op_file = f;
    f->exists = true;
    if (err)
        log_event(LOG_WARN, "record of an operation not used; it begins anew", "app",
                  app->qualified, "error", error_message(err), NULL);
    if (streq(json_string_value(json_object_get(record, "application")), app->qualified))
        status_load_operation(app, json_object_get(record, "operationState"));
    if (is_to_go_on(app))
        return;
    app_operation_clear(&app->op);
    operation_file_remove(app);
}

void operation_files_sweep(const struct daemon *d)
{
    cleanup_free char *dir = xasprintf("%s/operations", d->options->state_dir);
    cleanup_map struct map keep = {0};
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it))) {
        struct app *app = e->value;

        if (operation_file_exists(app))
            map_set(&keep, app->op_file->path, app);
    }
    sealed_files_sweep(dir, &keep);
}
