/* SPDX-License-Identifier: Apache-2.0 */
/* How objects end: at once, when their finalizers are gone, or when what runs them has ended. */
#include "lib/base/time.h"
#include "tests/sandbox/crd.h"
#include "tests/sandbox/crd_end.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/registry.h"

#define POD_GRACE_S 30
#define FOREGROUND "foregroundDeletion"
#define ORPHAN "orphan"

void registry_remove(struct sandbox *s, const struct kind *kind, const json_t *last)
{
    json_t *final = json_deep_copy(last);

    store_remove(s->store, kind->collection, object_meta(last, "namespace"),
                 object_meta(last, "name"), final);
    crd_changed(s, kind, NULL);
}

static int check_preconditions(const struct kind *kind, const json_t *old, const char *name,
                               const struct delete_options *options, json_t **refused)
{
    const char *uid = object_meta(old, "uid"), *version = object_meta(old, "resourceVersion");
    cleanup_free char *why = NULL;

    if (options->uid && !streq(options->uid, uid))
        why = xasprintf("the UID in the precondition (%s) does not match the UID in record (%s). "
                        "The object might have been deleted and then recreated",
                        options->uid, uid);
    else if (options->resource_version && !streq(options->resource_version, version))
        why = xasprintf("the ResourceVersion in the precondition (%s) does not match the "
                        "ResourceVersion in record (%s). The object might have been modified",
                        options->resource_version, version);
    return why ? refuse_precondition(refused, kind, name, why) : 0;
}

static bool remove_text(json_t *array, const char *text)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (streq(json_string_value(json_array_get(array, i)), text)) {
            json_array_remove(array, i);
            return true;
        }
    return false;
}

static void add_finalizer(json_t *meta, const char *name)
{
    json_t *finalizers = json_object_get(meta, "finalizers");

    if (!finalizers) {
        finalizers = json_array();
        json_object_set_new(meta, "finalizers", finalizers);
    }
    remove_text(finalizers, name);
    json_array_append_new(finalizers, json_string(name));
}

/* The finalizers that stand for what happens to the dependents. */
static void set_propagation(const struct kind *kind, json_t *meta, const char *propagation)
{
    json_t *finalizers = json_object_get(meta, "finalizers");

    if (!propagation)
        propagation = kind_has(kind, KIND_ORPHANS) ? "Orphan" : "Background";
    remove_text(finalizers, FOREGROUND);
    remove_text(finalizers, ORPHAN);
    if (streq(propagation, "Foreground"))
        add_finalizer(meta, FOREGROUND);
    if (streq(propagation, "Orphan"))
        add_finalizer(meta, ORPHAN);
    if (finalizers && json_array_size(finalizers) == 0)
        json_object_del(meta, "finalizers");
}

/* A Pod that runs somewhere ends there first; a Namespace when it is empty. */
static unsigned grace_s(const struct kind *kind, const json_t *object)
{
    const json_t *spec = json_object_get(object, "spec");
    const char *phase =
        json_string_value(json_object_get(json_object_get(object, "status"), "phase"));
    const json_t *grace = json_object_get(spec, "terminationGracePeriodSeconds");

    if (!streq(kind->kind, "Pod") || *kind->group || !json_object_get(spec, "nodeName") ||
        streq(phase, "Succeeded") || streq(phase, "Failed"))
        return 0;
    return grace ? (unsigned)json_integer_value(grace) : POD_GRACE_S;
}

static bool has_spec_finalizers(const json_t *object)
{
    return json_array_size(json_object_get(json_object_get(object, "spec"), "finalizers")) > 0;
}

static bool is_definition(const struct kind *kind)
{
    return streq(kind->kind, "CustomResourceDefinition") && !kind_is_custom(kind);
}

/* It is to end: from now on it only waits. */
static json_t *mark(const struct kind *kind, const json_t *old,
                    const struct delete_options *options)
{
    json_t *object = json_deep_copy(old);
    json_t *meta = json_object_get(object, "metadata");
    unsigned grace = options->now ? 0 : grace_s(kind, old);
    char when[TIME_RFC3339_BYTES];

    set_propagation(kind, meta, options->propagation);
    if (!json_object_get(meta, "deletionTimestamp")) {
        time_format_rfc3339(time_wall_ms() + (int64_t)grace * 1000, when);
        json_object_set_new(meta, "deletionTimestamp", json_string(when));
        json_object_set_new(meta, "deletionGracePeriodSeconds", json_integer(grace));
        if (json_object_get(meta, "generation"))
            json_object_set_new(
                meta, "generation",
                json_integer(json_integer_value(json_object_get(meta, "generation")) + 1));
    } else if (options->now) {
        json_object_set_new(meta, "deletionGracePeriodSeconds", json_integer(0));
    }
    if (is_definition(kind))
        add_finalizer(meta, CRD_CLEANUP);
    if (streq(kind->kind, "Namespace") && !*kind->group)
        json_object_set_new(object, "status", json_pack("{s:s}", "phase", "Terminating"));
    return object;
}

static bool is_immortal(const struct kind *kind, const char *name)
{
    return streq(kind->kind, "Namespace") && !*kind->group &&
           (streq(name, "default") || streq(name, "kube-system") || streq(name, "kube-public"));
}

int registry_delete(struct sandbox *s, const struct kind *kind, const char *ns, const char *name,
                    const struct delete_options *options, json_t **out, bool *gone,
                    json_t **refused)
{
    cleanup_json json_t *old = json_incref((json_t *)store_find(kind->collection, ns, name));
    cleanup_json json_t *marked = NULL;
    const json_t *meta;

    if (!old)
        return refuse_not_found(refused, kind, name);
    if (is_immortal(kind, name))
        return refuse_forbidden(refused, kind, name, NULL, "this namespace may not be deleted");
    if (check_preconditions(kind, old, name, options, refused) < 0)
        return -1;
    marked = mark(kind, old, options);
    meta = json_object_get(marked, "metadata");
    *gone = json_array_size(json_object_get(meta, "finalizers")) == 0 &&
            json_integer_value(json_object_get(meta, "deletionGracePeriodSeconds")) == 0 &&
            !has_spec_finalizers(marked);
    if (!options->dry_run && *gone)
        registry_remove(s, kind, old);
    else if (!options->dry_run && !json_equal(marked, old))
        store_write(s->store, kind->collection, json_incref(marked));
    if (out)
        *out = registry_present(kind, *gone ? old : marked);
    if (!options->dry_run && *gone)
        crd_end_after(s, kind);
    else if (!options->dry_run && is_definition(kind))
        crd_end(s, name);
    return 0;
}
