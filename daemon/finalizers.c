/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/finalizers.h"

#include "daemon/app/pin.h"
#include "daemon/object/hook.h"
#include "daemon/object/identity.h"
#include "daemon/schedule.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#define RETRY_MS 5000
#define CONFLICT_RETRY_MS 500

#define CASCADE "resources-finalizer.argocd.argoproj.io"

static const struct {
    const char *name;
    unsigned bits;
} names[] = {
    {CASCADE, FINALIZER_CASCADE},
    {CASCADE "/foreground", FINALIZER_CASCADE | FINALIZER_FOREGROUND},
    {CASCADE "/background", FINALIZER_CASCADE},
    {"pre-delete-finalizer.argocd.argoproj.io", FINALIZER_PRE_DELETE},
    {"pre-delete-finalizer.argocd.argoproj.io/cleanup", FINALIZER_PRE_DELETE_CLEANUP},
    {"post-delete-finalizer.argocd.argoproj.io", FINALIZER_POST_DELETE},
    {"post-delete-finalizer.argocd.argoproj.io/cleanup", FINALIZER_POST_DELETE_CLEANUP},
};

static unsigned bits_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (streq(names[i].name, name))
            return names[i].bits;
    /* One that asks for another way of deleting asks for deleting. */
    return name && str_has_prefix(name, CASCADE "/") ? FINALIZER_CASCADE : 0;
}

unsigned finalizers_read(const json_t *list)
{
    unsigned bits = 0;
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        bits |= bits_of(json_string_value(item));
    }
    return bits;
}

bool finalizers_ask_us(const struct app *app)
{
    return app->deleting && (app->finalizer_bits & FINALIZERS_OF_OURS);
}

bool finalizers_want_render(const struct app *app)
{
    return app->deleting && (app->finalizer_bits & (FINALIZER_PRE_DELETE | FINALIZER_POST_DELETE));
}

static void on_changed(void *arg, const json_t *answer, const struct error *err)
{
    struct app *app = arg;

    (void)answer;
    app->fetching--;
    if (app_is_gone(app))
        return;
    app->finalizing = false;
    if (!err || error_kind(err) == ERROR_NOT_FOUND || app->daemon->stopping)
        return; /* its event comes, or has come */
    app->finalize_at_ms = time_monotonic_ms();
    if (error_kind(err) == ERROR_CONFLICT) {
        app->finalize_at_ms += CONFLICT_RETRY_MS;
    } else {
        log_event(LOG_WARN, "finalizers not changed", "app", app->qualified, "error",
                  error_message(err), NULL);
        app->finalize_at_ms += RETRY_MS;
    }
    schedule_app(app->daemon, app);
}

static json_t *changed_list(const struct app *app, unsigned add, unsigned remove)
{
    json_t *list = json_array();
    json_t *item;
    size_t i;

    json_array_foreach (app->finalizers, i, item) {
        if (!(bits_of(json_string_value(item)) & remove))
            json_array_append(list, item);
    }
    for (i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].bits & add & ~app->finalizer_bits)
            json_array_append_new(list, json_string(names[i].name));
    return list;
}

void finalizers_change(struct daemon *d, struct app *app, unsigned add, unsigned remove)
{
    const struct kube_resource *r =
        kube_discovery_find(d->discovery, "argoproj.io", "v1alpha1", "Application");
    cleanup_json json_t *list = NULL;
    cleanup_json json_t *patch = NULL;

    if (app->finalizing || !r || app->finalize_at_ms > time_monotonic_ms())
        return;
    list = changed_list(app, add, remove);
    /* Of exactly this Application: another may have its name by now, or another finalizer. */
    patch = json_pack("{s:{s:O, s:s}}", "metadata", "finalizers", list, "resourceVersion",
                      app->version);
    app->finalizing = true;
    app->fetching++;
    kube_merge_patch(d->client, r, app->namespace, app->name, patch, on_changed, app);
}

void finalizers_follow_hooks(struct daemon *d, struct app *app)
{
    unsigned types = 0;
    unsigned wanted = 0;
    unsigned have = app->finalizer_bits & FINALIZERS_OF_HOOKS;

    if (app->from_file || app->deleting || !app->desired || app_is_pinned(app) ||
        !streq(app->rendered, app->target))
        return;
    for (size_t i = 0; i < app->desired->hook_count; i++)
        types |= app->desired->hooks[i].hooks;
    if (types & HOOK_PRE_DELETE)
        wanted |= FINALIZER_PRE_DELETE | FINALIZER_PRE_DELETE_CLEANUP;
    if (types & HOOK_POST_DELETE)
        wanted |= FINALIZER_POST_DELETE | FINALIZER_POST_DELETE_CLEANUP;
    if (wanted != have)
        finalizers_change(d, app, wanted & ~have, have & ~wanted);
}
