/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/request.h"

#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

#define ID_NAME "gitopsctl" /* of the entry in operation.info */

static const char *name_of(const json_t *app)
{
    return object_meta_string(app, "name");
}

static const json_t *policy_of(const json_t *app)
{
    return json_object_get(json_object_get(app, "spec"), "syncPolicy");
}

static const json_t *state_of(const json_t *app)
{
    return json_object_get(json_object_get(app, "status"), "operationState");
}

/* ---- parts of an operation ---- */

int request_add_resource(json_t **list, const char *text, struct error **err)
{
    const char *kind = strchr(text, ':');
    const char *name = kind ? strchr(kind + 1, ':') : NULL;
    const char *slash = name ? strchr(name + 1, '/') : NULL;
    json_t *entry;

    if (!name || name == kind + 1 || strchr(name + 1, ':') || !*(slash ? slash + 1 : name + 1) ||
        (slash && (slash == name + 1 || strchr(slash + 1, '/'))))
        return error_set(
            err, ERROR_INVALID,
            "--resource %s: must be GROUP:KIND:NAMESPACE/NAME or GROUP:KIND:NAME, such "
            "as apps:Deployment:shop/web; the core group is empty (:Service:shop/web)",
            text);
    entry = json_pack("{s:s%, s:s%, s:s}", "group", text, (size_t)(kind - text), "kind", kind + 1,
                      (size_t)(name - kind - 1), "name", slash ? slash + 1 : name + 1);
    if (slash)
        json_object_set_new(entry, "namespace", json_stringn(name + 1, (size_t)(slash - name - 1)));
    if (!*list)
        *list = json_array();
    json_array_append_new(*list, entry);
    return 0;
}

/* "by USER", "by the automation". Heap string. */
static char *asked_by(const json_t *operation)
{
    const json_t *by = json_object_get(operation, "initiatedBy");
    const char *user = object_string(by, "username");

    if (json_is_true(json_object_get(by, "automated")))
        return xstrdup("of the automation");
    return *user ? xasprintf("that %s asked for", user) : xstrdup("that somebody asked for");
}

/* Only what is in .operation counts: one of gitopsd's own automation gives way to a person. */
static int refuse_second(const json_t *app, struct error **err)
{
    const json_t *operation = json_object_get(app, "operation");
    const char *message = object_string(state_of(app), "message");
    cleanup_free char *by = NULL;

    if (!json_is_object(operation))
        return 0;
    by = asked_by(operation);
    return error_set(
        err, ERROR_CONFLICT,
        "%s: another operation is under way, one %s%s%s%s; wait for it (gitopsctl wait "
        "%s --for operation) or end it (gitopsctl sync %s --terminate)",
        name_of(app), by, *message ? " (" : "", message, *message ? ")" : "", name_of(app),
        name_of(app));
}

static int refuse_deleted(const json_t *app, struct error **err)
{
    if (!json_object_get(json_object_get(app, "metadata"), "deletionTimestamp"))
        return 0;
    return error_set(err, ERROR_INVALID, "%s is being deleted", name_of(app));
}

static bool is_automated(const json_t *app)
{
    const json_t *automated = json_object_get(policy_of(app), "automated");

    return json_is_object(automated) && !json_is_false(json_object_get(automated, "enabled"));
}

static void put_flag(json_t *sync, const char *field, bool is_set)
{
    if (is_set)
        json_object_set_new(sync, field, json_true());
}

static void copy_field(json_t *to, const json_t *from, const char *field)
{
    json_t *value = json_object_get(from, field);

    if (value && !json_is_null(value))
        json_object_set(to, field, value);
}

/* The operation around `sync`, which it takes. New reference. */
static json_t *operation_of(const json_t *app, const struct sync_request *r, json_t *sync)
{
    json_t *operation = json_pack("{s:{s:s}, s:[{s:s, s:s}], s:o}", "initiatedBy", "username",
                                  r->user, "info", "name", ID_NAME, "value", r->id, "sync", sync);

    put_flag(sync, "prune", r->prune);
    put_flag(sync, "dryRun", r->dry_run);
    copy_field(sync, policy_of(app), "syncOptions");
    copy_field(operation, policy_of(app), "retry");
    return operation;
}

/* ---- sync ---- */

static const char *target_of(const json_t *app)
{
    const json_t *spec = json_object_get(app, "spec");
    const char *target = object_string(json_object_get(spec, "source"), "targetRevision");

    return *target ? target : "HEAD";
}

/* The automation would undo it at once. */
static int refuse_revision(const json_t *app, const struct sync_request *r, struct error **err)
{
    if (!r->revision || r->dry_run || !is_automated(app) || streq(r->revision, target_of(app)))
        return 0;
    return error_set(err, ERROR_INVALID,
                     "%s: cannot sync to %s: it follows %s by itself; push to that, or suspend it "
                     "first (gitopsctl suspend %s)",
                     name_of(app), r->revision, target_of(app), name_of(app));
}

static int refuse_several(const json_t *app, const struct sync_request *r, struct error **err)
{
    if (!r->revision || !json_array_size(json_object_get(json_object_get(app, "spec"), "sources")))
        return 0;
    return error_set(
        err, ERROR_UNSUPPORTED,
        "%s has several sources: --revision cannot tell which of them is meant; change "
        "spec.sources[].targetRevision",
        name_of(app));
}

int request_sync(const json_t *app, const struct sync_request *r, json_t **out, struct error **err)
{
    json_t *sync;

    if (refuse_deleted(app, err) < 0 || refuse_second(app, err) < 0 ||
        refuse_several(app, r, err) < 0 || refuse_revision(app, r, err) < 0)
        return -1;
    sync =
        r->force ? json_pack("{s:{s:{s:b}}}", "syncStrategy", "hook", "force", 1) : json_object();
    if (r->revision)
        json_object_set_new(sync, "revision", json_string(r->revision));
    if (r->resources)
        json_object_set(sync, "resources", r->resources);
    *out = operation_of(app, r, sync);
    return 0;
}

/* ---- rollback ---- */

/* Of the history; NULL and *err: there is none. Borrowed. */
static const json_t *entry_of(const json_t *app, json_int_t id, struct error **err)
{
    const json_t *history = json_object_get(json_object_get(app, "status"), "history");
    size_t count = json_array_size(history);
    const json_t *entry;
    size_t i;

    if (id < 0 && count >= 2)
        return json_array_get(history, count - 2);
    json_array_foreach (history, i, entry)
        if (id >= 0 && json_integer_value(json_object_get(entry, "id")) == id)
            return entry;
    if (id < 0)
        error_set(err, ERROR_NOT_FOUND, "%s: its history holds nothing before what runs now",
                  name_of(app));
    else
        error_set(err, ERROR_NOT_FOUND,
                  "%s: its history has no entry %lld; gitopsctl history %s lists them",
                  name_of(app), (long long)id, name_of(app));
    return NULL;
}

static int refuse_automated(const json_t *app, const struct sync_request *r, struct error **err)
{
    if (r->dry_run || !is_automated(app))
        return 0;
    return error_set(err, ERROR_INVALID,
                     "%s follows %s by itself, which would undo the rollback: revert the commit "
                     "instead (git revert), or suspend it first (gitopsctl suspend %s)",
                     name_of(app), target_of(app), name_of(app));
}

int request_rollback(const json_t *app, json_int_t id, const struct sync_request *r, json_t **out,
                     struct error **err)
{
    static const char *const fields[] = {"revision", "revisions", "source", "sources"};
    const json_t *entry = entry_of(app, id, err);
    json_t *sync;

    if (!entry || refuse_deleted(app, err) < 0 || refuse_second(app, err) < 0 ||
        refuse_automated(app, r, err) < 0)
        return -1;
    /* As in Argo CD: no hooks, which belong to the way forward. */
    sync = json_pack("{s:{s:{s:b}}}", "syncStrategy", "apply", "force", r->force);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        copy_field(sync, entry, fields[i]);
    *out = operation_of(app, r, sync);
    return 0;
}

/* ---- the end of one ---- */

int request_terminate(const json_t *app, json_t **out, struct error **err)
{
    const char *phase = object_string(state_of(app), "phase");
    bool is_asked = json_is_object(json_object_get(app, "operation"));

    if (streq(phase, "Running"))
        *out = json_pack("{s:{s:{s:s}}}", "status", "operationState", "phase", "Terminating");
    else if (streq(phase, "Terminating"))
        return error_set(err, ERROR_CONFLICT, "%s: its operation is being ended already",
                         name_of(app));
    else if (is_asked) /* it has not begun */
        *out = json_pack("{s:n}", "operation");
    else
        return error_set(err, ERROR_NOT_FOUND, "%s: no operation is under way", name_of(app));
    return 0;
}

/* ---- following one ---- */

static bool has_id(const json_t *operation, const char *id)
{
    const json_t *info = json_object_get(operation, "info");
    const json_t *entry;
    size_t i;

    json_array_foreach (info, i, entry)
        if (streq(object_string(entry, "name"), ID_NAME) &&
            streq(object_string(entry, "value"), id))
            return true;
    return false;
}

const json_t *request_state(const json_t *app, const char *id)
{
    const json_t *state = state_of(app);

    return has_id(json_object_get(state, "operation"), id) ? state : NULL;
}

bool request_is_pending(const json_t *app, const char *id)
{
    return has_id(json_object_get(app, "operation"), id);
}

/* ---- the automation ---- */

int request_suspend(const json_t *app, bool suspend, json_t **out, struct error **err)
{
    const json_t *automated = json_object_get(policy_of(app), "automated");

    *out = NULL;
    if (!json_is_object(automated) && !suspend)
        return error_set(err, ERROR_NOT_FOUND,
                         "%s has no spec.syncPolicy.automated: it is synced by hand, and there is "
                         "nothing to resume",
                         name_of(app));
    if (!json_is_object(automated) || is_automated(app) != suspend)
        return 0;
    *out = json_pack("{s:{s:{s:{s:o}}}}", "spec", "syncPolicy", "automated", "enabled",
                     suspend ? json_false() : json_null());
    return 0;
}
