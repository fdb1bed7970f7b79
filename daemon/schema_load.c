/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/schema_load.h"
#include "daemon/schema_file.h"
#include "lib/base/log.h"

/* read -> fetch -> reduce -> done. In the cache, failed or canceled: straight to done. */
enum load_state { LOAD_READ, LOAD_FETCH, LOAD_REDUCE, LOAD_DONE };

struct schema_load {
    struct worker_job job;
    enum load_state state;
    struct kube_client *client;
    struct worker_pool *pool;
    char *file; /* NULL: not cached */
    char *url;
    struct openapi_document_fetch *fetch; /* in LOAD_FETCH */
    struct buf text;                      /* the document */
    struct kube_schema *schema;
    struct error *err;
    schema_load_done_fn *done; /* NULL: canceled */
    void *arg;
};

static void load_enter(struct schema_load *l, enum load_state next);

static enum load_state next_state(const struct schema_load *l)
{
    if (l->err || l->schema || !l->done)
        return LOAD_DONE;
    switch (l->state) {
    case LOAD_READ: return LOAD_FETCH;
    case LOAD_FETCH: return LOAD_REDUCE;
    case LOAD_REDUCE:
    case LOAD_DONE: break;
    }
    UNREACHABLE();
}

static int read_work(struct worker_job *job, struct error **err __attribute__((unused)))
{
    struct schema_load *l = CONTAINER_OF(job, struct schema_load, job);
    struct error *why = NULL;

    if (l->file && schema_file_read(l->file, &l->schema, &why) < 0) {
        log_debug("schema %s: not in the cache: %s", l->url, error_message(why));
        error_free(why);
    }
    return 0;
}

static int reduce_work(struct worker_job *job, struct error **err)
{
    struct schema_load *l = CONTAINER_OF(job, struct schema_load, job);
    cleanup_buf struct buf reduced = BUF_UNLIMITED;
    cleanup_error struct error *unwritten = NULL;
    int result = kube_schema_reduce(l->text.data, l->text.len, &reduced, err);

    buf_clear(&l->text);
    if (result < 0 || kube_schema_read(reduced.data, reduced.len, &l->schema, err) < 0)
        return -1;
    if (l->file && schema_file_write(l->file, &reduced, &unwritten) < 0)
        log_debug("schema %s: not cached: %s", l->url, error_message(unwritten));
    return 0;
}

static void on_worked(struct worker_job *job)
{
    struct schema_load *l = CONTAINER_OF(job, struct schema_load, job);

    if (job->err)
        l->err = error_copy(job->err);
    load_enter(l, next_state(l));
}

static void on_fetched(void *arg, struct buf *text, const struct error *err)
{
    struct schema_load *l = arg;

    l->fetch = NULL;
    l->err = error_copy(err);
    if (text) {
        l->text = *text;
        *text = BUF_UNLIMITED;
    }
    load_enter(l, next_state(l));
}

static void load_free(struct schema_load *l)
{
    buf_clear(&l->text);
    kube_schema_unref(l->schema);
    error_free(l->err);
    free(l->file);
    free(l->url);
    free(l);
}

/* The only place that changes state. */
static void load_enter(struct schema_load *l, enum load_state next)
{
    l->state = next;
    switch (next) {
    case LOAD_READ: worker_run(l->pool, &l->job, read_work, on_worked); break;
    case LOAD_FETCH: l->fetch = openapi_document_start(l->client, l->url, on_fetched, l); break;
    case LOAD_REDUCE: worker_run(l->pool, &l->job, reduce_work, on_worked); break;
    case LOAD_DONE:
        if (l->done)
            l->done(l->arg, l->schema, l->err);
        load_free(l);
        break;
    }
}

struct schema_load *schema_load_start(struct kube_client *client, struct worker_pool *pool,
                                      const char *dir, const char *url, schema_load_done_fn *done,
                                      void *arg)
{
    struct schema_load *l = xcalloc(1, sizeof(*l));

    *l = (struct schema_load){
        .client = client,
        .pool = pool,
        .file = openapi_url_has_hash(url) ? schema_file_path(dir, url) : NULL,
        .url = xstrdup(url),
        .text = BUF_UNLIMITED,
        .done = done,
        .arg = arg,
    };
    load_enter(l, LOAD_READ);
    return l;
}

void schema_load_cancel(struct schema_load *l)
{
    l->done = NULL;
    if (l->state == LOAD_FETCH) {
        openapi_document_cancel(l->fetch);
        load_enter(l, LOAD_DONE);
    } else {
        worker_job_cancel(&l->job);
    }
}
