/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render.h"

#include "daemon/directory.h"
#include "daemon/render_remote.h"
#include "kustomize/build.h"
#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "lib/doc/yaml.h"

#include <assert.h>

/* Small enough to keep all threads busy and results flowing, large enough to share the opening. */
#define BATCH_MAX 16

struct render_task {
    char *repo_dir;
    char commit[GIT_OID_HEX_BYTES];
    char *path;
    bool dir_explicit;
    bool dir_recurse;
    char *dir_include;
    char *dir_exclude;
    char *instance;
    char *namespace;
    struct kube_discovery *discovery;
    struct remote_view *remotes;
    struct render_remote remote;
    struct tree_record *record;
    render_done_fn *done;
    void *arg;
    /* the result */
    struct render_output out;
    struct error *err;
};

struct render_batch {
    struct worker_job job;
    struct renderer *renderer;
    struct render_task *tasks[BATCH_MAX];
    size_t count;
};

struct renderer {
    uv_check_t flush; /* at the end of a turn of the loop: start what was asked for in it */
    uv_idle_t spin;   /* keeps that turn from waiting */
    struct worker_pool *pool;
    struct ptrvec queue;
    size_t pending;
};

/* ---- on a worker thread ---- */

static int build(struct render_task *t, struct file_tree *tree, json_t **objects,
                 struct error **err)
{
    struct kustomize_options options = {.resolver = &t->remote.resolver};
    int result = kustomize_build(tree, t->path, &options, objects, err);

    render_remote_close(&t->remote);
    return result;
}

static int render_objects(struct render_task *t, struct file_tree *tree, json_t **objects,
                          struct error **err)
{
    struct directory_options directory = {
        .recurse = t->dir_recurse, .include = t->dir_include, .exclude = t->dir_exclude};
    const char *kustomization = NULL;
    enum tree_kind kind;

    if (tree_stat(tree, t->path, &kind, err) < 0)
        return -1;
    if (kind == TREE_ABSENT)
        return error_set(err, ERROR_NOT_FOUND, "%s: app path does not exist", t->path);
    if (kind != TREE_DIR)
        return error_set(err, ERROR_INVALID, "%s: app path is not a directory", t->path);
    if (!t->dir_explicit && kustomization_file(tree, t->path, &kustomization, err) < 0)
        return -1;
    t->out.is_kustomize = kustomization != NULL;
    if (kustomization)
        return build(t, tree, objects, err);
    return directory_render(tree, t->path, &directory, objects, err);
}

static int render_fresh(struct render_task *t, struct file_tree *tree, struct error **err)
{
    struct desired_options options = {
        .instance = t->instance, .namespace = t->namespace, .discovery = t->discovery};
    cleanup_json json_t *objects = NULL;

    t->out.record = tree_record_new();
    tree_record_start(tree, t->out.record);
    if (render_objects(t, tree, &objects, err) < 0) {
        tree_record_stop(tree);
        return -1;
    }
    tree_record_stop(tree);
    return desired_set_build(TAKE(objects), &options, &t->out.desired, err);
}

static void render_task_run(struct render_task *t, struct git_repository_handle *repo)
{
    cleanup_file_tree struct file_tree *tree = NULL;
    uint64_t start = time_monotonic_us();

    if (git_tree_open(repo, t->commit, &tree, &t->err) < 0) {
        t->out.repo_damaged = true;
    } else if (t->record && tree_record_holds(t->record, tree)) {
        t->out.reused = true;
        t->out.record = TAKE(t->record);
    } else if (render_fresh(t, tree, &t->err) < 0) {
        t->out.waits = t->remote.waits;
        t->out.repo_damaged = t->remote.damaged ||
                              (error_kind(t->err) == ERROR_UNAVAILABLE && /* an object is missing */
                               !t->remote.waits && !t->remote.failed);
    }
    t->out.duration_us = time_monotonic_us() - start;
}

static int batch_work(struct worker_job *job, struct error **err)
{
    struct render_batch *batch = CONTAINER_OF(job, struct render_batch, job);
    cleanup_git_repository struct git_repository_handle *repo = NULL;

    if (git_open(batch->tasks[0]->repo_dir, &repo, err) < 0) {
        for (size_t i = 0; i < batch->count; i++)
            batch->tasks[i]->out.repo_damaged = true;
        return -1;
    }
    for (size_t i = 0; i < batch->count; i++) {
        if (worker_job_canceled(job))
            return error_set(err, ERROR_CANCELED, "rendering was canceled");
        render_task_run(batch->tasks[i], repo);
    }
    return 0;
}

/* ---- on the loop thread ---- */

static void render_task_free(struct render_task *t)
{
    free(t->repo_dir);
    free(t->path);
    free(t->dir_include);
    free(t->dir_exclude);
    free(t->instance);
    free(t->namespace);
    kube_discovery_unref(t->discovery);
    render_remote_clear(&t->remote);
    remote_view_free(t->remotes);
    tree_record_free(t->record);
    desired_set_free(t->out.desired);
    tree_record_free(t->out.record);
    error_free(t->err);
    free(t);
}

static void batch_done(struct worker_job *job)
{
    struct render_batch *batch = CONTAINER_OF(job, struct render_batch, job);

    for (size_t i = 0; i < batch->count; i++) {
        struct render_task *t = batch->tasks[i];

        batch->renderer->pending--;
        t->done(t->arg, &t->out, t->err ? t->err : job->err);
        render_task_free(t);
    }
    free(batch);
}

static bool fits(const struct render_batch *batch, const struct render_task *t)
{
    return batch->count < BATCH_MAX && streq(batch->tasks[0]->repo_dir, t->repo_dir) &&
           streq(batch->tasks[0]->commit, t->commit);
}

static void on_flush(uv_check_t *check)
{
    struct renderer *r = CONTAINER_OF(check, struct renderer, flush);
    struct render_batch *batch = NULL;

    uv_idle_stop(&r->spin);
    uv_check_stop(&r->flush);
    for (size_t i = 0; i < r->queue.len; i++) {
        struct render_task *t = r->queue.items[i];

        if (batch && !fits(batch, t)) {
            worker_run(r->pool, &batch->job, batch_work, batch_done);
            batch = NULL;
        }
        if (!batch) {
            batch = xcalloc(1, sizeof(*batch));
            batch->renderer = r;
        }
        batch->tasks[batch->count++] = t;
    }
    if (batch)
        worker_run(r->pool, &batch->job, batch_work, batch_done);
    r->queue.len = 0;
}

static void on_spin(uv_idle_t *idle)
{
    (void)idle;
}

struct renderer *renderer_new(uv_loop_t *loop, struct worker_pool *pool)
{
    struct renderer *r = xcalloc(1, sizeof(*r));

    r->pool = pool;
    uv_check_init(loop, &r->flush);
    uv_idle_init(loop, &r->spin);
    return r;
}

static void on_spin_closed(uv_handle_t *handle)
{
    struct renderer *r = CONTAINER_OF(handle, struct renderer, spin);

    ptrvec_clear(&r->queue);
    free(r);
}

static void on_flush_closed(uv_handle_t *handle)
{
    struct renderer *r = CONTAINER_OF(handle, struct renderer, flush);

    uv_close((uv_handle_t *)&r->spin, on_spin_closed);
}

void renderer_free(struct renderer *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->queue.len; i++)
        render_task_free(r->queue.items[i]);
    r->queue.len = 0;
    uv_close((uv_handle_t *)&r->flush, on_flush_closed);
}

size_t renderer_pending(const struct renderer *r)
{
    return r->pending;
}

void render_start(struct renderer *r, const struct render_input *input, render_done_fn *done,
                  void *arg)
{
    struct render_task *t = xcalloc(1, sizeof(*t));

    t->repo_dir = xstrdup(input->repo_dir);
    assert(strlen(input->commit) == GIT_OID_HEX_BYTES - 1);
    strcpy(t->commit, input->commit);
    t->path = xstrdup(input->path);
    t->dir_explicit = input->dir_explicit;
    t->dir_recurse = input->dir_recurse;
    t->dir_include = xstrdup(input->dir_include);
    t->dir_exclude = xstrdup(input->dir_exclude);
    t->instance = xstrdup(input->instance);
    t->namespace = xstrdup(input->namespace);
    t->discovery = kube_discovery_ref(input->discovery);
    t->remotes = input->remotes;
    render_remote_init(&t->remote, input->allow_remote, t->remotes);
    t->out.questions = &t->remote.questions;
    t->record = input->record;
    t->done = done;
    t->arg = arg;
    r->pending++;
    ptrvec_push(&r->queue, t);
    uv_check_start(&r->flush, on_flush);
    uv_idle_start(&r->spin, on_spin);
}
