/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/kustomization.h"

#include "kustomize/fields.h"
#include "kustomize/json_text.h"
#include "lib/doc/reread.h"
#include "lib/doc/yaml.h"

#define KUSTOMIZATION_VERSION "kustomize.config.k8s.io/v1beta1"
#define COMPONENT_VERSION "kustomize.config.k8s.io/v1alpha1"

static const char *const file_names[] = {"kustomization.yaml", "kustomization.yml",
                                         "Kustomization"};

const char *dir_shown(const char *dir)
{
    return *dir ? dir : ".";
}

int kustomization_file(struct file_tree *tree, const char *path, const char **name,
                       struct error **err)
{
    const char *found = NULL;

    for (size_t i = 0; i < ARRAY_LEN(file_names); i++) {
        cleanup_free char *file = xasprintf("%s/%s", path, file_names[i]);
        enum tree_kind kind;

        if (tree_stat(tree, file, &kind, err) < 0)
            return -1;
        if (kind != TREE_FILE)
            continue;
        if (found)
            return error_set(err, ERROR_INVALID, "%s: both %s and %s exist; keep one of them",
                             dir_shown(path), found, file_names[i]);
        found = file_names[i];
    }
    *name = found;
    return 0;
}

/* The line on which `name` stands as a key: where to look for what the check found. */
static size_t line_of(const char *text, const char *name)
{
    size_t line = 1;
    size_t len = strlen(name);

    for (const char *p = text; *p; line++) {
        const char *q = p + strspn(p, " -\"'");

        if (strncmp(q, name, len) == 0 && q[len + strspn(q + len, "\"' ")] == ':')
            return line;
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return 0;
}

static int check_fields(struct kustomization *k, const char *text, struct error **err)
{
    cleanup_free char *culprit = NULL;
    size_t line;

    if (fields_check(k->doc, kustomization_fields, "", &culprit, err) == 0)
        return 0;
    line = culprit ? line_of(text, culprit) : 0;
    if (line)
        return error_wrap(err, "%s:%zu", k->file, line);
    return error_wrap(err, "%s", k->file);
}

static void move_list(json_t *doc, const char *from, const char *to)
{
    json_t *list = json_object_get(doc, to);

    if (!json_object_get(doc, from))
        return;
    if (!list)
        json_object_set_new(doc, to, list = json_array());
    json_array_extend(list, json_object_get(doc, from));
    json_object_del(doc, from);
}

static void fix_env(json_t *generators)
{
    size_t i;
    json_t *item;

    json_array_foreach (generators, i, item) {
        const char *env = json_string_at(item, "env");

        if (*env) {
            json_t *envs = json_object_get(item, "envs");

            if (!envs)
                json_object_set_new(item, "envs", envs = json_array());
            json_array_append_new(envs, json_string(env));
        }
        json_object_del(item, "env");
    }
}

/* The kind and apiVersion may be missing, but not something else. */
static int check_kind(struct kustomization *k, struct error **err)
{
    const char *kind = json_string_at(k->doc, "kind");
    const char *version = json_string_at(k->doc, "apiVersion");
    const char *wanted;

    k->is_component = streq(kind, "Component");
    if (*kind && !k->is_component && !streq(kind, "Kustomization"))
        return error_set(err, ERROR_INVALID,
                         "%s: kind is \"%s\", should be Kustomization or Component", k->file, kind);
    wanted = k->is_component ? COMPONENT_VERSION : KUSTOMIZATION_VERSION;
    if (*version && !streq(version, wanted))
        return error_set(err, ERROR_INVALID, "%s: apiVersion is \"%s\", should be %s for %s",
                         k->file, version, wanted, k->is_component ? "Component" : "Kustomization");
    return 0;
}

/* What kustomize calls empty: nothing but kind and apiVersion, empty strings, and empty lists in
 * the fields that are moved. */
static bool is_empty(const json_t *doc)
{
    static const char *const moved[] = {"bases", "imageTags", "helmChartInflationGenerator"};
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)doc, key, value) {
        bool is_nothing = streq(key, "kind") || streq(key, "apiVersion") ||
                          (json_is_string(value) && json_string_length(value) == 0);

        for (size_t i = 0; i < ARRAY_LEN(moved); i++)
            is_nothing |= streq(key, moved[i]) && json_array_size(value) == 0;
        if (!is_nothing)
            return false;
    }
    return true;
}

static bool is_marker(const char *line, const char *marker)
{
    return str_has_prefix(line, marker) && (!line[3] || strchr(" \t\r\n", line[3]));
}

/* The first document's length: kustomize does not look at what follows, not even for its syntax. */
static size_t first_document_len(const char *text, size_t len)
{
    bool has_begun = false;
    const char *line = text;

    if ((unsigned char)*text >= 0xfe || strlen(text) != len) /* UTF-16 */
        return len;
    while (*line) {
        if (has_begun && (is_marker(line, "---") || is_marker(line, "...")))
            break;
        if (!strchr("#%\r\n", line[strspn(line, " \t")]))
            has_begun = true;
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return (size_t)(line - text);
}

static int kustomization_parse(struct kustomization *k, const struct buf *text, struct error **err)
{
    cleanup_json json_t *docs = NULL;
    json_t *first;

    /* As kustomize reads it: the YAML 1.1 of kubectl, the first document, the last of equal keys.
     */
    if (yaml_parse_last_wins(k->file, text->data, first_document_len(text->data, text->len),
                             YAML_KUBECTL, &docs, err) < 0)
        return -1;
    first = json_array_get(docs, 0);
    if (first && !json_is_null(first) && !json_is_object(first))
        return error_set(err, ERROR_INVALID, "%s: a kustomization is a map of fields", k->file);
    k->doc = json_is_object(first) ? json_deep_copy(first) : json_object();
    if (doc_reread(k->doc, err) < 0)
        return error_wrap(err, "%s", k->file);
    if (check_fields(k, text->data, err) < 0)
        return -1;
    if (is_empty(k->doc))
        return error_set(err, ERROR_INVALID, "%s is empty; list something under resources",
                         k->file);
    move_list(k->doc, "bases", "resources");
    move_list(k->doc, "imageTags", "images");
    fix_env(json_object_get(k->doc, "configMapGenerator"));
    fix_env(json_object_get(k->doc, "secretGenerator"));
    return check_kind(k, err);
}

int kustomization_load(struct file_tree *tree, const char *dir, struct kustomization **out,
                       struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(KUSTOMIZATION_MAX_BYTES);
    cleanup_kustomization struct kustomization *k = xcalloc(1, sizeof(*k));
    const char *name;

    if (kustomization_file(tree, dir, &name, err) < 0)
        return -1;
    if (!name)
        return error_set(err, ERROR_NOT_FOUND,
                         "%s has no kustomization.yaml (nor kustomization.yml, Kustomization)",
                         dir_shown(dir));
    k->dir = xstrdup(dir);
    k->name = xstrdup(name);
    k->file = *dir ? xasprintf("%s/%s", dir, name) : xstrdup(name);
    if (tree_read(tree, k->file, &text, err) < 0 || kustomization_parse(k, &text, err) < 0)
        return -1;
    *out = TAKE(k);
    return 0;
}

int kustomization_edit(const struct kustomization *k, const struct kustomize_options *options,
                       struct kustomization **out, struct error **err)
{
    cleanup_kustomization struct kustomization *copy = xcalloc(1, sizeof(*copy));
    cleanup_free char *culprit = NULL;

    copy->dir = xstrdup(k->dir);
    copy->file = xstrdup(k->file);
    copy->name = xstrdup(k->name);
    copy->doc = json_deep_copy(k->doc);
    copy->is_component = k->is_component;
    if (options->edit(options->edit_arg, copy->doc, err) < 0 ||
        fields_check(copy->doc, kustomization_fields, "", &culprit, err) < 0)
        return error_wrap(err, "edit %s", k->file);
    *out = TAKE(copy);
    return 0;
}

void kustomization_free(struct kustomization *k)
{
    if (!k)
        return;
    free(k->dir);
    free(k->file);
    free(k->name);
    json_decref(k->doc);
    free(k);
}

const json_t *kustomization_get(const struct kustomization *k, const char *field)
{
    const json_t *value = json_object_get(k->doc, field);

    if (json_is_array(value) && json_array_size(value) == 0)
        return NULL;
    if (json_is_object(value) && json_object_size(value) == 0)
        return NULL;
    return json_is_string(value) && !*json_string_value(value) ? NULL : value;
}
