/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/app_source.h"

#include "daemon/render/app_kustomize.h"
#include "lib/base/mem.h"

#define REF_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

bool source_field_is_set(const json_t *object, const char *field)
{
    const json_t *value = json_object_get(object, field);

    if (json_is_object(value))
        return json_object_size(value) > 0;
    if (json_is_array(value))
        return json_array_size(value) > 0;
    return value && !json_is_null(value) && !streq(json_string_value(value), "");
}

static const char *text_of(const json_t *object, const char *field)
{
    const char *s = json_string_value(json_object_get(object, field));

    return s ? s : "";
}

/* ---- refusals ---- */

/* A value of another type than a text says nothing that can be followed. */
static int check_types(const json_t *source, const char *field, struct error **err)
{
    static const char *const texts[] = {"repoURL",   "path", "targetRevision",
                                        "tagPrefix", "ref",  "name"};
    static const char *const maps[] = {"kustomize", "directory", "helm", "plugin"};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const json_t *value = json_object_get(source, texts[i]);

        if (value && !json_is_null(value) && !json_is_string(value))
            return error_set(err, ERROR_INVALID, "%s.%s must be a string", field, texts[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
        const json_t *value = json_object_get(source, maps[i]);

        if (value && !json_is_null(value) && !json_is_object(value))
            return error_set(err, ERROR_INVALID, "%s.%s must be a map", field, maps[i]);
    }
    return 0;
}

/* Source: Argo CD, ApplicationSource.ExplicitType. */
static int check_one_tool(const json_t *source, struct error **err)
{
    static const struct {
        const char *field, *name;
    } tools[] = {{"kustomize", "Kustomize"},
                 {"helm", "Helm"},
                 {"directory", "Directory"},
                 {"plugin", "Plugin"}};
    const char *first = NULL;

    for (size_t i = 0; i < ARRAY_LEN(tools); i++) {
        if (!source_field_is_set(source, tools[i].field))
            continue;
        if (first)
            return error_set(err, ERROR_INVALID, "multiple application sources defined: %s,%s",
                             first, tools[i].name);
        first = tools[i].name;
    }
    return 0;
}

static int refuse_unsupported(const json_t *source, const char *field, struct error **err)
{
    static const char *const fields[] = {"chart", "helm", "plugin"};

    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (source_field_is_set(source, fields[i]))
            return error_set(err, ERROR_UNSUPPORTED,
                             "%s.%s is not supported: render the manifests into the repository, "
                             "as a kustomize or a plain directory",
                             field, fields[i]);
    if (source_field_is_set(json_object_get(source, "directory"), "jsonnet"))
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s.directory.jsonnet is not supported: render the manifests into the "
                         "repository",
                         field);
    return 0;
}

/* Source: Argo CD, validateSourcePermissions. */
static int check_required(const json_t *source, const char *field, bool of_several,
                          struct error **err)
{
    bool has_files =
        source_field_is_set(source, "path") || (of_several && source_field_is_set(source, "ref"));

    if (source_field_is_set(source, "repoURL") && has_files)
        return 0;
    if (of_several)
        return error_set(err, ERROR_INVALID,
                         "spec.source.repoURL and either source.path, source.chart, or source.ref "
                         "are required for source %s",
                         field);
    return error_set(err, ERROR_INVALID, "%s.repoURL and either %s.path or %s.chart are required",
                     field, field, field);
}

static int check_ref(const char *ref, const char *field, struct error **err)
{
    if (ref[strspn(ref, REF_CHARACTERS)] == '\0')
        return 0;
    return error_set(err, ERROR_INVALID,
                     "%s.ref \"%s\" cannot contain any special characters except '_' and '-'",
                     field, ref);
}

static int check(const json_t *source, const char *field, bool of_several, struct error **err)
{
    if (check_types(source, field, err) < 0 || check_one_tool(source, err) < 0 ||
        refuse_unsupported(source, field, err) < 0 ||
        check_required(source, field, of_several, err) < 0 ||
        check_ref(text_of(source, "ref"), field, err) < 0)
        return -1;
    if (*text_of(source, "path") == '/')
        return error_set(err, ERROR_INVALID, "%s.path \"%s\": app path is absolute", field,
                         text_of(source, "path"));
    return app_kustomize_check(json_object_get(source, "kustomize"), field, err);
}

/* ---- one source ---- */

static char *dup_path(const char *path)
{
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        len--;
    return xstrndup(path, len);
}

static enum source_tool tool_of(const json_t *source)
{
    if (app_kustomize_is_set(json_object_get(source, "kustomize")))
        return SOURCE_KUSTOMIZE;
    return source_field_is_set(source, "directory") ? SOURCE_DIRECTORY : SOURCE_DISCOVER;
}

int app_source_parse(const json_t *source, const char *field, bool of_several,
                     struct app_source *out, struct error **err)
{
    const json_t *directory = json_object_get(source, "directory");
    const char *revision = text_of(source, "targetRevision");
    char *text;

    if (check(source, field, of_several, err) < 0)
        return -1;
    text = json_dumps(source, JSON_COMPACT);
    if (!text)
        return error_set(err, ERROR_INVALID, "%s is not valid", field);
    *out = (struct app_source){
        .field = xstrdup(field),
        .text = text,
        .repo_url = xstrdup(text_of(source, "repoURL")),
        .path = dup_path(text_of(source, "path")),
        .target_revision = xstrdup(*revision ? revision : "HEAD"),
        .tag_prefix = xstrdup(text_of(source, "tagPrefix")),
        .ref = xstrdup(text_of(source, "ref")),
        .name = xstrdup(text_of(source, "name")),
        .tool = tool_of(source),
        .recurse = json_is_true(json_object_get(directory, "recurse")),
        .include = xstrdup(text_of(directory, "include")),
        .exclude = xstrdup(text_of(directory, "exclude")),
    };
    if (out->tool == SOURCE_KUSTOMIZE)
        out->kustomize = json_deep_copy(json_object_get(source, "kustomize"));
    return 0;
}

void app_source_clear(struct app_source *source)
{
    free(source->field);
    free(source->text);
    free(source->repo_url);
    free(source->path);
    free(source->target_revision);
    free(source->tag_prefix);
    free(source->ref);
    free(source->name);
    free(source->include);
    free(source->exclude);
    json_decref(source->kustomize);
    *source = (struct app_source){0};
}

/* ---- several ---- */

/* What people and other sources call a source must mean one. */
static int check_unique(const struct app_sources *sources, struct error **err)
{
    for (size_t i = 0; i < sources->count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct app_source *a = &sources->items[j];
            const struct app_source *b = &sources->items[i];

            if (*a->ref && streq(a->ref, b->ref))
                return error_set(err, ERROR_INVALID,
                                 "invalid sources: multiple sources had the same `ref` key: "
                                 "%s.ref and %s.ref are both \"%s\"",
                                 a->field, b->field, a->ref);
            if (*a->name && streq(a->name, b->name))
                return error_set(err, ERROR_INVALID,
                                 "%s.name and %s.name are both \"%s\": names must be unique",
                                 a->field, b->field, a->name);
        }
    return 0;
}

static int parse_list(const json_t *list, const char *field, struct app_sources *out,
                      struct error **err)
{
    size_t i;
    json_t *item;

    out->items = xcalloc(json_array_size(list), sizeof(*out->items));
    json_array_foreach ((json_t *)list, i, item) {
        cleanup_free char *name = xasprintf("%s.sources[%zu]", field, i);

        if (app_source_parse(item, name, true, &out->items[i], err) < 0)
            return -1;
        out->count++;
    }
    return check_unique(out, err);
}

static int parse_one(const json_t *source, const char *field, struct app_sources *out,
                     struct error **err)
{
    cleanup_free char *name = xasprintf("%s.source", field);

    out->items = xcalloc(1, sizeof(*out->items));
    if (app_source_parse(source, name, false, out->items, err) < 0)
        return -1;
    out->count = 1;
    return 0;
}

int app_sources_parse(const json_t *holder, const char *field, struct app_sources *out,
                      struct error **err)
{
    const json_t *list = json_object_get(holder, "sources");
    bool several = json_array_size(list) > 0;
    struct app_sources sources = {0};

    if ((several ? parse_list(list, field, &sources, err)
                 : parse_one(json_object_get(holder, "source"), field, &sources, err)) < 0) {
        app_sources_clear(&sources);
        return -1;
    }
    sources.written = packed_new(several ? list : json_object_get(holder, "source"));
    *out = sources;
    return 0;
}

void app_sources_clear(struct app_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        app_source_clear(&sources->items[i]);
    free(sources->items);
    packed_unref(sources->written);
    *sources = (struct app_sources){0};
}

bool app_sources_are_several(const struct app_sources *sources)
{
    return packed_is_array(sources->written);
}
