/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app/permission.h"

static enum denial denial_of(const struct app *app, const struct desired *want)
{
    if (!app->project)
        return DENIAL_NONE;
    if (!project_permits_kind(app->project, want->group, want->kind, want->name, *want->namespace))
        return DENIAL_KIND;
    if (*want->namespace &&
        !project_permits_destination(app->project, app->cluster, want->namespace))
        return DENIAL_NAMESPACE;
    return DENIAL_NONE;
}

void permission_mark(struct app *app)
{
    for (size_t i = 0; app->desired && i < app->desired->len; i++)
        app->desired->items[i].denial = denial_of(app, &app->desired->items[i]);
    for (size_t i = 0; app->desired && i < app->desired->hook_count; i++)
        app->desired->hooks[i].denial = denial_of(app, &app->desired->hooks[i]);
}

char *permission_refusal(const struct app *app, const char *key)
{
    cleanup_free char *copy = xstrdup(key);
    char *rest = copy;
    const char *group;
    const char *kind;
    const char *namespace;

    if (!app->project)
        return NULL;
    group = strsep(&rest, "/");
    kind = strsep(&rest, "/");
    namespace = strsep(&rest, "/");
    return project_refusal(app->project, app->cluster, group, kind, namespace, rest);
}

bool permission_has_key(const struct app *app, const char *key)
{
    cleanup_free char *refusal = permission_refusal(app, key);

    return refusal == NULL;
}
