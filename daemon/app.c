/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app.h"

#include "daemon/identity.h"
#include "lib/base/hash.h"
#include "lib/base/time.h"

#define DEFAULT_BACKOFF_MS 5000
#define DEFAULT_BACKOFF_FACTOR 2.0
#define DEFAULT_BACKOFF_MAX_MS 180000
#define DEFAULT_HISTORY_LIMIT 10
#define MIN_BACKOFF_MS 1000 /* "0s" would try without a pause */
#define FINALIZER_CASCADE "resources-finalizer.argocd.argoproj.io"

const char *app_state_name(enum app_state state)
{
    static const char *const names[] = {
        [APP_INVALID] = "invalid", [APP_SOURCE] = "source",     [APP_RENDER] = "render",
        [APP_REMOTE] = "remote",   [APP_BROKEN] = "broken",     [APP_OBSERVE] = "observe",
        [APP_RECORD] = "record",   [APP_SYNC] = "sync",         [APP_BACKOFF] = "backoff",
        [APP_IDLE] = "idle",       [APP_DELETING] = "deleting",
    };

    return names[state];
}

/* ---- spec ---- */

static char *dup_string(const json_t *object, const char *field, const char *fallback)
{
    const char *s = json_string_value(json_object_get(object, field));

    return xstrdup(s && *s ? s : fallback);
}

static bool has_option(const json_t *options, const char *option)
{
    size_t i;
    const json_t *item;

    json_array_foreach (options, i, item) {
        if (streq(json_string_value(item), option))
            return true;
    }
    return false;
}

static int parse_backoff(struct app_spec *spec, const json_t *retry, struct error **err)
{
    const json_t *backoff = json_object_get(retry, "backoff");
    const char *duration = json_string_value(json_object_get(backoff, "duration"));
    const char *max = json_string_value(json_object_get(backoff, "maxDuration"));
    const json_t *factor = json_object_get(backoff, "factor");

    if (duration && duration_parse(duration, &spec->backoff_ms, err) < 0)
        return error_wrap(err, "spec.syncPolicy.retry.backoff.duration");
    if (max && duration_parse(max, &spec->backoff_max_ms, err) < 0)
        return error_wrap(err, "spec.syncPolicy.retry.backoff.maxDuration");
    if (spec->backoff_ms < MIN_BACKOFF_MS)
        spec->backoff_ms = MIN_BACKOFF_MS;
    if (json_is_integer(factor) && json_integer_value(factor) >= 1)
        spec->backoff_factor = (double)json_integer_value(factor);
    return 0;
}

static void parse_sync_policy(struct app_spec *spec, const json_t *policy)
{
    const json_t *automated = json_object_get(policy, "automated");

    if (json_is_object(automated) && !json_is_false(json_object_get(automated, "enabled"))) {
        spec->automated = true;
        spec->prune = json_is_true(json_object_get(automated, "prune"));
        spec->self_heal = json_is_true(json_object_get(automated, "selfHeal"));
        spec->allow_empty = json_is_true(json_object_get(automated, "allowEmpty"));
    }
    spec->create_namespace =
        has_option(json_object_get(policy, "syncOptions"), "CreateNamespace=true");
    spec->respect_ignored =
        has_option(json_object_get(policy, "syncOptions"), "RespectIgnoreDifferences=true");
}

/* A null or empty text is what a template leaves behind: as good as absent. */
static bool is_set(const json_t *object, const char *field)
{
    const json_t *value = json_object_get(object, field);

    return value && !json_is_null(value) && !streq(json_string_value(value), "");
}

/* What a source may ask for and this version cannot do: refused, never ignored. */
static int refuse_unsupported(const json_t *source, struct error **err)
{
    static const char *const fields[] = {"chart", "helm", "plugin", "ref"};
    const json_t *kustomize = json_object_get(source, "kustomize");

    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (is_set(source, fields[i]))
            return error_set(err, ERROR_UNSUPPORTED,
                             "spec.source.%s is not supported: render the manifests into the "
                             "repository, as a kustomize or a plain directory",
                             fields[i]);
    if (json_is_object(kustomize) && json_object_size(kustomize) > 0)
        return error_set(err, ERROR_UNSUPPORTED,
                         "spec.source.kustomize.%s is not supported yet: write it into the "
                         "kustomization file",
                         json_object_iter_key(json_object_iter((json_t *)kustomize)));
    if (is_set(json_object_get(source, "directory"), "jsonnet"))
        return error_set(err, ERROR_UNSUPPORTED,
                         "spec.source.directory.jsonnet is not supported: render the manifests "
                         "into the repository");
    return 0;
}

static int parse_source(struct app_spec *spec, const json_t *source, struct error **err)
{
    const json_t *directory = json_object_get(source, "directory");
    size_t len;

    spec->repo_url = dup_string(source, "repoURL", "");
    spec->path = dup_string(source, "path", "");
    spec->target_revision = dup_string(source, "targetRevision", "HEAD");
    spec->dir_explicit = json_is_object(directory) && json_object_size(directory) > 0;
    spec->dir_recurse = json_is_true(json_object_get(directory, "recurse"));
    spec->dir_include = dup_string(directory, "include", "");
    spec->dir_exclude = dup_string(directory, "exclude", "");
    spec->source = source ? json_deep_copy(source) : json_object();
    if (refuse_unsupported(source, err) < 0)
        return -1;
    if (!*spec->repo_url || !*spec->path)
        return error_set(
            err, ERROR_INVALID,
            "spec.source.repoURL and either spec.source.path or spec.source.chart are required");
    if (*spec->path == '/')
        return error_set(err, ERROR_INVALID, "spec.source.path \"%s\": app path is absolute",
                         spec->path);
    len = strlen(spec->path);
    while (len > 1 && spec->path[len - 1] == '/')
        spec->path[--len] = '\0';
    return 0;
}

static int parse_destination(struct app_spec *spec, const json_t *destination, struct error **err)
{
    size_t len;

    spec->dest_server = dup_string(destination, "server", "");
    spec->dest_name = dup_string(destination, "name", "");
    spec->dest_namespace = dup_string(destination, "namespace", "");
    spec->destination = destination ? json_deep_copy(destination) : json_object();
    len = strlen(spec->dest_server);
    if (len && spec->dest_server[len - 1] == '/')
        spec->dest_server[len - 1] = '\0';
    if (*spec->dest_server && *spec->dest_name)
        return error_set(err, ERROR_INVALID,
                         "spec.destination: server \"%s\" and name \"%s\" exclude each other",
                         spec->dest_server, spec->dest_name);
    if (!*spec->dest_server && !*spec->dest_name)
        return error_set(err, ERROR_INVALID,
                         "spec.destination: one of server and name is required "
                         "(https://kubernetes.default.svc is this cluster)");
    return 0;
}

struct app_spec *app_spec_parse(const json_t *application, struct error **err)
{
    const json_t *body = json_object_get(application, "spec");
    const json_t *policy = json_object_get(body, "syncPolicy");
    const json_t *limit = json_object_get(body, "revisionHistoryLimit");
    struct app_spec *spec = xcalloc(1, sizeof(*spec));

    spec->backoff_ms = DEFAULT_BACKOFF_MS;
    spec->backoff_factor = DEFAULT_BACKOFF_FACTOR;
    spec->backoff_max_ms = DEFAULT_BACKOFF_MAX_MS;
    spec->history_limit =
        json_is_integer(limit) ? json_integer_value(limit) : DEFAULT_HISTORY_LIMIT;
    if (spec->history_limit < 0)
        spec->history_limit = 0;
    spec->project = dup_string(body, "project", "default");
    if (json_array_size(json_object_get(body, "ignoreDifferences")))
        spec->ignore_differences = json_deep_copy(json_object_get(body, "ignoreDifferences"));
    parse_sync_policy(spec, policy);
    if (json_array_size(json_object_get(body, "sources")) > 0 || is_set(body, "sourceHydrator")) {
        error_set(err, ERROR_UNSUPPORTED,
                  "spec.%s is not supported yet: use one spec.source for each Application",
                  is_set(body, "sourceHydrator") ? "sourceHydrator" : "sources");
        goto fail;
    }
    if (parse_source(spec, json_object_get(body, "source"), err) < 0 ||
        parse_destination(spec, json_object_get(body, "destination"), err) < 0 ||
        parse_backoff(spec, json_object_get(policy, "retry"), err) < 0)
        goto fail;
    return spec;

fail:
    app_spec_free(spec);
    return NULL;
}

void app_spec_free(struct app_spec *spec)
{
    if (!spec)
        return;
    free(spec->project);
    free(spec->repo_url);
    free(spec->path);
    free(spec->target_revision);
    free(spec->dest_server);
    free(spec->dest_name);
    free(spec->dest_namespace);
    free(spec->dir_include);
    free(spec->dir_exclude);
    json_decref(spec->source);
    json_decref(spec->destination);
    json_decref(spec->ignore_differences);
    free(spec);
}

/* ---- the application ---- */

void app_operation_clear(struct app_operation *op)
{
    for (size_t i = 0; i < op->result_count; i++) {
        struct sync_result *r = &op->results[i];

        free(r->key);
        free(r->group);
        free(r->version);
        free(r->kind);
        free(r->namespace);
        free(r->name);
        free(r->message);
    }
    free(op->results);
    free(op->message);
    json_decref(op->source);
    *op = (struct app_operation){0};
}

static char *instance_name(const char *control_namespace, const char *ns, const char *name)
{
    return streq(ns, control_namespace) || !*ns ? xstrdup(name) : xasprintf("%s_%s", ns, name);
}

/* A restart takes up where the last process left off: history, inventory and what was synced. */
static void load_status(struct app *app, const json_t *status)
{
    const json_t *operation = json_object_get(status, "operationState");
    const char *phase = json_string_value(json_object_get(operation, "phase"));
    const json_t *result = json_object_get(operation, "syncResult");
    const char *revision = json_string_value(json_object_get(result, "revision"));
    const json_t *history = json_object_get(status, "history");
    const json_t *item;
    size_t i;

    if (json_is_array(history)) {
        json_decref(app->history);
        app->history = json_deep_copy(history);
    }
    json_array_foreach (json_object_get(status, "resources"), i, item) {
        cleanup_free char *kind =
            xasprintf("%s/%s", object_string(item, "group"), object_string(item, "kind"));

        map_set(&app->owned_kinds, kind, app);
        app->prune_owed |= json_is_true(json_object_get(item, "requiresPruning"));
    }
    if (app->owned_kinds.count)
        app->inherited = json_deep_copy(json_object_get(status, "resources"));
    app->recorded_kinds = app->owned_kinds.count;
    if (streq(phase, "Running") && revision && strlen(revision) == GIT_OID_HEX_BYTES - 1) {
        cleanup_error struct error *err = NULL;

        app->op.phase = "Running";
        app->op.source = json_incref(json_object_get(result, "source"));
        strcpy(app->op.revision, revision);
        app->op.automated = json_is_true(json_object_get(
            json_object_get(json_object_get(operation, "operation"), "initiatedBy"), "automated"));
        if (time_parse_rfc3339(object_string(operation, "startedAt"), &app->op.started_ms, &err) <
            0)
            app->op.started_ms = time_wall_ms();
    }
    if (streq(phase, "Succeeded") && revision && strlen(revision) == GIT_OID_HEX_BYTES - 1 &&
        app->spec && json_equal(json_object_get(result, "source"), app->spec->source)) {
        strcpy(app->synced, revision);
        app->synced_spec = app->spec_hash;
        app->synced_before = true;
    }
}

struct app *app_new(struct daemon *d, const char *control_namespace, const json_t *application,
                    bool from_file)
{
    struct app *app = xcalloc(1, sizeof(*app));

    app->daemon = d;
    app->from_file = from_file;
    app->namespace = xstrdup(object_meta_string(application, "namespace"));
    if (!*app->namespace && from_file) {
        free(app->namespace);
        app->namespace = xstrdup(control_namespace);
    }
    app->name = xstrdup(object_meta_string(application, "name"));
    app->instance = instance_name(control_namespace, app->namespace, app->name);
    app->qualified = xasprintf("%s/%s", app->namespace, app->name);
    app->history = json_array();
    app->health = HEALTH_UNKNOWN;
    app->state = APP_SOURCE;
    app_update(app, application);
    if (!from_file)
        load_status(app, json_object_get(application, "status"));
    return app;
}

void app_free(struct app *app)
{
    if (!app)
        return;
    app_spec_free(app->spec);
    app_operation_clear(&app->op);
    desired_set_free(app->desired);
    ignore_rules_unref(app->ignore);
    tree_record_free(app->record);
    map_clear(&app->tracked);
    map_clear(&app->owned_kinds);
    for (size_t i = 0; i < app->condition_count; i++)
        free(app->conditions[i].message);
    free(app->conditions);
    json_decref(app->history);
    json_decref(app->inherited);
    json_decref(app->finalizers);
    json_decref(app->requested);
    free(app->namespace);
    free(app->name);
    free(app->instance);
    free(app->qualified);
    free(app->uid);
    free(app->version);
    free(app->spec_error);
    free(app->source_error);
    remotes_free(app->remotes);
    free(app->render_error);
    free(app->status_error);
    free(app);
}

bool app_is_gone(struct app *app)
{
    if (!app->removed)
        return false;
    if (!app->run && !app->render_running && !app->fetching)
        app_free(app);
    return true;
}

static void read_metadata(struct app *app, const json_t *application)
{
    const json_t *metadata = json_object_get(application, "metadata");
    const json_t *finalizers = json_object_get(metadata, "finalizers");
    const json_t *item;
    size_t i;

    free(app->uid);
    free(app->version);
    app->uid = xstrdup(object_meta_string(application, "uid"));
    app->version = xstrdup(object_meta_string(application, "resourceVersion"));
    app->compare =
        compare_options_parse(object_annotation(application, COMPARE_OPTIONS_ANNOTATION));
    if (app->from_file) /* as exported from a cluster, perhaps: what it says there means nothing */
        return;
    app->deleting = *object_meta_string(application, "deletionTimestamp") != '\0';
    app->cascade = app->foreground = false;
    json_array_foreach (finalizers, i, item) {
        const char *name = json_string_value(item);

        if (!name || !str_has_prefix(name, FINALIZER_CASCADE))
            continue;
        app->cascade = true;
        app->foreground = str_has_suffix(name, "/foreground");
    }
    json_decref(app->finalizers);
    app->finalizers = finalizers ? json_deep_copy(finalizers) : NULL;
    app->refresh_asked = *object_annotation(application, "argocd.argoproj.io/refresh") != '\0';
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

bool app_update_ignore(struct app *app, const json_t *system)
{
    struct ignore_rules *now =
        ignore_rules_new(app->spec ? app->spec->ignore_differences : NULL, system, app->desired);
    bool changed = ignore_rules_hash(now) != ignore_rules_hash(app->ignore);

    ignore_rules_unref(app->ignore);
    app->ignore = now;
    return changed;
}

/* ---- conditions ---- */

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
