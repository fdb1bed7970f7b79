/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app_object.h"

#include "daemon/app/pin.h"
#include "daemon/daemon.h"
#include "daemon/finalizers.h"
#include "daemon/follow.h"
#include "daemon/object/identity.h"
#include "daemon/operation_file.h"
#include "daemon/signing.h"
#include "daemon/status/status.h"
#include "lib/base/hash.h"
#include "lib/base/interned.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#define REFRESH_ANNOTATION "argocd.argoproj.io/refresh"

/* 0: there is none, or it is no time. */
static int64_t read_approval(const json_t *application)
{
    cleanup_error struct error *err = NULL;
    const char *text = object_annotation(application, "argocd.argoproj.io/deletion-approved");
    int64_t approved_ms = 0;

    return time_parse_rfc3339(text, &approved_ms, &err) == 0 ? approved_ms : 0;
}

static void read_refresh(struct app *app, const char *value)
{
    bool hard = streq(value, "hard"); /* all other words mean normal */

    if (!*value)
        app->refresh = REFRESH_NONE;
    else if (app->refresh == REFRESH_NONE || (hard && !app->refresh_hard))
        app->refresh = REFRESH_ASKED;
    app->refresh_hard = hard;
}

static bool is_terminating(const json_t *application)
{
    const json_t *status = json_object_get(application, "status");

    return streq(object_string(json_object_get(status, "operationState"), "phase"), "Terminating");
}

/* What delayed the next sync does not delay the deletion. */
static void read_deletion(struct app *app, const json_t *application)
{
    const char *since = object_meta_string(application, "deletionTimestamp");
    cleanup_error struct error *err = NULL;

    if (*since && !app->deleting) {
        app->retry_at_ms = 0;
        app->attempts = 0;
    }
    app->deleting = *since != '\0';
    app->deleting_since_ms = 0;
    if (app->deleting && time_parse_rfc3339(since, &app->deleting_since_ms, &err) < 0)
        app->deleting_since_ms = time_wall_ms();
}

static void read_metadata(struct app *app, const json_t *application)
{
    const json_t *metadata = json_object_get(application, "metadata");
    const json_t *finalizers = json_object_get(metadata, "finalizers");

    free(app->uid);
    free(app->version);
    app->uid = xstrdup(object_meta_string(application, "uid"));
    app->version = xstrdup(object_meta_string(application, "resourceVersion"));
    app->compare =
        compare_options_parse(object_annotation(application, COMPARE_OPTIONS_ANNOTATION));
    if (app->from_file) /* as exported from a cluster, perhaps: what it says there means nothing */
        return;
    status_seen(app, application);
    read_deletion(app, application);
    app->finalizer_bits = finalizers_read(finalizers);
    json_decref(app->finalizers);
    app->finalizers = finalizers ? json_deep_copy(finalizers) : NULL;
    if (object_version(application) >= app->status_version) /* not from before its removal */
        read_refresh(app, object_annotation(application, REFRESH_ANNOTATION));
    app->approved_ms = read_approval(application);
    app->terminate_asked = is_terminating(application);
    json_decref(app->requested);
    app->requested = json_object_get(application, "operation")
                         ? json_deep_copy(json_object_get(application, "operation"))
                         : NULL;
}

bool app_update(struct app *app, const json_t *application)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *text =
        json_dumps(json_object_get(application, "spec"), JSON_COMPACT | JSON_SORT_KEYS);
    uint64_t hash = text ? hash64(text, strlen(text)) : 0;

    read_metadata(app, application);
    if (app->spec_hash == hash && (app->spec || app->spec_error))
        return false;
    app->spec_hash = hash;
    app_spec_free(app->spec);
    free(app->spec_error);
    app->spec_error = NULL;
    app->spec = app_spec_parse(application, &err);
    if (!app->spec)
        app->spec_error = xstrdup(error_message(err));
    return true;
}

static char *instance_name(const char *control_namespace, const char *ns, const char *name)
{
    return streq(ns, control_namespace) || !*ns ? xstrdup(name) : xasprintf("%s_%s", ns, name);
}

struct app *app_new(struct daemon *d, const char *control_namespace, const json_t *application,
                    bool from_file)
{
    struct app *app = xcalloc(1, sizeof(*app));

    app->daemon = d;
    app->release = app_free;
    app->cluster = &d->cluster;
    app->control_namespace = xstrdup(control_namespace);
    app->from_file = from_file;
    app->namespace = xstrdup(object_meta_string(application, "namespace"));
    if (!*app->namespace && from_file) {
        free(app->namespace);
        app->namespace = xstrdup(control_namespace);
    }
    app->name = xstrdup(object_meta_string(application, "name"));
    app->instance = instance_name(control_namespace, app->namespace, app->name);
    app->qualified = xasprintf("%s/%s", app->namespace, app->name);
    app->health = HEALTH_UNKNOWN;
    app->state = APP_SOURCE;
    revision_set(&app->target, "");
    revision_set(&app->rendered, "");
    revision_set(&app->rendering, "");
    revision_set(&app->broken, "");
    revision_set(&app->synced, "");
    app_update(app, application);
    if (!from_file)
        status_load(app, application);
    return app;
}

void app_free(struct app *app)
{
    if (!app)
        return;
    app_spec_free(app->spec);
    app_operation_clear(&app->op);
    operation_file_free(app->op_file);
    desired_set_unref(app->desired);
    ignore_rules_unref(app->ignore);
    render_record_free(app->record);
    strvec_clear(&app->tools);
    pin_free(app->pin);
    follow_free(app);
    revision_clear(&app->target);
    revision_clear(&app->rendered);
    revision_clear(&app->rendering);
    revision_clear(&app->broken);
    revision_clear(&app->synced);
    map_clear(&app->tracked);
    map_clear(&app->owned_kinds);
    for (size_t i = 0; i < app->condition_count; i++)
        free(app->conditions[i].message);
    free(app->conditions);
    packed_unref(app->history);
    packed_unref(app->inherited);
    strvec_clear(&app->ended_jobs);
    json_decref(app->finalizers);
    json_decref(app->requested);
    free(app->control_namespace);
    free(app->namespace);
    free(app->name);
    free(app->instance);
    free(app->qualified);
    free(app->uid);
    free(app->version);
    free(app->spec_error);
    project_unref(app->project);
    free(app->refusal);
    free(app->shut);
    free(app->deletion_failure);
    signing_free(app->signing);
    free(app->source_error);
    remotes_free(app->remotes);
    free(app->render_error);
    free(app->status_error);
    free(app->health_message);
    interned_unref(app->status_shape);
    free(app->told.deletion);
    free(app->event_limit);
    free(app);
}
