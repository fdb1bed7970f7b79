/* SPDX-License-Identifier: Apache-2.0 */
/* images: another name, tag or digest for container images. */
#include "kustomize/cell.h"
#include "kustomize/json_text.h"
#include "kustomize/plugin_fields.h"
#include "kustomize/selector.h"
#include "kustomize/transform/transform.h"
#include "lib/doc/budget.h"

struct image {
    const char *name; /* a regular expression, as in kustomize */
    const char *new_name;
    const char *new_tag;
    const char *tag_suffix;
    const char *digest;
    struct regex *regex; /* NULL: the name is compared, "." being any character */
};

struct image_parts {
    char *name;
    char *tag;
    char *digest;
};

#define TAG_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.{}-"

#define TAG_PATTERN "(:[a-zA-Z0-9_.{}-]*)?"
#define DIGEST_PATTERN "(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?"
#define ALGORITHM_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Behind the "@": "sha256", or several such words with one of ".+_-" between them, then ":". */
static const char *skip_algorithm(const char *s)
{
    while (true) {
        size_t len = strspn(s, ALGORITHM_BYTES);

        if (!len)
            return NULL;
        s += len;
        if (*s == ':')
            return s + 1;
        if (!*s || !strchr(".+_-", *s))
            return NULL;
        s++;
    }
}

/* "", ":tag", "@sha256:digest" or both */
static bool is_tag_and_digest(const char *s)
{
    if (*s == ':')
        s += 1 + strspn(s + 1, TAG_BYTES);
    if (*s == '@') {
        s = skip_algorithm(s + 1);
        if (!s)
            return false;
        s += strspn(s, TAG_BYTES);
    }
    return !*s;
}

static bool image_matches(const struct image *image, const char *value)
{
    size_t i = 0;

    if (image->regex)
        return regex_matches(image->regex, value);
    for (; image->name[i]; i++)
        if (!value[i] || (image->name[i] != '.' && image->name[i] != value[i]))
            return false;
    return is_tag_and_digest(value + i);
}

/* A colon before the first slash belongs to a registry's port. */
static struct image_parts image_split(const char *value)
{
    const char *slash = strchr(value, '/');
    const char *rest = slash && slash != value ? slash : value;
    const char *at = strchr(rest, '@');
    const char *colon = strchr(rest, ':');
    struct image_parts parts;

    if (at && colon && at < colon)
        colon = NULL; /* the colon of "@sha256:" */
    parts.name = xstrndup(value, colon ? (size_t)(colon - value)
                                 : at  ? (size_t)(at - value)
                                       : strlen(value));
    parts.tag = !colon ? xstrdup("")
                : at   ? xstrndup(colon + 1, (size_t)(at - colon - 1))
                       : xstrdup(colon + 1);
    parts.digest = xstrdup(at ? at + 1 : "");
    return parts;
}

/* A new tag or digest replaces both of the old ones. */
static char *image_rewrite(const struct image *image, const struct image_parts *old)
{
    const char *name = *image->new_name ? image->new_name : old->name;
    const char *tag = old->tag;
    const char *suffix = "";
    const char *digest = old->digest;
    bool has_tag;

    if (*image->new_tag || *image->digest) {
        tag = image->new_tag;
        digest = image->digest;
    } else if (*image->tag_suffix) {
        suffix = image->tag_suffix;
        digest = "";
    }
    has_tag = *tag || *suffix;
    return xasprintf("%s%s%s%s%s%s", name, has_tag ? ":" : "", tag, suffix, *digest ? "@" : "",
                     digest);
}

static int set_image(void *arg, json_t *value, json_t **replacement, struct error **err)
{
    const struct image *image = arg;
    cleanup_free char *old_text = cell_text(value);
    struct image_parts old;
    char *text;

    if (!old_text)
        return error_set(err, ERROR_INVALID, "expected an image name, found a map or a list");
    if (!image_matches(image, old_text))
        return 0;
    old = image_split(old_text);
    text = image_rewrite(image, &old);
    *replacement = cell_reread(value, text);
    free(text);
    free(old.name);
    free(old.tag);
    free(old.digest);
    return 0;
}

static int set_in_containers(json_t *list, struct image *image, struct error **err)
{
    size_t i;
    json_t *container;

    json_array_foreach (list, i, container) {
        json_t *value = json_object_get(container, "image");
        json_t *replacement = NULL;

        if (!value || json_is_null(value))
            continue; /* the field specs see nulls, this search does not */
        if (set_image(image, value, &replacement, err) < 0)
            return -1;
        if (replacement)
            json_object_set_new(container, "image", replacement);
    }
    return 0;
}

/* Lists named containers or initContainers, wherever they are: CRDs hold pods, too. */
static int walk(json_t *node, struct image *image, struct error **err)
{
    const char *key;
    size_t i;
    json_t *child;

    if (json_is_array(node))
        json_array_foreach (node, i, child)
            if (walk(child, image, err) < 0)
                return -1;
    if (json_is_object(node))
        json_object_foreach (node, key, child) {
            if (!json_is_object(child) && !json_is_array(child))
                continue;
            if (walk(child, image, err) < 0)
                return -1;
            if ((streq(key, "containers") || streq(key, "initContainers")) &&
                set_in_containers(child, image, err) < 0)
                return -1;
        }
    return 0;
}

static int image_apply(struct resmap *m, const struct fieldspecs *specs, struct image *image,
                       struct error **err)
{
    for (size_t i = 0; i < m->items.len; i++) {
        struct resource *r = resmap_at(m, i);

        if (streq(resource_kind(r), "CustomResourceDefinition"))
            continue;
        if (budget_spend(0, err) < 0)
            return -1;
        /* Two passes, as kustomize makes them: with a tagSuffix both can be seen. */
        if (walk(r->object, image, err) < 0 ||
            fieldspecs_apply(specs, r->object, CREATE_NOTHING, set_image, image, err) < 0)
            return -1;
    }
    return regex_check(image->regex, err);
}

static int image_set(struct resmap *m, const struct fieldspecs *specs, const json_t *item,
                     struct error **err)
{
    struct image image = {
        .name = json_string_at(item, "name"),
        .new_name = json_string_at(item, "newName"),
        .new_tag = json_string_at(item, "newTag"),
        .tag_suffix = json_string_at(item, "tagSuffix"),
        .digest = json_string_at(item, "digest"),
    };
    int rc;

    if (image.name[strcspn(image.name, "*+?()[]{}|^$\\")]) {
        cleanup_error struct error *broken = NULL;
        cleanup_free char *pattern = xasprintf("^%s" TAG_PATTERN DIGEST_PATTERN "$", image.name);

        /* What is no expression selects nothing. */
        if (regex_new(pattern, &image.regex, &broken) < 0)
            return error_kind(broken) == ERROR_INVALID ? 0 : error_move(err, &broken);
    }
    rc = image_apply(m, specs, &image, err);
    regex_free(image.regex);
    return rc < 0 ? error_wrap(err, "%s", image.name) : 0;
}

int images_apply(struct transform *t, const json_t *field, struct error **err)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)field, i, item)
        if (image_set(t->resources, &t->config->images, item, err) < 0)
            return error_wrap(err, "entry %zu", i);
    return 0;
}

int image_tag_plugin(struct transform *t, const json_t *config, struct error **err)
{
    static const struct field plugin_fields[] = {
        {"imageTag", FIELD_OBJECT, image_fields},
        {"fieldSpecs", FIELD_OBJECTS, fieldspec_fields},
        {NULL, FIELD_STRING, NULL},
    };

    return plugin_set(t->resources, config, plugin_fields, "imageTag", image_set, err);
}
