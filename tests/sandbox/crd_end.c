/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/crd_end.h"

#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/registry.h"

static const struct kind *definitions(const struct sandbox *s)
{
    return kinds_find(&s->kinds, "apiextensions.k8s.io", "v1", "customresourcedefinitions");
}

/* The definition as it is now; NULL: `kind` is a built-in one. Borrowed. */
static const json_t *definition_of(const struct sandbox *s, const struct kind *kind)
{
    return kind_is_custom(kind)
               ? store_find(definitions(s)->collection, NULL, object_meta(kind->crd, "name"))
               : NULL;
}

/* Returns whether it is still there. */
static bool end_object(struct sandbox *s, const struct kind *kind, const json_t *object)
{
    const struct delete_options options = {.propagation = "Background"};
    json_t *refused = NULL;
    bool gone = false;

    if (json_array_size(json_object_get(json_object_get(object, "metadata"), "finalizers")) == 0) {
        registry_remove(s, kind, object);
        return false;
    }
    if (!*object_meta(object, "deletionTimestamp") &&
        registry_delete(s, kind, object_meta(object, "namespace"), object_meta(object, "name"),
                        &options, NULL, &gone, &refused) < 0)
        json_decref(refused);
    return !gone;
}

static size_t end_objects(struct sandbox *s, const struct kind *kind)
{
    cleanup_ptrvec struct ptrvec objects = {.len = 0};
    size_t left = 0;

    store_list(s->store, kind->collection, NULL, 0, &objects);
    for (size_t i = 0; i < objects.len; i++)
        json_incref(objects.items[i]); /* a deletion may change what is borrowed */
    for (size_t i = 0; i < objects.len; i++) {
        left += end_object(s, kind, objects.items[i]);
        json_decref(objects.items[i]);
    }
    return left;
}

static const struct kind *kind_of(const struct sandbox *s, const char *name)
{
    for (size_t i = 0; i < s->kinds.all.len; i++) {
        const struct kind *kind = s->kinds.all.items[i];

        if (kind_is_custom(kind) && kind->is_storage && streq(object_meta(kind->crd, "name"), name))
            return kind;
    }
    return NULL;
}

static void tell_terminating(struct sandbox *s, const json_t *definition)
{
    json_t *next = json_deep_copy(definition);
    json_t *conditions = json_object_get(json_object_get(next, "status"), "conditions");
    char now[TIME_RFC3339_BYTES];
    size_t i;
    json_t *condition;

    json_array_foreach (conditions, i, condition)
        if (streq(json_string_value(json_object_get(condition, "type")), "Terminating")) {
            json_decref(next);
            return;
        }
    time_format_rfc3339(time_wall_ms(), now);
    json_array_append_new(conditions, json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "Terminating",
                                                "status", "True", "lastTransitionTime", now,
                                                "reason", "InstanceDeletionInProgress", "message",
                                                "CustomResource deletion is in progress"));
    store_write(s->store, definitions(s)->collection, next);
}

/* Take off the finalizer, which lets it go where it is the last one. */
static void release(struct sandbox *s, const json_t *definition)
{
    json_t *next = json_deep_copy(definition);
    json_t *finalizers = json_object_get(json_object_get(next, "metadata"), "finalizers");

    for (size_t i = json_array_size(finalizers); i-- > 0;)
        if (streq(json_string_value(json_array_get(finalizers, i)), CRD_CLEANUP))
            json_array_remove(finalizers, i);
    if (json_array_size(finalizers) > 0) {
        store_write(s->store, definitions(s)->collection, next);
        return;
    }
    registry_remove(s, definitions(s), next);
    json_decref(next);
}

void crd_end(struct sandbox *s, const char *name)
{
    const struct kind *kind = kind_of(s, name);
    size_t left = kind ? end_objects(s, kind) : 0;
    cleanup_json json_t *definition =
        json_incref((json_t *)store_find(definitions(s)->collection, NULL, name));

    if (!definition || !*object_meta(definition, "deletionTimestamp"))
        return;
    if (left > 0)
        tell_terminating(s, definition);
    else
        release(s, definition);
}

void crd_end_after(struct sandbox *s, const struct kind *kind)
{
    const json_t *definition = definition_of(s, kind);

    if (definition && *object_meta(definition, "deletionTimestamp")) {
        cleanup_free char *name = xstrdup(object_meta(definition, "name"));

        crd_end(s, name);
    }
}

int crd_end_admit(struct sandbox *s, const struct kind *kind, const char *name, json_t **refused)
{
    const json_t *definition = definition_of(s, kind);

    if (!definition || !*object_meta(definition, "deletionTimestamp"))
        return 0;
    return refuse_forbidden(refused, kind, name, NULL,
                            "create not allowed while custom resource definition is terminating");
}
