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
/* Batches at once. Twice the threads: the next one waits already when a thread becomes free. */
#define LANES 4
/* What the builds of a lane keep for each other is bounded by their number. */
#define LANE_BUILDS_MAX 512

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
    struct settings *settings;
    struct remote_view *remotes;
    struct render_remote remote;
    struct tree_record *record;
    render_done_fn *done;
    void *arg;
    /* the result */
    struct render_output out;
    struct error *err;
};

/* Batches run one after the other in a lane, and share what belongs to their commit. */
struct render_lane {
    bool busy;
    char *repo_dir; /* NULL: nothing is open */
    char commit[GIT_OID_HEX_BYTES];
    struct git_repository_handle *repo;
    struct file_tree *tree;
    struct kustomize_cache *cache;
    unsigned builds;
};

struct render_batch {
    struct worker_job job;
    struct renderer *renderer;
    struct render_lane *lane; /* while it runs */
    struct render_task *tasks[BATCH_MAX];
    size_t count;
};

struct renderer {
    uv_check_t flush; /* at the end of a turn of the loop: start what was asked for in it */
    uv_idle_t spin;   /* keeps that turn from waiting */
    struct worker_pool *pool;
    struct ptrvec queue;   /* tasks */
    struct ptrvec batches; /* that wait for a lane */
    struct render_lane lanes[LANES];
    size_t pending;
};

/* ---- a lane: with its batch on a worker thread, else on the loop thread ---- */

static void lane_clear(struct render_lane *lane)
{
    kustomize_cache_free(TAKE(lane->cache));
    tree_free(TAKE(lane->tree));
    git_close(TAKE(lane->repo));
    free(TAKE(lane->repo_dir));
}

static bool lane_fits(const struct render_lane *lane, const struct render_task *t)
{
    return streq(lane->repo_dir, t->repo_dir) && streq(lane->commit, t->commit) &&
           lane->builds < LANE_BUILDS_MAX;
}

static int lane_open(struct render_lane *lane, const struct render_task *t, struct error **err)
{
    if (lane_fits(lane, t))
        return 0;
    lane_clear(lane);
    if (git_open(t->repo_dir, &lane->repo, err) < 0 ||
        git_tree_open(lane->repo, t->commit, &lane->tree, err) < 0)
        return -1;
    lane->cache = kustomize_cache_new();
    lane->builds = 0;
    lane->repo_dir = xstrdup(t->repo_dir);
    strcpy(lane->commit, t->commit);
    return 0;
}

/* ---- on a worker thread ---- */

static int build(struct render_task *t, struct render_lane *lane, json_t **objects,
                 struct error **err)
{
    struct kustomize_options options = {.resolver = &t->remote.resolver, .cache = lane->cache};
    int result = kustomize_build(lane->tree, t->path, &options, objects, err);

    render_remote_close(&t->remote);
    return result;
}

static int render_objects(struct render_task *t, struct render_lane *lane, json_t **objects,
                          struct error **err)
{
    struct file_tree *tree = lane->tree;
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
        return build(t, lane, objects, err);
    return directory_render(tree, t->path, &directory, objects, err);
}

static int render_fresh(struct render_task *t, struct render_lane *lane, struct error **err)
{
    struct desired_options options = {.instance = t->instance,
                                      .namespace = t->namespace,
                                      .discovery = t->discovery,
                                      .settings = t->settings};
    cleanup_json json_t *objects = NULL;

    t->out.record = tree_record_new();
    lane->builds++;
    tree_record_start(lane->tree, t->out.record);
    if (render_objects(t, lane, &objects, err) < 0) {
        tree_record_stop(lane->tree);
        return -1;
    }
    tree_record_stop(lane->tree);
    return desired_set_build(TAKE(objects), &options, &t->out.desired, err);
}

static void render_task_run(struct render_task *t, struct render_lane *lane)
{
    uint64_t start = time_monotonic_us();

    if (t->record && tree_record_holds(t->record, lane->tree)) {
        t->out.reused = true;
        t->out.record = TAKE(t->record);
    } else if (render_fresh(t, lane, &t->err) < 0) {
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
    struct render_lane *lane = batch->lane;
    bool damaged = false;

    if (lane_open(lane, batch->tasks[0], err) < 0) {
        for (size_t i = 0; i < batch->count; i++)
            batch->tasks[i]->out.repo_damaged = true;
        return -1;
    }
    for (size_t i = 0; i < batch->count; i++) {
        if (worker_job_canceled(job))
            return error_set(err, ERROR_CANCELED, "rendering was canceled");
        render_task_run(batch->tasks[i], lane);
        damaged |= batch->tasks[i]->out.repo_damaged;
    }
    if (damaged) /* it will be fetched again: do not hold on to it */
        lane_clear(lane);
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
    settings_unref(t->settings);
    render_remote_clear(&t->remote);
    remote_view_free(t->remotes);
    tree_record_free(t->record);
    desired_set_free(t->out.desired);
    tree_record_free(t->out.record);
    error_free(t->err);
    free(t);
}

static void feed_lanes(struct renderer *r);

static void batch_done(struct worker_job *job)
{
    struct render_batch *batch = CONTAINER_OF(job, struct render_batch, job);

    batch->lane->busy = false;
    feed_lanes(batch->renderer);
    for (size_t i = 0; i < batch->count; i++) {
        struct render_task *t = batch->tasks[i];

        batch->renderer->pending--;
        t->done(t->arg, &t->out, t->err ? t->err : job->err);
        render_task_free(t);
    }
    free(batch);
}

/* Give each idle lane a batch, of the commit that it has open if there is one; a lane that gets
 * none gives its memory back. */
static void feed_lanes(struct renderer *r)
{
    for (size_t i = 0; i < LANES; i++) {
        struct render_lane *lane = &r->lanes[i];
        struct render_batch *batch;
        size_t at = 0;

        if (lane->busy)
            continue;
        if (r->batches.len == 0) {
            lane_clear(lane);
            continue;
        }
        for (size_t j = r->batches.len; j-- > 0;)
            if (lane_fits(lane, ((struct render_batch *)r->batches.items[j])->tasks[0]))
                at = j;
        batch = r->batches.items[at];
        ptrvec_remove(&r->batches, at);
        lane->busy = true;
        batch->lane = lane;
        worker_run(r->pool, &batch->job, batch_work, batch_done);
    }
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

        if (!batch || !fits(batch, t)) {
            batch = xcalloc(1, sizeof(*batch));
            batch->renderer = r;
            ptrvec_push(&r->batches, batch);
        }
        batch->tasks[batch->count++] = t;
    }
    r->queue.len = 0;
    feed_lanes(r);
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
    ptrvec_clear(&r->batches);
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
    t->settings = settings_ref(input->settings);
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
