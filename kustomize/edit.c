/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/edit.h"

#include "lib/base/mem.h"

#include <assert.h>

/* ---- fields ---- */

/* What is absent or null becomes an empty one. Borrowed. */
static json_t *field_of(json_t *doc, const char *field, json_t *empty)
{
    json_t *value = json_object_get(doc, field);

    if (value && json_typeof(value) == json_typeof(empty)) {
        json_decref(empty);
        return value;
    }
    json_object_set_new(doc, field, empty);
    return empty;
}

static const char *text_of(const json_t *object, const char *field)
{
    const char *s = json_string_value(json_object_get(object, field));

    return s ? s : "";
}

void kustomize_edit_set(json_t *doc, const char *field, const char *value)
{
    json_object_set_new(doc, field, json_string(value));
}

/* ---- lists of what has a name ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(text_of(*(json_t *const *)a, "name"), text_of(*(json_t *const *)b, "name"));
}

/* The list becomes what is in `by_name`, sorted. Of the file's own entries of one name the first
 * counts, and none where `by_name` has it. */
static void replace_list(json_t *doc, const char *field, json_t *by_name)
{
    json_t *list = field_of(doc, field, json_array());
    json_t **sorted;
    const char *name;
    json_t *item;
    size_t i, count = 0;

    json_array_foreach (list, i, item)
        if (!json_object_get(by_name, text_of(item, "name")))
            json_object_set(by_name, text_of(item, "name"), item);
    sorted = xcalloc(json_object_size(by_name) + 1, sizeof(json_t *));
    json_object_foreach (by_name, name, item)
        sorted[count++] = json_incref(item);
    qsort(sorted, count, sizeof(json_t *), compare_names);
    json_array_clear(list);
    for (i = 0; i < count; i++)
        json_array_append_new(list, sorted[i]);
    free(sorted);
}

/* ---- images ---- */

/* "NAME[:TAG][@DIGEST]" into its parts; a registry's port is part of the name. */
static void put_image_parts(json_t *image, const char *name_field, const char *text)
{
    const char *slash = strchr(text, '/');
    const char *from = slash && slash > text ? slash : text;
    const char *at = strchr(from, '@');
    const char *colon = strchr(from, ':');
    const char *end = text + strlen(text);

    if (at && colon > at)
        colon = NULL;
    json_object_set_new(image, name_field,
                        json_stringn(text, (size_t)((colon ? colon
                                                     : at  ? at
                                                           : end) -
                                                    text)));
    if (colon)
        json_object_set_new(image, "newTag",
                            json_stringn(colon + 1, (size_t)((at ? at : end) - colon - 1)));
    if (at)
        json_object_set_new(image, "digest", json_string(at + 1));
}

/* NULL where it says nothing. */
static json_t *image_parse(const char *text)
{
    const char *equals = strchr(text, '=');
    json_t *image;

    if (equals == text)
        return NULL;
    image = json_object();
    put_image_parts(image, equals ? "newName" : "name", equals ? equals + 1 : text);
    if (equals)
        json_object_set_new(image, "name", json_stringn(text, (size_t)(equals - text)));
    if (!equals && streq(text_of(image, "name"), text)) {
        json_decref(image);
        return NULL;
    }
    return image;
}

/* "*" is what the file's own entry says, or nothing. */
static void resolve_stars(json_t *image, const json_t *own)
{
    static const char *const fields[] = {"newName", "newTag", "digest"};

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (!streq(text_of(image, fields[i]), "*"))
            continue;
        if (*text_of(own, fields[i]))
            json_object_set_new(image, fields[i], json_string(text_of(own, fields[i])));
        else
            json_object_del(image, fields[i]);
    }
}

static const json_t *find_by_name(const json_t *list, const char *name)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)list, i, item)
        if (streq(text_of(item, "name"), name))
            return item;
    return NULL;
}

int kustomize_edit_images(json_t *doc, const struct strvec *images, struct error **err)
{
    json_t *by_name = json_object();

    for (size_t i = 0; i < images->len; i++) {
        json_t *image = image_parse(images->items[i]);

        if (!image) {
            json_decref(by_name);
            return error_set(err, ERROR_INVALID,
                             "image \"%s\" is not of the form <image>=<newimage>:<newtag>, "
                             "<image>:<newtag>, <image>@<digest> or <image>=<newimage>",
                             images->items[i]);
        }
        resolve_stars(image, find_by_name(json_object_get(doc, "images"), text_of(image, "name")));
        json_object_set_new(by_name, text_of(image, "name"), image);
    }
    replace_list(doc, "images", by_name);
    json_decref(by_name);
    return 0;
}

/* ---- replicas ---- */

void kustomize_edit_replicas(json_t *doc, const char *name, json_int_t count)
{
    json_t *by_name = json_object();

    json_object_set_new(by_name, name, json_pack("{s:s, s:I}", "name", name, "count", count));
    replace_list(doc, "replicas", by_name);
    json_decref(by_name);
}

/* ---- labels and annotations ---- */

/* A value in double quotes is what stands between them. */
static json_t *value_of(const char *text)
{
    size_t len = strlen(text);

    return len >= 2 && text[0] == '"' && text[len - 1] == '"' ? json_stringn(text + 1, len - 2)
                                                              : json_string(text);
}

static int put_pair(json_t *map, const char *kind, const char *key, const char *value, bool force,
                    struct error **err)
{
    if (!force && json_object_get(map, key))
        return error_set(err, ERROR_INVALID,
                         "%s %s already in kustomization file. Use --force to override.", kind,
                         key);
    json_object_set_new(map, key, value_of(value));
    return 0;
}

static int put_pairs(json_t *map, const char *kind, const json_t *pairs, bool force,
                     struct error **err)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)pairs, key, value)
        if (put_pair(map, kind, key, json_string_value(value), force, err) < 0)
            return -1;
    return 0;
}

int kustomize_edit_annotations(json_t *doc, const json_t *annotations, unsigned flags,
                               struct error **err)
{
    return put_pairs(field_of(doc, "commonAnnotations", json_object()), "annotation", annotations,
                     flags & KUSTOMIZE_FORCE, err);
}

/* The file's entry of `labels` that reaches as far, or a new one. */
static json_t *labels_entry(json_t *doc, bool include_templates)
{
    json_t *list = field_of(doc, "labels", json_array());
    json_t *entry;
    size_t i;

    json_array_foreach (list, i, entry)
        if (!json_is_true(json_object_get(entry, "includeSelectors")) &&
            json_is_true(json_object_get(entry, "includeTemplates")) == include_templates)
            return entry;
    entry = json_object();
    if (include_templates)
        json_object_set_new(entry, "includeTemplates", json_true());
    json_array_append_new(list, entry);
    return entry;
}

int kustomize_edit_labels(json_t *doc, const json_t *labels, unsigned flags, struct error **err)
{
    bool force = flags & KUSTOMIZE_FORCE;
    json_t *map;

    if ((flags & KUSTOMIZE_INCLUDE_TEMPLATES) && !(flags & KUSTOMIZE_WITHOUT_SELECTOR))
        return error_set(err, ERROR_INVALID,
                         "--without-selector flag must be specified for --include-templates to "
                         "work");
    map = flags & KUSTOMIZE_WITHOUT_SELECTOR
              ? field_of(labels_entry(doc, flags & KUSTOMIZE_INCLUDE_TEMPLATES), "pairs",
                         json_object())
              : field_of(doc, "commonLabels", json_object());
    return put_pairs(map, "label", labels, force, err);
}

/* ---- components and patches ---- */

void kustomize_edit_component(json_t *doc, const char *path)
{
    json_t *list = field_of(doc, "components", json_array());
    json_t *item;
    size_t i;

    json_array_foreach (list, i, item)
        if (streq(json_string_value(item), path))
            return;
    json_array_append_new(list, json_string(path));
}

void kustomize_edit_patches(json_t *doc, const json_t *patches)
{
    assert(json_is_array(patches));
    json_array_extend(field_of(doc, "patches", json_array()), (json_t *)patches);
}
