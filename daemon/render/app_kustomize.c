/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/app_kustomize.h"

#include "kustomize/edit.h"
#include "lib/base/vec.h"

#include <errno.h>

/* ---- checking ---- */

enum form {
    FORM_TEXT,
    FORM_FLAG,
    FORM_TEXTS,
    FORM_TEXT_MAP,
    FORM_OBJECTS,
};

static const struct known_field {
    const char *name;
    enum form form;
} known_fields[] = {
    {"namePrefix", FORM_TEXT},
    {"nameSuffix", FORM_TEXT},
    {"images", FORM_TEXTS},
    {"replicas", FORM_OBJECTS},
    {"commonLabels", FORM_TEXT_MAP},
    {"forceCommonLabels", FORM_FLAG},
    {"labelWithoutSelector", FORM_FLAG},
    {"labelIncludeTemplates", FORM_FLAG},
    {"commonAnnotations", FORM_TEXT_MAP},
    {"forceCommonAnnotations", FORM_FLAG},
    {"commonAnnotationsEnvsubst", FORM_FLAG},
    {"namespace", FORM_TEXT},
    {"patches", FORM_OBJECTS},
    {"components", FORM_TEXTS},
    {"ignoreMissingComponents", FORM_FLAG},
    {"version", FORM_TEXT},
    /* Both mean something to Helm charts only, which are refused where they are asked for. */
    {"kubeVersion", FORM_TEXT},
    {"apiVersions", FORM_TEXTS},
};

static const struct known_field *find_known(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(known_fields); i++)
        if (streq(known_fields[i].name, name))
            return &known_fields[i];
    return NULL;
}

static bool are_all(const json_t *value, enum form form)
{
    const char *key;
    json_t *item;
    size_t i;

    if (form == FORM_TEXT_MAP) {
        json_object_foreach ((json_t *)value, key, item)
            if (!json_is_string(item))
                return false;
        return true;
    }
    json_array_foreach ((json_t *)value, i, item)
        if (form == FORM_TEXTS ? !json_is_string(item) : !json_is_object(item))
            return false;
    return true;
}

static int check_form(const char *field, const char *name, const json_t *value, enum form form,
                      struct error **err)
{
    static const char *const words[] = {"a string", "true or false", "a list of strings",
                                        "a map of strings", "a list of maps"};
    bool right = false;

    switch (form) {
    case FORM_TEXT: right = json_is_string(value); break;
    case FORM_FLAG: right = json_is_boolean(value); break;
    case FORM_TEXTS:
    case FORM_OBJECTS: right = json_is_array(value) && are_all(value, form); break;
    case FORM_TEXT_MAP: right = json_is_object(value) && are_all(value, form); break;
    }
    if (right)
        return 0;
    return error_set(err, ERROR_INVALID, "%s.kustomize.%s must be %s", field, name, words[form]);
}

/* int-or-string, as a number. */
static int read_count(const json_t *replica, json_int_t *count)
{
    const json_t *value = json_object_get(replica, "count");
    const char *text = json_string_value(value);
    char *end;

    if (json_is_integer(value)) {
        *count = json_integer_value(value);
        return 0;
    }
    if (!text || !*text)
        return -1;
    errno = 0;
    *count = strtoll(text, &end, 10);
    return errno || *end || strchr(" \t", *text) ? -1 : 0;
}

static int check_replicas(const json_t *replicas, const char *field, struct error **err)
{
    const char *name;
    json_int_t count;
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)replicas, i, item) {
        name = json_string_value(json_object_get(item, "name"));
        if (!name || !*name || strchr(name, '='))
            return error_set(err, ERROR_INVALID,
                             "%s.kustomize.replicas[%zu].name must be the name of an object", field,
                             i);
        if (read_count(item, &count) < 0)
            return error_set(err, ERROR_INVALID,
                             "%s.kustomize.replicas[%zu].count (of %s) must be a number", field, i,
                             name);
    }
    return 0;
}

static int check_patches(const json_t *patches, const char *field, struct error **err)
{
    static const char *const known[] = {"path", "patch", "target", "options"};
    const char *key;
    json_t *item, *value;
    size_t i;

    json_array_foreach ((json_t *)patches, i, item)
        json_object_foreach (item, key, value) {
            bool is_known = false;

            for (size_t j = 0; j < ARRAY_LEN(known); j++)
                is_known |= streq(known[j], key);
            if (!is_known)
                return error_set(err, ERROR_INVALID, "%s.kustomize.patches[%zu].%s is not known",
                                 field, i, key);
        }
    return 0;
}

/* `kustomize edit add component` takes patterns. */
static int check_components(const json_t *components, const char *field, struct error **err)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)components, i, item)
        if (strpbrk(json_string_value(item), "*?["))
            return error_set(err, ERROR_UNSUPPORTED,
                             "%s.kustomize.components[%zu] \"%s\": patterns are not supported, "
                             "name each directory",
                             field, i, json_string_value(item));
    return 0;
}

static int check_version(const json_t *version, const char *field, struct error **err)
{
    const char *text = json_string_value(version);

    if (!text || !*text || str_has_prefix(text, "v5.8") || str_has_prefix(text, "5.8"))
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "kustomize version %s is not registered: kustomizations are built as v5.8 "
                     "does; remove %s.kustomize.version",
                     text, field);
}

int app_kustomize_check(const json_t *kustomize, const char *field, struct error **err)
{
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)kustomize, name, value) {
        const struct known_field *known = find_known(name);

        if (!known)
            return error_set(err, ERROR_INVALID, "%s.kustomize.%s is not known", field, name);
        if (!json_is_null(value) && check_form(field, name, value, known->form, err) < 0)
            return -1;
    }
    if (check_replicas(json_object_get(kustomize, "replicas"), field, err) < 0 ||
        check_patches(json_object_get(kustomize, "patches"), field, err) < 0 ||
        check_components(json_object_get(kustomize, "components"), field, err) < 0)
        return -1;
    return check_version(json_object_get(kustomize, "version"), field, err);
}

bool app_kustomize_is_set(const json_t *kustomize)
{
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)kustomize, name, value)
        if (json_is_string(value) ? json_string_length(value) > 0
                                  : json_array_size(value) + json_object_size(value) > 0)
            return true;
    return false;
}

/* ---- editing ---- */

static const json_t *get(const struct app_kustomize *k, const char *name)
{
    return json_object_get(k->fields, name);
}

static bool flag(const struct app_kustomize *k, const char *name)
{
    return json_is_true(get(k, name));
}

static void set_text(const struct app_kustomize *k, json_t *doc, const char *name)
{
    const char *text = json_string_value(get(k, name));

    if (text && *text)
        kustomize_edit_set(doc, name, text);
}

static int set_images(struct app_kustomize *k, json_t *doc, struct error **err)
{
    cleanup_strvec struct strvec images = {0};
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)get(k, "images"), i, item)
        strvec_take(&images, app_env_expand(k->env, json_string_value(item), &k->used_revision));
    if (!images.len)
        return 0;
    if (kustomize_edit_images(doc, &images, err) < 0)
        return error_wrap(err, "%s.kustomize.images", k->field);
    return 0;
}

static void set_replicas(const struct app_kustomize *k, json_t *doc)
{
    json_int_t count;
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)get(k, "replicas"), i, item)
        if (read_count(item, &count) == 0)
            kustomize_edit_replicas(doc, json_string_value(json_object_get(item, "name")), count);
}

/* A copy with the variables replaced. */
static json_t *expand_map(struct app_kustomize *k, const json_t *map)
{
    json_t *copy = json_object();
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)map, key, value) {
        cleanup_free char *text =
            app_env_expand(k->env, json_string_value(value), &k->used_revision);

        json_object_set_new(copy, key, json_string(text));
    }
    return copy;
}

static int add_labels(struct app_kustomize *k, json_t *doc, struct error **err)
{
    unsigned flags = (flag(k, "forceCommonLabels") ? KUSTOMIZE_FORCE : 0) |
                     (flag(k, "labelWithoutSelector") ? KUSTOMIZE_WITHOUT_SELECTOR : 0) |
                     (flag(k, "labelIncludeTemplates") ? KUSTOMIZE_INCLUDE_TEMPLATES : 0);
    json_t *labels;
    int rc;

    if (json_object_size(get(k, "commonLabels")) == 0)
        return 0;
    labels = expand_map(k, get(k, "commonLabels"));
    rc = kustomize_edit_labels(doc, labels, flags, err);
    json_decref(labels);
    return rc < 0 ? error_wrap(err, "%s.kustomize.commonLabels", k->field) : 0;
}

static int add_annotations(struct app_kustomize *k, json_t *doc, struct error **err)
{
    const json_t *written = get(k, "commonAnnotations");
    unsigned flags = flag(k, "forceCommonAnnotations") ? KUSTOMIZE_FORCE : 0;
    json_t *annotations;
    int rc;

    if (json_object_size(written) == 0)
        return 0;
    annotations = flag(k, "commonAnnotationsEnvsubst") ? expand_map(k, written)
                                                       : json_incref((json_t *)written);
    rc = kustomize_edit_annotations(doc, annotations, flags, err);
    json_decref(annotations);
    return rc < 0 ? error_wrap(err, "%s.kustomize.commonAnnotations", k->field) : 0;
}

static int is_missing(const struct app_kustomize *k, const char *component, bool *missing,
                      struct error **err)
{
    cleanup_free char *path = NULL;
    enum tree_kind kind;

    *missing = true;
    if (path_join(k->path, component, &path, err) < 0) {
        error_free(TAKE(*err)); /* outside the repository, or not a path at all */
        return 0;
    }
    if (tree_stat(k->tree, path, &kind, err) < 0)
        return -1;
    *missing = kind == TREE_ABSENT;
    return 0;
}

static int add_components(const struct app_kustomize *k, json_t *doc, struct error **err)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)get(k, "components"), i, item) {
        bool missing = false;

        if (flag(k, "ignoreMissingComponents") &&
            is_missing(k, json_string_value(item), &missing, err) < 0)
            return -1;
        if (!missing)
            kustomize_edit_component(doc, json_string_value(item));
    }
    return 0;
}

/* The order is Argo CD's. */
int app_kustomize_edit(void *arg, json_t *doc, struct error **err)
{
    struct app_kustomize *k = arg;

    set_text(k, doc, "namePrefix");
    set_text(k, doc, "nameSuffix");
    if (set_images(k, doc, err) < 0)
        return -1;
    set_replicas(k, doc);
    if (add_labels(k, doc, err) < 0 || add_annotations(k, doc, err) < 0)
        return -1;
    set_text(k, doc, "namespace");
    if (json_array_size(get(k, "patches")) > 0)
        kustomize_edit_patches(doc, get(k, "patches"));
    return add_components(k, doc, err);
}
