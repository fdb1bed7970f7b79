/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/fleet_ask.h"

#include "cli/verbs/apps.h"
#include "cli/verbs/progress.h"
#include "daemon/object/identity.h"
#include "lib/kube/list.h"

#define PAGE_SIZE 500
#define MAX_APP_BYTES (16u << 20)

struct asking;

struct ask {
    struct asking *all;
    struct fleet_context *context;
    struct list *list;
    uv_timer_t deadline;
    uint64_t timeout_ms;
};

struct asking {
    const struct fleet_question *question;
    struct ask *asks;
    size_t count; /* of asks */
    size_t open;  /* timers that are not closed */
    size_t done;
};

bool fleet_is_wanted(const struct strvec *wanted, const json_t *app)
{
    const char *name = object_meta_string(app, "name");
    cleanup_free char *key = NULL;

    if (!wanted || !wanted->len || strvec_has(wanted, name))
        return true;
    key = xasprintf("%s/%s", object_meta_string(app, "namespace"), name);
    return strvec_has(wanted, key);
}

static void on_closed(uv_handle_t *handle)
{
    struct ask *a = handle->data;

    a->all->open--;
}

/* Once for each. */
static void end(struct ask *a)
{
    a->context->cluster->is_done = true;
    list_free(TAKE(a->list));
    uv_close((uv_handle_t *)&a->deadline, on_closed);
    a->all->done++;
    progress_count(a->all->done, a->all->count);
}

static void on_item(void *arg, const json_t *app)
{
    struct ask *a = arg;

    if (fleet_is_wanted(a->all->question->wanted, app))
        fleet_add_app(a->context->cluster, app);
}

static void on_done(void *arg, const char *version, const struct error *err)
{
    struct ask *a = arg;

    (void)version;
    if (err) {
        fleet_drop_apps(a->context->cluster); /* half of an answer is none */
        fleet_explain(err, &a->context->cluster->error);
    }
    end(a);
}

static void on_deadline(uv_timer_t *timer)
{
    struct ask *a = timer->data;

    fleet_drop_apps(a->context->cluster);
    error_set(&a->context->cluster->error, ERROR_TIMEOUT, "no answer within %g s",
              (double)a->timeout_ms / 1000);
    end(a);
}

static void begin(struct ask *a, const char *path)
{
    static const struct list_callbacks callbacks = {.item = on_item, .done = on_done};
    struct list_spec spec = {.resource = &app_resource,
                             .path = path,
                             .label_selector = a->all->question->selector,
                             .page_size = PAGE_SIZE,
                             .max_item_bytes = MAX_APP_BYTES};

    uv_timer_init(kube_client_loop(a->context->client), &a->deadline);
    a->deadline.data = a;
    a->all->open++;
    if (a->timeout_ms)
        uv_timer_start(&a->deadline, on_deadline, a->timeout_ms, 0);
    a->list = list_new(a->context->client, &spec, &callbacks, a);
    list_run(a->list);
}

void fleet_ask(struct fleet_contexts *c, const struct fleet_question *q)
{
    struct asking all = {.question = q, .asks = xcalloc(c->items.len, sizeof(struct ask))};
    cleanup_free char *path = app_path(q->namespace, NULL);

    progress_say("asking %zu cluster%s", c->items.len, c->items.len == 1 ? "" : "s");
    for (size_t i = 0; i < c->items.len; i++) {
        struct fleet_context *x = c->items.items[i];

        if (!x->client)
            continue;
        all.asks[all.count] = (struct ask){.all = &all, .context = x, .timeout_ms = q->timeout_ms};
        begin(&all.asks[all.count++], path);
    }
    while (all.open)
        uv_run(&c->loop, UV_RUN_ONCE);
    free(all.asks);
}
