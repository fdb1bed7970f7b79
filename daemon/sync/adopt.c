/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/adopt.h"

#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"
#include "lib/kube/field_set.h"

#define ATTEMPTS 5

/* What the API server calls whoever wrote an object before anything was tracked: it owns every
 * field, defaults included, so that it is never moved as a whole. */
#define BEFORE_FIRST_APPLY "before-first-apply"

/* Did we write the whole object otherwise than by an apply: as a hook, or in another's place? Then
 * its mark is ours. What we change of single fields is not meant. */
static bool is_own_update(const json_t *entry)
{
    const json_t *metadata = json_object_get(json_object_get(entry, "fieldsV1"), "f:metadata");

    return streq(object_string(entry, "manager"), FIELD_MANAGER) &&
           streq(object_string(entry, "operation"), "Update") &&
           json_object_get(json_object_get(metadata, "f:annotations"), "f:" TRACKING_ANNOTATION);
}

/* Does this entry belong to a tool that applies whole manifests, as we do? */
static bool is_applier(const json_t *entry)
{
    static const char *const managers[] = {
        "kubectl-client-side-apply",     "kubectl", "argocd-controller",
        "argocd-application-controller", "helm",    "helm-controller",
        "kustomize-controller",          "flux",    BEFORE_FIRST_APPLY,
    };
    const char *manager = object_string(entry, "manager");

    if (*object_string(entry, "subresource"))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(managers); i++)
        if (streq(manager, managers[i]))
            return true;
    return is_own_update(entry);
}

static bool is_ours(const json_t *entry)
{
    return streq(object_string(entry, "manager"), FIELD_MANAGER) &&
           streq(object_string(entry, "operation"), "Apply") &&
           !*object_string(entry, "subresource");
}

static const json_t *entries_of(const json_t *live)
{
    return json_object_get(json_object_get(live, "metadata"), "managedFields");
}

static const json_t *our_entry(const json_t *entries)
{
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)entries, i, entry)
        if (is_ours(entry))
            return entry;
    return NULL;
}

/* Which version's fields are moved: sets of two versions cannot be joined. NULL: nothing to move.
 */
static const char *version_to_move(const json_t *entries, const char *api_version)
{
    const json_t *ours = our_entry(entries);
    const char *found = NULL;
    size_t i;
    json_t *entry;

    if (ours)
        api_version = object_string(ours, "apiVersion");
    json_array_foreach ((json_t *)entries, i, entry) {
        const char *version = object_string(entry, "apiVersion");

        if (!is_applier(entry) || streq(object_string(entry, "manager"), BEFORE_FIRST_APPLY))
            continue;
        if (streq(version, api_version))
            return version;
        found = found || ours ? found : version;
    }
    return found;
}

/* Both operations replace, so that the server refuses the patch when the object has changed. */
static json_t *patch_of(const json_t *live, json_t *entries)
{
    return json_pack("[{s:s, s:s, s:o}, {s:s, s:s, s:s}]", "op", "replace", "path",
                     "/metadata/managedFields", "value", entries, "op", "replace", "path",
                     "/metadata/resourceVersion", "value",
                     object_meta_string(live, "resourceVersion"));
}

/* Append a copy of the entry that owns these fields only (taken); none, when there are none. */
static void keep_entry(json_t *out, const json_t *entry, json_t *fields)
{
    json_t *copy;

    if (json_object_size(fields) == 0) {
        json_decref(fields);
        return;
    }
    copy = json_copy((json_t *)entry);
    json_object_set_new(copy, "fieldsV1", fields);
    json_array_append_new(out, copy);
}

/* Without the status, which nobody declares: as ours it would be removed. */
static json_t *movable_fields(const json_t *entry)
{
    json_t *fields = json_copy(json_object_get(entry, "fieldsV1"));

    json_object_del(fields, "f:status");
    return fields;
}

static json_t *status_fields(const json_t *entry)
{
    json_t *status = json_object_get(json_object_get(entry, "fieldsV1"), "f:status");

    return status ? json_pack("{s:O}", "f:status", status) : json_object();
}

static bool is_moved(const json_t *entry, const char *version)
{
    return is_applier(entry) && !streq(object_string(entry, "manager"), BEFORE_FIRST_APPLY) &&
           streq(object_string(entry, "apiVersion"), version);
}

static json_t *joined_fields(const json_t *entries, const char *version)
{
    json_t *joined = json_object();
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)entries, i, entry) {
        cleanup_json json_t *fields = NULL;
        cleanup_json json_t *former = NULL;

        if (!is_moved(entry, version) && !is_ours(entry))
            continue;
        fields = movable_fields(entry);
        former = joined;
        joined = field_set_union(former, fields);
    }
    return joined;
}

json_t *adopt_patch_move(const json_t *live, const char *api_version)
{
    const json_t *entries = entries_of(live);
    const char *version = version_to_move(entries, api_version);
    json_t *joined;
    json_t *out;
    size_t i;
    json_t *entry;

    if (!version)
        return NULL;
    joined = joined_fields(entries, version);
    out = json_array();
    json_array_foreach ((json_t *)entries, i, entry) {
        if (is_ours(entry))
            continue;
        if (is_moved(entry, version))
            keep_entry(out, entry, status_fields(entry));
        else if (is_applier(entry) && streq(object_string(entry, "apiVersion"), version))
            keep_entry(out, entry, field_set_subtract(json_object_get(entry, "fieldsV1"), joined));
        else
            json_array_append(out, entry);
    }
    json_array_append_new(out,
                          json_pack("{s:s, s:s, s:s, s:s*, s:s, s:o}", "manager", FIELD_MANAGER,
                                    "operation", "Apply", "apiVersion", version, "time", NULL,
                                    "fieldsType", "FieldsV1", "fieldsV1", joined));
    return patch_of(live, out);
}

json_t *adopt_patch_share(const json_t *live)
{
    const json_t *entries = entries_of(live);
    const json_t *ours = our_entry(entries);
    bool shared = false;
    json_t *out;
    size_t i;
    json_t *entry;

    if (!ours)
        return NULL;
    out = json_array();
    json_array_foreach ((json_t *)entries, i, entry) {
        json_t *fields = json_object_get(entry, "fieldsV1");
        json_t *rest;

        if (!is_applier(entry) ||
            !streq(object_string(entry, "apiVersion"), object_string(ours, "apiVersion"))) {
            json_array_append(out, entry);
            continue;
        }
        rest = field_set_subtract(fields, json_object_get(ours, "fieldsV1"));
        shared = shared || !json_equal(rest, fields);
        keep_entry(out, entry, rest);
    }
    if (shared)
        return patch_of(live, out);
    json_decref(out);
    return NULL;
}

/* ---- on the wire: GET -> PATCH -> done; a conflict starts over ---- */

struct adoption {
    struct kube_client *client;
    struct kube_discovery *discovery; /* holds `resource` */
    const struct kube_resource *resource;
    char *namespace;
    char *name;
    char *api_version;
    unsigned attempts;
    adopt_done_fn *done;
    void *arg;
};

static void look(struct adoption *a);

static void finish(struct adoption *a, const json_t *live, const struct error *err)
{
    bool is_absent = err && error_kind(err) == ERROR_NOT_FOUND;

    a->done(a->arg, live, is_absent ? NULL : err);
    kube_discovery_unref(a->discovery);
    free(a->namespace);
    free(a->name);
    free(a->api_version);
    free(a);
}

static void on_moved(void *arg, const json_t *live, const struct error *err)
{
    struct adoption *a = arg;

    if (err && error_kind(err) == ERROR_CONFLICT && ++a->attempts < ATTEMPTS)
        look(a);
    else
        finish(a, live, err);
}

static void on_seen(void *arg, const json_t *live, const struct error *err)
{
    struct adoption *a = arg;
    cleanup_json json_t *patch = live ? adopt_patch_move(live, a->api_version) : NULL;

    if (patch)
        kube_json_patch(a->client, a->resource, a->namespace, a->name, patch, on_moved, a);
    else
        finish(a, live, err);
}

static void look(struct adoption *a)
{
    kube_get(a->client, a->resource, a->namespace, a->name, on_seen, a);
}

void adopt_start(struct kube_client *client, struct kube_discovery *d,
                 const struct kube_resource *r, const char *ns, const char *name,
                 const char *api_version, adopt_done_fn *done, void *arg)
{
    struct adoption *a = xcalloc(1, sizeof(*a));

    *a = (struct adoption){.client = client,
                           .discovery = kube_discovery_ref(d),
                           .resource = r,
                           .namespace = xstrdup(ns),
                           .name = xstrdup(name),
                           .api_version = xstrdup(api_version),
                           .done = done,
                           .arg = arg};
    look(a);
}
