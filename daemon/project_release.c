/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/project_release.h"

#include "daemon/app/app.h"
#include "daemon/catalog.h"
#include "daemon/object/identity.h"
#include "daemon/project/projects.h"
#include "lib/base/log.h"
#include "lib/doc/yaml.h"
#include "lib/kube/client.h"
#include "lib/kube/discovery.h"

static bool is_in_use(const struct daemon *d, const char *project)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it))) {
        const struct app *app = e->value;

        if (!app->spec || streq(app->spec->project, project)) /* what cannot be read may be */
            return true;
    }
    return catalog_skips_one_of(d->catalog, project);
}

static void on_released(void *arg, const json_t *answer, const struct error *err)
{
    (void)arg;
    (void)answer;
    if (err && error_kind(err) != ERROR_NOT_FOUND && error_kind(err) != ERROR_CONFLICT &&
        error_kind(err) != ERROR_CANCELED)
        log_event(LOG_WARN, "project not let go", "error", error_message(err), NULL);
}

static void release(void *arg, const json_t *object)
{
    struct daemon *d = arg;
    const char *name = object_meta_string(object, "name");
    const struct kube_resource *r =
        kube_discovery_find(d->discovery, "argoproj.io", "v1alpha1", "AppProject");
    cleanup_json json_t *rest = json_array();
    cleanup_json json_t *patch = NULL;
    json_t *item;
    size_t i;

    if (!r || is_in_use(d, name))
        return;
    json_array_foreach (json_object_get(json_object_get(object, "metadata"), "finalizers"), i,
                        item) {
        if (!streq(json_string_value(item), PROJECT_FINALIZER))
            json_array_append(rest, item);
    }
    patch = json_pack("{s:{s:O, s:s}}", "metadata", "finalizers", rest, "resourceVersion",
                      object_meta_string(object, "resourceVersion"));
    log_event(LOG_INFO, "project let go", "project", name, NULL);
    kube_merge_patch(d->client, r, object_meta_string(object, "namespace"), name, patch,
                     on_released, d);
}

void project_release(struct daemon *d)
{
    /* Where others serve Applications, too, they know when none is left. */
    if (d->catalog_complete && d->discovery && daemon_acts(d) && daemon_serves_all(d))
        projects_each_leaving(d->projects, release, d);
}
