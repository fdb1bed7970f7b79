/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/documents.h"

void resources_free(struct ptrvec *resources)
{
    for (size_t i = 0; i < resources->len; i++)
        resource_free(resources->items[i]);
    ptrvec_clear(resources);
}

int object_check(const json_t *object, struct error **err)
{
    const char *kind = json_string_at(object, "kind");
    const json_t *metadata = json_object_get(object, "metadata");

    if (!json_is_object(object))
        return error_set(err, ERROR_INVALID, "expected an object, found %s",
                         json_is_array(object) ? "a list" : "a scalar");
    if (!*kind)
        return error_set(err, ERROR_INVALID, "missing kind in object \"%s\"",
                         json_string_at(metadata, "name"));
    if (str_has_suffix(kind, "List"))
        return 0;
    if (!*json_string_at(metadata, "name"))
        return error_set(err, ERROR_INVALID, "missing metadata.name in object of kind %s", kind);
    return 0;
}

static bool is_empty(const json_t *doc)
{
    return json_is_null(doc) || (json_is_object(doc) && json_object_size(doc) == 0) ||
           (json_is_array(doc) && json_array_size(doc) == 0);
}

/* Append the checked items to the queue. */
static int queue_items(struct ptrvec *queue, const json_t *items, struct error **err)
{
    size_t i;
    json_t *item;

    json_array_foreach (items, i, item) {
        if (is_empty(item))
            continue;
        if (object_check(item, err) < 0)
            return -1;
        ptrvec_push(queue, item);
    }
    return 0;
}

/* A single document of kind List holds the documents. */
static const json_t *unwrap(const json_t *docs)
{
    const json_t *only = json_array_size(docs) == 1 ? json_array_get(docs, 0) : NULL;
    const char *kind = json_string_at(only, "kind");
    const json_t *items = json_object_get(only, "items");

    if ((streq(kind, "List") || streq(kind, "ResourceList")) && json_is_array(items))
        return items;
    return docs;
}

static void push_copy(struct ptrvec *out, const json_t *object, const struct schemas *schemas)
{
    json_t *copy = json_deep_copy(object);
    struct resource *r = resource_new(copy, schemas);
    const json_t *annotations = resource_metadata_map(r, "annotations");

    r->needs_hash = streq(
        json_string_at(annotations, "internal.config.kubernetes.io/needsHashSuffix"), "enabled");
    ptrvec_push(out, r);
}

int documents_resources(const json_t *docs, const struct schemas *schemas, struct ptrvec *out,
                        struct error **err)
{
    cleanup_ptrvec struct ptrvec queue = {0};

    if (queue_items(&queue, unwrap(docs), err) < 0)
        return -1;
    for (size_t i = 0; i < queue.len; i++) {
        const json_t *object = queue.items[i];
        const json_t *items = json_object_get(object, "items");

        if (!str_has_suffix(json_string_at(object, "kind"), "List") || !items) {
            push_copy(out, object, schemas);
            continue;
        }
        if (!json_is_array(items) && !json_is_null(items))
            return error_set(err, ERROR_INVALID, "items of a %s must be a list",
                             json_string_at(object, "kind"));
        if (queue_items(&queue, items, err) < 0)
            return -1;
    }
    return 0;
}
