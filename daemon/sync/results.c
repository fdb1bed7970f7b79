/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/results.h"

#include "daemon/object/images.h"
#include "lib/base/interned.h"

#include <ctype.h>

char *task_display_name(const struct task *t)
{
    char *name = *t->api_group ? xasprintf("%s.%s/%s", t->kind, t->api_group, t->name)
                               : xasprintf("%s/%s", t->kind, t->name);

    for (char *c = name; *c && *c != '.' && *c != '/'; c++)
        *c = (char)tolower((unsigned char)*c);
    return name;
}

char *task_title(const struct task *t)
{
    return xasprintf("%s %s%s%s", t->kind, t->namespace, *t->namespace ? "/" : "", t->name);
}

char *task_path(const struct task *t)
{
    return xasprintf("%s/%s/%s", t->api_group, t->kind, t->name);
}

/* One hook object may run in several phases. */
static bool is_of_task(const struct sync_result *r, const struct task *t)
{
    return streq(r->key, t->key) && streq(r->sync_phase, sync_phase_name(t->phase));
}

const struct sync_result *results_find(const struct app_operation *op, const struct task *t)
{
    for (size_t i = 0; i < op->result_count; i++)
        if (is_of_task(&op->results[i], t))
            return &op->results[i];
    return NULL;
}

struct sync_result result_of_task(const struct task *t, char *message)
{
    return (struct sync_result){
        .key = interned_ref(t->key),
        .group = interned_ref(t->api_group),
        .version = interned_ref(t->version),
        .kind = interned_ref(t->kind),
        .namespace = interned_ref(t->namespace),
        .name = interned_ref(t->name),
        .sync_phase = sync_phase_name(t->phase),
        .message = interned_take(message),
    };
}

size_t results_of_task(struct app_operation *op, const struct task *t)
{
    if (t->what == TASK_HOOK) { /* perhaps an earlier process told of it */
        const struct sync_result *known = results_find(op, t);

        if (known)
            return (size_t)(known - op->results);
    }
    op->results = xrealloc(op->results, (op->result_count + 1) * sizeof(*op->results));
    op->results[op->result_count] = result_of_task(t, xstrdup(""));
    if (t->what == TASK_HOOK)
        op->results[op->result_count].hook_type = sync_phase_name(t->phase);
    if (t->desired)
        images_of_text(t->desired->body, &op->results[op->result_count].images);
    return op->result_count++;
}

void results_set(struct app_operation *op, size_t index, const char *status, const char *hook_phase,
                 char *message)
{
    struct sync_result *r = &op->results[index];

    if (status)
        r->status = status;
    r->hook_phase = hook_phase;
    if (!message)
        return;
    interned_unref(r->message);
    r->message = interned_take(message);
}

void results_keep_hooks(struct app_operation *op)
{
    size_t kept = 0;

    for (size_t i = 0; i < op->result_count; i++) {
        if (op->results[i].hook_type)
            op->results[kept++] = op->results[i];
        else
            sync_result_clear(&op->results[i]);
    }
    op->result_count = kept;
}

void results_clear(struct app_operation *op)
{
    for (size_t i = 0; i < op->result_count; i++)
        sync_result_clear(&op->results[i]);
    op->result_count = 0;
}
