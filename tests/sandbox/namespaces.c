/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/namespaces.h"

#include "tests/sandbox/refusal.h"
#include "tests/sandbox/registry.h"

static const struct kind *namespace_kind(const struct sandbox *s)
{
    return kinds_find(&s->kinds, "", "v1", "namespaces");
}

void namespaces_start(struct sandbox *s)
{
    static const char *const names[] = {"default", "kube-node-lease", "kube-public", "kube-system"};
    const struct write_options options = {.manager = "kube-apiserver"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        json_t *refused = NULL;

        if (registry_create(s, namespace_kind(s), NULL,
                            json_pack("{s:{s:s}}", "metadata", "name", names[i]), &options, NULL,
                            &refused) < 0)
            json_decref(refused);
    }
}

int namespaces_admit(struct sandbox *s, const struct kind *kind, const char *ns, const char *name,
                     json_t **refused)
{
    const json_t *found = store_find(namespace_kind(s)->collection, NULL, ns);
    cleanup_free char *why = NULL;
    cleanup_free char *field = NULL;
    json_t *causes;

    if (!found)
        return refuse_not_found(refused, namespace_kind(s), ns);
    if (!*object_meta(found, "deletionTimestamp"))
        return 0;
    why = xasprintf("unable to create new content in namespace %s because it is being terminated",
                    ns);
    field = xasprintf("namespace %s is being terminated", ns);
    causes = json_pack("[{s:s, s:s, s:s}]", "reason", "NamespaceTerminating", "message", field,
                       "field", "metadata.namespace");
    return refuse_forbidden(refused, kind, name, causes, why);
}

/* Returns how many objects are still there. */
static size_t empty_collection(struct sandbox *s, const struct kind *kind, const char *ns)
{
    const struct delete_options options = {.propagation = "Background"};
    cleanup_ptrvec struct ptrvec objects = {0};
    size_t left = 0;

    store_list(s->store, kind->collection, ns, 0, &objects);
    for (size_t i = 0; i < objects.len; i++)
        json_incref(objects.items[i]); /* a deletion may change what is borrowed */
    for (size_t i = 0; i < objects.len; i++) {
        json_t *object = objects.items[i];
        json_t *refused = NULL;
        bool gone = false;

        if (!*object_meta(object, "deletionTimestamp") &&
            registry_delete(s, kind, ns, object_meta(object, "name"), &options, NULL, &gone,
                            &refused) < 0)
            json_decref(refused);
        left += !gone;
        json_decref(object);
    }
    return left;
}

void namespaces_finish(struct sandbox *s, const json_t *namespace)
{
    cleanup_free char *name = xstrdup(object_meta(namespace, "name"));
    size_t left = 0;
    json_t *last;

    for (size_t i = 0; i < s->kinds.all.len; i++) {
        const struct kind *kind = s->kinds.all.items[i];

        if (kind_has(kind, KIND_NAMESPACED) && kind->collection && kind->is_storage)
            left += empty_collection(s, kind, name);
    }
    namespace = store_find(namespace_kind(s)->collection, NULL, name);
    if (left > 0 || !namespace ||
        json_array_size(json_object_get(json_object_get(namespace, "metadata"), "finalizers")) > 0)
        return;
    last = json_deep_copy(namespace);
    json_object_del(json_object_get(last, "spec"), "finalizers");
    registry_remove(s, namespace_kind(s), last);
    json_decref(last);
}
