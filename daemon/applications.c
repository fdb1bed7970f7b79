/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/applications.h"

#include "daemon/app_object.h"
#include "daemon/catalog.h"
#include "daemon/duty.h"
#include "daemon/leader.h"
#include "daemon/object/identity.h"
#include "daemon/observe/observe.h"
#include "daemon/operation_file.h"
#include "daemon/options/options.h"
#include "daemon/orphans.h"
#include "daemon/project/projects.h"
#include "daemon/project_release.h"
#include "daemon/reconcile.h"
#include "daemon/schedule.h"
#include "daemon/takeover.h"
#include "lib/base/log.h"

static void on_application(void *arg, const json_t *application, bool from_file)
{
    struct daemon *d = arg;
    const char *ns = object_meta_string(application, "namespace");
    cleanup_free char *key = xasprintf("%s/%s", *ns ? ns : daemon_control_namespace(d),
                                       object_meta_string(application, "name"));
    struct app *app = map_find(&d->apps, key);
    bool changed = true;

    if (app && !streq(app->uid, object_meta_string(application, "uid"))) {
        reconcile_app_removed(d, app); /* deleted and created again between two events */
        app = NULL;
    }
    if (app && app->run && d->duty == DUTY_TAKING_OVER) {
        reconcile_app_removed(d, app); /* what it did before is still coming to its end */
        app = NULL;
    }
    if (!app) {
        app = app_new(d, daemon_control_namespace(d), application, from_file);
        if (from_file)
            operation_file_load(d, app);
        map_set(&d->apps, key, app);
        observer_add_app(d->observer, app);
    } else if (d->duty == DUTY_TAKING_OVER && !from_file) {
        changed = takeover_app(d, app, application);
    } else {
        changed = app_update(app, application);
    }
    reconcile_app_changed(d, app, changed);
}

static void on_application_removed(void *arg, const char *ns, const char *name)
{
    struct daemon *d = arg;
    cleanup_free char *key = xasprintf("%s/%s", *ns ? ns : daemon_control_namespace(d), name);
    struct app *app = map_find(&d->apps, key);

    if (!app) {
        project_release(d);
        return;
    }
    operation_file_remove(app);
    reconcile_app_removed(d, app);
}

static void on_catalog_complete(void *arg)
{
    struct daemon *d = arg;

    observer_apps_are_known(d->observer);
    if (d->options->apps.len && !d->inventory_done)
        return;
    if (!d->catalog_complete && d->duty == DUTY_STANDBY)
        log_event(LOG_INFO, "standing by", "leader", leader_name(d->leader), NULL);
    d->catalog_complete = true;
    duty_act(d);
    project_release(d);
    orphans_follow(d->orphans);
    schedule_all(d);
}

/* Their versions begin anew. */
static void on_relisted(void *arg)
{
    struct daemon *d = arg;
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it)))
        ((struct app *)e->value)->status_version = 0;
}

static void on_file_projects(void *arg, const json_t *objects)
{
    projects_set_all(((struct daemon *)arg)->projects, objects);
}

void applications_new(struct daemon *d)
{
    static const struct catalog_callbacks callbacks = {
        .changed = on_application,
        .removed = on_application_removed,
        .projects = on_file_projects,
        .complete = on_catalog_complete,
        .relisted = on_relisted,
    };

    d->catalog = catalog_new(d->client, &callbacks, d);
}

int applications_choose(struct daemon *d, struct error **err)
{
    struct catalog_choice choice = {.selector = d->options->selector,
                                    .beside_argocd = d->options->beside_argocd};

    return catalog_choose(d->catalog, &choice, err);
}

int applications_load(struct daemon *d, struct error **err)
{
    const struct strvec *files = &d->options->apps;

    if (!files->len)
        return 0;
    if (catalog_load_files(d->catalog, files, err) < 0)
        return -1;
    operation_files_sweep(d);
    return 0;
}
