/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app/app.h"

#include "lib/base/interned.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

const char *app_state_name(enum app_state state)
{
    static const char *const names[] = {
        [APP_VERIFY] = "verify",   [APP_INVALID] = "invalid", [APP_SOURCE] = "source",
        [APP_RENDER] = "render",   [APP_REMOTE] = "remote",   [APP_BROKEN] = "broken",
        [APP_OBSERVE] = "observe", [APP_RECORD] = "record",   [APP_SYNC] = "sync",
        [APP_BACKOFF] = "backoff", [APP_IDLE] = "idle",       [APP_DELETING] = "deleting",
        [APP_WINDOW] = "window",   [APP_STANDBY] = "standby",
    };

    return names[state];
}

void sync_result_clear(struct sync_result *r)
{
    interned_unref(r->key);
    interned_unref(r->group);
    interned_unref(r->version);
    interned_unref(r->kind);
    interned_unref(r->namespace);
    interned_unref(r->name);
    interned_unref(r->message);
    strvec_clear(&r->images);
}

void app_operation_clear(struct app_operation *op)
{
    for (size_t i = 0; i < op->result_count; i++)
        sync_result_clear(&op->results[i]);
    free(op->results);
    free(op->message);
    revision_clear(&op->revision);
    packed_unref(op->source);
    packed_unref(op->request);
    json_decref(op->namespace_metadata);
    *op = (struct app_operation){0};
}

bool operation_is_dry_run(const struct app_operation *op)
{
    cleanup_json json_t *request = packed_load(op->request);

    return json_is_true(json_object_get(json_object_get(request, "sync"), "dryRun"));
}

bool app_is_gone(struct app *app)
{
    if (!app->removed)
        return false;
    if (!app->run && !app->render_running && !app->fetching && !app->releasing)
        app->release(app);
    return true;
}

bool app_update_ignore(struct app *app, const json_t *system)
{
    cleanup_json json_t *own = packed_load(app->spec ? app->spec->ignore_differences : NULL);
    struct ignore_rules *now = ignore_rules_new(own, system, app->desired);
    bool changed = ignore_rules_hash(now) != ignore_rules_hash(app->ignore);

    ignore_rules_unref(app->ignore);
    app->ignore = now;
    return changed;
}

static struct app_condition *find_condition(const struct app *app, const char *type)
{
    for (size_t i = 0; i < app->condition_count; i++)
        if (streq(app->conditions[i].type, type))
            return &app->conditions[i];
    return NULL;
}

const char *app_condition_message(const struct app *app, const char *type)
{
    const struct app_condition *c = find_condition(app, type);

    return c ? c->message : NULL;
}

void app_set_condition(struct app *app, const char *type, const char *message)
{
    struct app_condition *c = find_condition(app, type);

    if (c && message && streq(c->message, message))
        return;
    if (c && !message) {
        free(c->message);
        *c = app->conditions[--app->condition_count];
        app->status_dirty = true;
        return;
    }
    if (!message)
        return;
    if (!c) {
        app->conditions =
            xrealloc(app->conditions, (app->condition_count + 1) * sizeof(*app->conditions));
        c = &app->conditions[app->condition_count++];
        *c = (struct app_condition){.type = type};
    }
    free(c->message);
    c->message = xstrdup(message);
    c->since_ms = time_wall_ms();
    app->status_dirty = true;
}
