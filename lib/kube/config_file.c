/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/config_file.h"

#include "lib/doc/yaml.h"
#include "lib/kube/config_read.h"

#include <libgen.h>
#include <uv.h>

static void entry_free(void *value)
{
    struct kubeconfig_entry *e = value;

    if (!e)
        return;
    json_decref(e->body);
    free(e->name);
    free(e->file);
    free(e);
}

void kubeconfig_free(struct kubeconfig *k)
{
    if (!k)
        return;
    map_clear_with(&k->clusters, entry_free);
    map_clear_with(&k->users, entry_free);
    map_clear_with(&k->contexts, entry_free);
    strvec_clear(&k->files);
    strvec_clear(&k->missing);
    free(k->current_context);
    free(k);
}

char *kubeconfig_names(const struct map *entries)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(entries, &it))) {
        if (text.len > 0)
            buf_puts(&text, ", ");
        buf_puts(&text, e->key);
    }
    return xstrdup(text.len > 0 ? text.data : "none");
}

int kubeconfig_error(const struct kubeconfig_entry *e, struct error **err, enum error_kind kind,
                     const char *what, ...)
{
    cleanup_free char *text = NULL;
    va_list ap;

    va_start(ap, what);
    text = xvasprintf(what, ap);
    va_end(ap);
    return error_set(err, kind, "%s: %s \"%s\": %s", e->file, e->kind, e->name, text);
}

int kubeconfig_wrap(const struct kubeconfig_entry *e, const char *field, struct error **err)
{
    return error_wrap(err, "%s: %s \"%s\": %s", e->file, e->kind, e->name, field);
}

/* A field that is text, made so where it was not quoted: kubectl reads `namespace: 12` as "12" and
 * `name: y` as "true". Anything else is handed back as it is; NULL means absent. */
static const json_t *text_of(json_t *object, const char *field)
{
    const json_t *value = json_object_get(object, field);
    cleanup_free char *text = NULL;

    if (json_is_boolean(value))
        text = xstrdup(json_is_true(value) ? "true" : "false");
    else if (json_is_integer(value))
        text = xasprintf("%lld", (long long)json_integer_value(value));
    else
        return value;
    json_object_set_new(object, field, json_string(text));
    return json_object_get(object, field);
}

int kubeconfig_text(const struct kubeconfig_entry *e, const char *field, const char **out,
                    struct error **err)
{
    const json_t *value = text_of(e->body, field);

    *out = NULL;
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_string(value))
        return kubeconfig_error(e, err, ERROR_INVALID, "%s: expected a string", field);
    if (json_string_length(value) > 0)
        *out = json_string_value(value);
    return 0;
}

int kubeconfig_bool(const struct kubeconfig_entry *e, const char *field, bool *out,
                    struct error **err)
{
    const json_t *value = json_object_get(e->body, field);

    if (value && !json_is_null(value) && !json_is_boolean(value))
        return kubeconfig_error(e, err, ERROR_INVALID, "%s: expected true or false", field);
    *out = json_is_true(value);
    return 0;
}

int kubeconfig_path(const struct kubeconfig_entry *e, const char *field, char **out,
                    struct error **err)
{
    cleanup_free char *file = xstrdup(e->file);
    const char *path;

    if (kubeconfig_text(e, field, &path, err) < 0)
        return -1;
    if (!path)
        *out = NULL;
    else if (path[0] == '/')
        *out = xstrdup(path);
    else
        *out = xasprintf("%s/%s", dirname(file), path);
    return 0;
}

struct section {
    const char *list; /* the top-level field */
    const char *kind; /* the field of an item that holds its body */
    struct map *into;
};

/* `seen` holds the names of this file: a name may stand in many files, but once in each. */
static int add_entry(const struct section *s, const char *file, size_t index, json_t *item,
                     struct map *seen, struct error **err)
{
    const char *name = json_string_value(text_of(item, "name"));
    json_t *body = json_object_get(item, s->kind);
    struct kubeconfig_entry *e;

    if (!name || !*name)
        return error_set(err, ERROR_INVALID, "%s: %s[%zu]: expected a name", file, s->list, index);
    if (map_has(seen, name))
        return error_set(err, ERROR_INVALID, "%s: %s: the name \"%s\" stands twice", file, s->list,
                         name);
    if (body && !json_is_null(body) && !json_is_object(body))
        return error_set(err, ERROR_INVALID, "%s: %s \"%s\": expected a map under \"%s\"", file,
                         s->kind, name, s->kind);
    map_set(seen, name, item);
    if (map_has(s->into, name))
        return 0;
    e = xcalloc(1, sizeof(*e));
    e->kind = s->kind;
    e->name = xstrdup(name);
    e->file = xstrdup(file);
    e->body = json_is_object(body) ? json_incref(body) : json_object();
    map_set(s->into, name, e);
    return 0;
}

static int add_section(const struct section *s, const char *file, const json_t *doc,
                       struct error **err)
{
    cleanup_map struct map seen = {0};
    const json_t *list = json_object_get(doc, s->list);
    json_t *item;
    size_t i;

    if (list && !json_is_null(list) && !json_is_array(list))
        return error_set(err, ERROR_INVALID, "%s: %s: expected a list", file, s->list);
    json_array_foreach (list, i, item)
        if (add_entry(s, file, i, item, &seen, err) < 0)
            return -1;
    return 0;
}

static int check_type(const char *file, const json_t *doc, struct error **err)
{
    const char *kind = json_string_value(json_object_get(doc, "kind"));
    const char *version = json_string_value(json_object_get(doc, "apiVersion"));

    if (!json_is_object(doc))
        return error_set(err, ERROR_INVALID, "%s: is not a kubeconfig: expected a map", file);
    if (kind && *kind && !streq(kind, "Config"))
        return error_set(err, ERROR_INVALID, "%s: is not a kubeconfig: kind is %s, expected Config",
                         file, kind);
    if (version && *version && !streq(version, "v1"))
        return error_set(err, ERROR_UNSUPPORTED, "%s: apiVersion %s, expected v1", file, version);
    return 0;
}

static int add_file(struct kubeconfig *k, const char *file, struct error **err)
{
    const struct section sections[] = {
        {"clusters", "cluster", &k->clusters},
        {"users", "user", &k->users},
        {"contexts", "context", &k->contexts},
    };
    cleanup_free char *text = NULL;
    cleanup_json json_t *docs = NULL;
    const json_t *current;
    json_t *doc;

    if (config_read(file, CONFIG_FILE_MAX_BYTES, &text, err) < 0 ||
        yaml_parse(file, text, strlen(text), YAML_KUBECTL, &docs, err) < 0)
        return -1;
    strvec_push(&k->files, file);
    if (json_array_size(docs) == 0)
        return 0;
    if (json_array_size(docs) > 1)
        return error_set(err, ERROR_INVALID, "%s: holds %zu documents, expected one", file,
                         json_array_size(docs));
    doc = json_array_get(docs, 0);
    if (check_type(file, doc, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        if (add_section(&sections[i], file, doc, err) < 0)
            return -1;
    current = text_of(doc, "current-context");
    if (!k->current_context && json_string_length(current) > 0)
        k->current_context = xstrdup(json_string_value(current));
    return 0;
}

static void default_paths(struct strvec *paths)
{
    char home[4096];
    size_t size = sizeof(home);
    const char *list = getenv("KUBECONFIG");

    if (list && *list) {
        for (const char *start = list;; start++) {
            const char *end = strchrnul(start, ':');
            cleanup_free char *path = xstrndup(start, (size_t)(end - start));

            if (*path && !strvec_has(paths, path))
                strvec_push(paths, path);
            if (!*end)
                return;
            start = end;
        }
    }
    if (uv_os_homedir(home, &size) == 0)
        strvec_pushf(paths, "%s/.kube/config", home);
}

static int add_default_files(struct kubeconfig *k, struct error **err)
{
    cleanup_strvec struct strvec paths = {0};

    default_paths(&paths);
    for (size_t i = 0; i < paths.len; i++) {
        struct error *failure = NULL;

        if (add_file(k, paths.items[i], &failure) == 0)
            continue;
        if (error_kind(failure) != ERROR_NOT_FOUND) {
            *err = failure;
            return -1;
        }
        strvec_push(&k->missing, paths.items[i]);
        error_free(failure);
    }
    return 0;
}

int kubeconfig_load(const char *path, struct kubeconfig **out, struct error **err)
{
    cleanup_kubeconfig struct kubeconfig *k = xcalloc(1, sizeof(*k));

    if (path ? add_file(k, path, err) < 0 : add_default_files(k, err) < 0)
        return error_wrap(err, "load kubeconfig");
    *out = TAKE(k);
    return 0;
}
