/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/batch.h"

#include "cli/verbs/progress.h"
#include "lib/base/buf.h"
#include "lib/doc/yaml.h"
#include "lib/kube/resource.h"

#define AT_ONCE 32
#define PAGE "500"

struct running {
    struct batch *batch;
    struct cluster *cluster;
    size_t next; /* the first that has not begun */
    size_t done;
    bool is_over;
};

/* What a callback needs; freed with the last page. */
struct flight {
    struct running *run;
    struct batch_request *request;
};

struct batch_request *batch_add(struct batch *b, char *path)
{
    b->items = xrealloc(b->items, (b->len + 1) * sizeof(*b->items));
    b->items[b->len] = (struct batch_request){.path = path};
    return &b->items[b->len++];
}

void batch_clear(struct batch *b)
{
    for (size_t i = 0; i < b->len; i++) {
        free(b->items[i].path);
        free(b->items[i].body);
        json_decref(b->items[i].answer);
        error_free(b->items[i].err);
    }
    free(b->items);
    *b = (struct batch){0};
}

static void go_on(struct running *run);
static void on_answer(void *arg, const json_t *object, const struct error *err);

static void submit(struct flight *f, const char *token)
{
    const struct batch_request *r = f->request;
    cleanup_buf struct buf url = BUF_UNLIMITED;
    struct kube_call_spec spec = {.method = r->method ? r->method : "GET",
                                  .content_type = r->content_type,
                                  .body = r->body,
                                  .body_len = r->body ? strlen(r->body) : 0,
                                  .timeout_ms = f->run->cluster->timeout_ms};

    buf_puts(&url, r->path);
    if (r->is_list)
        url_put_query(&url, "limit", PAGE);
    url_put_query(&url, "labelSelector", r->selector);
    url_put_query(&url, "continue", token);
    spec.path = url.data;
    kube_call_start(f->run->cluster->client, &spec, on_answer, f);
}

/* The token of the next page; NULL: there is none. */
static const char *take_page(struct batch_request *r, const json_t *page)
{
    const char *token =
        json_string_value(json_object_get(json_object_get(page, "metadata"), "continue"));

    if (!r->answer)
        r->answer = json_array();
    json_array_extend(r->answer, json_object_get(page, "items"));
    return token && *token ? token : NULL;
}

static void on_answer(void *arg, const json_t *object, const struct error *err)
{
    struct flight *f = arg;
    struct batch_request *r = f->request;
    const char *token = NULL;

    if (err) {
        r->err = error_copy(err);
        cluster_explain(f->run->cluster, &r->err);
    } else if (r->is_list) {
        token = take_page(r, object);
    } else {
        r->answer = object ? json_incref((json_t *)object) : json_null();
    }
    if (token) {
        submit(f, token);
        return;
    }
    f->run->done++;
    go_on(f->run);
    free(f);
}

static void go_on(struct running *run)
{
    progress_count(run->done, run->batch->len);
    while (run->next < run->batch->len && run->next - run->done < AT_ONCE) {
        struct flight *f = xcalloc(1, sizeof(*f));

        *f = (struct flight){.run = run, .request = &run->batch->items[run->next++]};
        submit(f, NULL);
    }
    run->is_over = run->done == run->batch->len;
}

void batch_run(struct batch *b, struct cluster *c)
{
    struct running run = {.batch = b, .cluster = c};

    go_on(&run);
    cluster_wait(c, &run.is_over);
}
