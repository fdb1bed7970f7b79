/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/render.h"

#include "daemon/render/render_source.h"
#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "lib/doc/yaml.h"
#include "lib/tree/record.h"

#include <assert.h>

/* Small enough to keep all threads busy and results flowing, large enough to share the opening. */
#define BATCH_MAX 16
/* Batches at once. Twice the threads: the next one waits already when a thread becomes free. */
#define LANES 4

/* One source of a task: its own copy, to be parsed where it is rendered. */
struct task_source {
    char *repo_dir;
    char commit[GIT_OID_HEX_BYTES];
    char *field;
    char *text;
};

struct render_task {
    struct task_source *sources;
    size_t source_count;
    bool of_several;
    char *instance;
    char *namespace;
    char *project;
    struct kube_discovery *discovery;
    struct settings *settings;
    struct remote_view *remotes;
    struct render_remote remote;
    struct render_record *record;
    render_done_fn *done;
    void *arg;
    /* the result */
    struct render_output out;
    struct error *err;
};

/* Batches run one after the other in a lane, and share what belongs to their commits. */
struct render_lane {
    bool busy;
    struct ptrvec stores; /* struct render_store */
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

/* ---- what was read ---- */

struct render_record {
    bool by_commit; /* another commit renders otherwise in any case */
    size_t count;
    struct tree_record *items[]; /* of each source; NULL: of a mere ref */
};

static struct render_record *render_record_new(size_t count)
{
    struct render_record *r = xcalloc(1, sizeof(*r) + count * sizeof(r->items[0]));

    r->count = count;
    return r;
}

void render_record_free(struct render_record *record)
{
    for (size_t i = 0; record && i < record->count; i++)
        tree_record_free(record->items[i]);
    free(record);
}

/* ---- a lane: with its batch on a worker thread, else on the loop thread ---- */

static void lane_clear(struct render_lane *lane)
{
    for (size_t i = 0; i < lane->stores.len; i++)
        render_store_free(lane->stores.items[i]);
    ptrvec_clear(&lane->stores);
}

static struct render_store *lane_find(const struct render_lane *lane, const struct task_source *s)
{
    for (size_t i = 0; i < lane->stores.len; i++)
        if (render_store_is(lane->stores.items[i], s->repo_dir, s->commit))
            return lane->stores.items[i];
    return NULL;
}

/* Does it have open what the first source needs? */
static bool lane_fits(const struct render_lane *lane, const struct render_task *t)
{
    return lane_find(lane, t->sources) != NULL;
}

static bool task_uses(const struct render_task *t, const struct render_store *store)
{
    for (size_t i = 0; i < t->source_count; i++)
        if (render_store_is(store, t->sources[i].repo_dir, t->sources[i].commit))
            return true;
    return false;
}

/* What the next task does not read gives its memory back. */
static int lane_open(struct render_lane *lane, const struct render_task *t, struct error **err)
{
    for (size_t i = lane->stores.len; i-- > 0;) {
        struct render_store *store = lane->stores.items[i];

        if (task_uses(t, store) && !render_store_is_worn(store))
            continue;
        ptrvec_remove(&lane->stores, i);
        render_store_free(store);
    }
    for (size_t i = 0; i < t->source_count; i++) {
        const struct task_source *s = &t->sources[i];
        struct render_store *store;

        if (lane_find(lane, s))
            continue;
        if (render_store_open(s->repo_dir, s->commit, &store, err) < 0)
            return -1;
        ptrvec_push(&lane->stores, store);
    }
    return 0;
}

/* ---- on a worker thread ---- */

static int render_source(struct render_task *t, struct render_lane *lane, size_t i, json_t *objects,
                         struct error **err)
{
    const struct task_source *s = &t->sources[i];
    struct source_render render = {.store = lane_find(lane, s),
                                   .field = s->field,
                                   .text = s->text,
                                   .of_several = t->of_several,
                                   .instance = t->instance,
                                   .namespace = t->namespace,
                                   .project = t->project,
                                   .settings = t->settings,
                                   .remote = &t->remote};
    cleanup_json json_t *rendered = NULL;
    int rc;

    t->out.record->items[i] = tree_record_new();
    tree_record_start(render.store->tree, t->out.record->items[i]);
    rc = source_render(&render, &rendered, err);
    tree_record_stop(render.store->tree);
    strvec_push(&t->out.tools, render.tool);
    t->out.record->by_commit |= render.by_commit;
    if (rc < 0)
        return t->source_count > 1 ? error_wrap(err, "%s", s->field) : -1;
    json_array_extend(objects, rendered);
    return 0;
}

static int render_fresh(struct render_task *t, struct render_lane *lane, struct error **err)
{
    struct desired_options options = {.instance = t->instance,
                                      .namespace = t->namespace,
                                      .discovery = t->discovery,
                                      .settings = t->settings};
    cleanup_json json_t *objects = json_array();

    t->out.record = render_record_new(t->source_count);
    for (size_t i = 0; i < t->source_count; i++)
        if (render_source(t, lane, i, objects, err) < 0)
            return -1;
    return desired_set_build(TAKE(objects), &options, &t->out.desired, err);
}

static bool record_holds(const struct render_task *t, const struct render_lane *lane)
{
    if (!t->record || t->record->by_commit || t->record->count != t->source_count)
        return false;
    for (size_t i = 0; i < t->source_count; i++)
        if (!tree_record_holds(t->record->items[i], lane_find(lane, &t->sources[i])->tree))
            return false;
    return true;
}

static void render_task_run(struct render_task *t, struct render_lane *lane)
{
    uint64_t start = time_monotonic_us();

    if (lane_open(lane, t, &t->err) < 0) {
        t->out.repo_damaged = true;
    } else if (record_holds(t, lane)) {
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

    for (size_t i = 0; i < batch->count; i++) {
        if (worker_job_canceled(job))
            return error_set(err, ERROR_CANCELED, "rendering was canceled");
        render_task_run(batch->tasks[i], lane);
        worker_job_step(job);
        damaged |= batch->tasks[i]->out.repo_damaged;
    }
    if (damaged) /* it will be fetched again: do not hold on to it */
        lane_clear(lane);
    return 0;
}

/* ---- on the loop thread ---- */

static void render_task_free(struct render_task *t)
{
    for (size_t i = 0; i < t->source_count; i++) {
        free(t->sources[i].repo_dir);
        free(t->sources[i].field);
        free(t->sources[i].text);
    }
    free(t->sources);
    free(t->instance);
    free(t->namespace);
    free(t->project);
    kube_discovery_unref(t->discovery);
    settings_unref(t->settings);
    render_remote_clear(&t->remote);
    remote_view_free(t->remotes);
    render_record_free(t->record);
    desired_set_unref(t->out.desired);
    render_record_free(t->out.record);
    strvec_clear(&t->out.tools);
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
    const struct task_source *first = batch->tasks[0]->sources;

    return batch->count < BATCH_MAX && streq(first->repo_dir, t->sources->repo_dir) &&
           streq(first->commit, t->sources->commit);
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
    cleanup_error struct error *err = NULL;

    if (!r)
        return;
    error_set(&err, ERROR_CANCELED, "rendering was canceled");
    for (size_t i = 0; i < r->queue.len; i++) {
        struct render_task *t = r->queue.items[i];

        r->pending--;
        t->done(t->arg, &t->out, err);
        render_task_free(t);
    }
    r->queue.len = 0;
    uv_close((uv_handle_t *)&r->flush, on_flush_closed);
}

size_t renderer_pending(const struct renderer *r)
{
    return r->pending;
}

static void copy_sources(struct render_task *t, const struct render_input *input)
{
    assert(input->source_count > 0);
    t->sources = xcalloc(input->source_count, sizeof(*t->sources));
    t->source_count = input->source_count;
    for (size_t i = 0; i < t->source_count; i++) {
        const struct render_source *from = &input->sources[i];
        struct task_source *to = &t->sources[i];

        assert(strlen(from->commit) == GIT_OID_HEX_BYTES - 1);
        strcpy(to->commit, from->commit);
        to->repo_dir = xstrdup(from->repo_dir);
        to->field = xstrdup(from->source->field);
        to->text = xstrdup(from->source->text);
    }
}

void render_start(struct renderer *r, const struct render_input *input, render_done_fn *done,
                  void *arg)
{
    struct render_task *t = xcalloc(1, sizeof(*t));

    copy_sources(t, input);
    t->of_several = input->of_several;
    t->instance = xstrdup(input->instance);
    t->namespace = xstrdup(input->namespace);
    t->project = xstrdup(input->project);
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
