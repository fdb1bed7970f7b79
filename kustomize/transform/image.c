/* SPDX-License-Identifier: Apache-2.0 */
/* images: another name, tag or digest for container images. */
#include "kustomize/selector.h"
#include "kustomize/transform/transform.h"

struct image {
    const char *name; /* a regular expression, as in kustomize */
    const char *new_name;
    const char *new_tag;
    const char *tag_suffix;
    const char *digest;
    struct anchored_regex *regex; /* NULL: the name is compared, "." being any character */
};

struct image_parts {
    char *name;
    char *tag;
    char *digest;
};

#define TAG_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.{}-"

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
        return anchored_regex_matches(image->regex, value);
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
    struct image_parts old;
    char *text;

    if (json_is_object(value) || json_is_array(value))
        return error_set(err, ERROR_INVALID, "expected an image name, found a map or a list");
    if (!json_is_string(value) || !image_matches(image, json_string_value(value)))
        return 0;
    old = image_split(json_string_value(value));
    text = image_rewrite(image, &old);
    *replacement = json_string(text);
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
            continue;
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

static int image_apply(struct transform *t, struct image *image, struct error **err)
{
    for (size_t i = 0; i < t->resources->items.len; i++) {
        struct resource *r = resmap_at(t->resources, i);

        if (streq(resource_kind(r), "CustomResourceDefinition"))
            continue;
        /* Two passes, as kustomize makes them: with a tagSuffix both can be seen. */
        if (walk(r->object, image, err) < 0 ||
            fieldspecs_apply(&t->config->images, r->object, CREATE_NOTHING, set_image, image, err) <
                0)
            return -1;
    }
    return 0;
}

int images_apply(struct transform *t, const json_t *field, struct error **err)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)field, i, item) {
        struct image image = {
            .name = json_string_at(item, "name"),
            .new_name = json_string_at(item, "newName"),
            .new_tag = json_string_at(item, "newTag"),
            .tag_suffix = json_string_at(item, "tagSuffix"),
            .digest = json_string_at(item, "digest"),
        };
        int rc = 0;

        if (image.name[strcspn(image.name, "*+?()[]{}|^$\\")]) {
            cleanup_free char *pattern =
                xasprintf("%s(:[a-zA-Z0-9_.{}-]*)?" DIGEST_PATTERN, image.name);

            rc = anchored_regex_new(pattern, &image.regex, err);
        }
        if (rc == 0)
            rc = image_apply(t, &image, err);
        anchored_regex_free(image.regex);
        if (rc < 0)
            return error_wrap(err, "entry %zu (%s)", i, image.name);
    }
    return 0;
}
