/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/registry.h"

#include "tests/sandbox/apply.h"
#include "tests/sandbox/convert.h"
#include "tests/sandbox/crd.h"
#include "tests/sandbox/crd_end.h"
#include "tests/sandbox/defaults.h"
#include "tests/sandbox/defaults_pod.h"
#include "tests/sandbox/managed.h"
#include "tests/sandbox/namespaces.h"
#include "tests/sandbox/prepare.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/validate.h"

json_t *registry_present(const struct kind *kind, const json_t *stored)
{
    cleanup_free char *api_version = kind_api_version(kind);
    const json_t *given = json_object_get(stored, "apiVersion");
    json_t *copy;

    if (streq(json_string_value(given), api_version))
        return json_incref((json_t *)stored);
    if (convert_is_needed(kind))
        return convert_from_stored(stored);
    copy = json_copy((json_t *)stored);
    json_object_set_new(copy, "apiVersion", json_string(api_version));
    return copy;
}

static void give(const struct kind *kind, const json_t *stored, json_t **out)
{
    if (out)
        *out = registry_present(kind, stored);
}

/* The kind that the objects of `kind` are stored as. */
static const struct kind *stored_kind(const struct sandbox *s, const struct kind *kind)
{
    return convert_is_needed(kind) ? kinds_of_collection(&s->kinds, kind->collection) : kind;
}

/* The end of a write: `*out`, which is as it is stored, as the client sees it. `code`. */
static int seen(const struct kind *kind, int code, json_t **out)
{
    json_t *stored = code == 0 && out ? *out : NULL;

    if (stored) {
        *out = registry_present(kind, stored);
        json_decref(stored);
    }
    return code;
}

/* ---- create ---- */

/* From what the client wants to a new object. Takes `object`. `is_tracked`: its managedFields are
 * made already. */
static int create(struct sandbox *s, const struct kind *kind, const char *ns, json_t *object,
                  const struct write_options *options, bool is_tracked, json_t **out,
                  json_t **refused)
{
    cleanup_json json_t *mine = object;
    const char *name;

    if (prepare_new(kind, mine, refused) < 0)
        return -1;
    name = object_meta(mine, "name");
    if (crd_end_admit(s, kind, name, refused) < 0 ||
        (ns && namespaces_admit(s, kind, ns, name, refused) < 0))
        return -1;
    defaults_apply(s, kind, mine);
    if (validate_new(kind, mine, refused) < 0)
        return -1;
    if (store_find(kind->collection, ns, name))
        return refuse_exists(refused, kind, name);
    if (!is_tracked)
        managed_track(kind, NULL, mine, options);
    defaults_admitted(kind, mine);
    if (crd_admit(kind, mine, refused) < 0)
        return -1;
    give(kind, mine, out);
    if (!options->dry_run)
        crd_changed(s, kind, store_write(s->store, kind->collection, TAKE(mine)));
    return 0;
}

int registry_create(struct sandbox *s, const struct kind *kind, const char *ns, json_t *object,
                    const struct write_options *options, json_t **out, json_t **refused)
{
    cleanup_json json_t *mine = object;

    if (prepare_identity(kind, ns, NULL, mine, refused) < 0)
        return -1;
    if (*object_meta(mine, "resourceVersion"))
        return refuse(refused, 500, NULL, NULL,
                      "resourceVersion should not be set on objects to be created");
    prepare_nulls(kind, mine);
    if (prepare_fields(kind, mine, options, refused) < 0)
        return -1;
    if (convert_is_needed(kind))
        mine = convert_to_stored(mine, NULL);
    return seen(kind, create(s, stored_kind(s, kind), ns, TAKE(mine), options, false, out, refused),
                out);
}

/* ---- update ---- */

static int check_preconditions(const struct kind *kind, const json_t *old, const json_t *object,
                               const char *name, json_t **refused)
{
    const char *version = object_meta(object, "resourceVersion");
    const char *uid = object_meta(object, "uid");

    if (*version && !streq(version, "0") && !streq(version, object_meta(old, "resourceVersion")))
        return refuse_stale(refused, kind, name);
    if (*uid && !streq(uid, object_meta(old, "uid"))) {
        cleanup_free char *why =
            xasprintf("Precondition failed: UID in precondition: %s, UID in object meta: %s", uid,
                      object_meta(old, "uid"));

        return refuse_conflict(refused, kind, name, why);
    }
    return 0;
}

/* Nobody keeps it any more: what was asked for happens. */
static bool is_released(const json_t *object)
{
    const json_t *meta = json_object_get(object, "metadata");

    return json_object_get(meta, "deletionTimestamp") &&
           json_array_size(json_object_get(meta, "finalizers")) == 0 &&
           json_integer_value(json_object_get(meta, "deletionGracePeriodSeconds")) == 0 &&
           json_array_size(json_object_get(json_object_get(object, "spec"), "finalizers")) == 0;
}

/* The end of every change. Takes `object`. */
static void commit(struct sandbox *s, const struct kind *kind, const json_t *old, json_t *object,
                   const struct write_options *options, json_t **out)
{
    cleanup_json json_t *mine = object;

    if (is_released(mine) && !is_released(old)) {
        give(kind, mine, out);
        if (!options->dry_run) {
            registry_remove(s, kind, mine);
            crd_end_after(s, kind);
        }
        return;
    }
    if (json_equal(mine, old)) {
        give(kind, old, out);
        return;
    }
    if (!options->dry_run)
        old = store_write(s->store, kind->collection, TAKE(mine));
    else
        old = mine;
    give(kind, old, out);
    if (!options->dry_run)
        crd_changed(s, kind, old);
}

/* From what the client wants of an object to the change. Takes `object`. */
static int change(struct sandbox *s, const struct kind *kind, const json_t *old, json_t *object,
                  const struct write_options *options, bool is_tracked, json_t **out,
                  json_t **refused)
{
    cleanup_json json_t *mine = object;

    defaults_keep(kind, old, mine);
    defaults_apply(s, kind, mine);
    if (prepare_changed(kind, old, mine, options->subresource, refused) < 0 ||
        validate_changed(kind, old, mine, refused) < 0)
        return -1;
    if (!is_tracked)
        managed_track(kind, old, mine, options);
    apply_settle(old, mine);
    if (crd_admit(kind, mine, refused) < 0)
        return -1;
    commit(s, kind, old, TAKE(mine), options, out);
    return 0;
}

int registry_update(struct sandbox *s, const struct kind *kind, const char *ns, const char *name,
                    json_t *object, const struct write_options *options, json_t **out,
                    bool *created, json_t **refused)
{
    cleanup_json json_t *mine = object;
    cleanup_json json_t *old = json_incref((json_t *)store_find(kind->collection, ns, name));

    if (prepare_identity(kind, ns, name, mine, refused) < 0)
        return -1;
    if (!old && kind_has(kind, KIND_CREATED_BY_UPDATE) && !*object_meta(mine, "resourceVersion")) {
        if (created)
            *created = true;
        return registry_create(s, kind, ns, TAKE(mine), options, out, refused);
    }
    if (!old)
        return refuse_not_found(refused, kind, name);
    prepare_nulls(kind, mine);
    if (check_preconditions(kind, old, mine, name, refused) < 0 ||
        prepare_fields(kind, mine, options, refused) < 0)
        return -1;
    if (kind_has(kind, KIND_MUST_NAME_VERSION) && !*object_meta(mine, "resourceVersion")) {
        json_t *causes = json_array();

        cause_add(causes, "FieldValueInvalid", "metadata.resourceVersion",
                  "0: must be specified for an update");
        return refuse_invalid(refused, kind, name, causes);
    }
    if (convert_is_needed(kind))
        mine = convert_to_stored(mine, old);
    return seen(
        kind, change(s, stored_kind(s, kind), old, TAKE(mine), options, false, out, refused), out);
}

/* ---- apply ---- */

int registry_apply(struct sandbox *s, const struct kind *kind, const char *ns, const char *name,
                   json_t *object, const struct write_options *options, json_t **out, bool *created,
                   json_t **refused)
{
    cleanup_json json_t *mine = object;
    cleanup_json json_t *old = json_incref((json_t *)store_find(kind->collection, ns, name));
    const struct kind *stored = stored_kind(s, kind);
    cleanup_json json_t *merged = NULL;

    if (prepare_identity(kind, ns, name, mine, refused) < 0)
        return -1;
    if (!old && options->subresource && *options->subresource)
        return refuse_not_found(refused, kind, name);
    if (!old && *object_meta(mine, "uid"))
        return refuse_conflict(refused, kind, name,
                               "uid mismatch: the provided object specified a uid, and no existing "
                               "object was found");
    if (old && check_preconditions(kind, old, mine, name, refused) < 0)
        return -1;
    if (convert_is_needed(kind)) {
        if (prepare_fields(kind, mine, options, refused) < 0)
            return -1;
        mine = convert_to_stored(mine, NULL);
    }
    if (managed_apply(stored, old, mine, options, &merged, refused) < 0 ||
        prepare_fields(stored, merged, options, refused) < 0)
        return -1;
    if (created)
        *created = !old;
    return seen(kind,
                old ? change(s, stored, old, TAKE(merged), options, true, out, refused)
                    : create(s, stored, ns, TAKE(merged), options, true, out, refused),
                out);
}
