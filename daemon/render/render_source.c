/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/render_source.h"

#include "daemon/render/app_kustomize.h"
#include "daemon/render/app_source.h"
#include "daemon/render/directory.h"
#include "daemon/settings/settings.h"
#include "kustomize/build.h"
#include "kustomize/kustomization.h"
#include "lib/doc/patch.h"
#include "lib/doc/yaml.h"

/* What the builds of a store keep for each other is bounded by their number. */
#define STORE_BUILDS_MAX 512
#define OVERRIDE_MAX_BYTES (1u << 20)

/* ---- an open commit ---- */

int render_store_open(const char *repo_dir, const char *commit, struct render_store **out,
                      struct error **err)
{
    struct render_store *store = xcalloc(1, sizeof(*store));

    if (git_open(repo_dir, &store->repo, err) < 0 ||
        git_tree_open(store->repo, commit, &store->tree, err) < 0) {
        render_store_free(store);
        return -1;
    }
    store->cache = kustomize_cache_new();
    store->repo_dir = xstrdup(repo_dir);
    strcpy(store->commit, commit);
    *out = store;
    return 0;
}

void render_store_free(struct render_store *store)
{
    if (!store)
        return;
    kustomize_cache_free(store->cache);
    tree_free(store->tree);
    git_close(store->repo);
    free(store->repo_dir);
    free(store);
}

bool render_store_is(const struct render_store *store, const char *repo_dir, const char *commit)
{
    return streq(store->repo_dir, repo_dir) && streq(store->commit, commit);
}

bool render_store_is_worn(const struct render_store *store)
{
    return store->builds >= STORE_BUILDS_MAX;
}

/* ---- override files ---- */

/* They cannot change what is rendered, only how. Source: Argo CD, mergeSourceParameters. */
static void keep_place(json_t *merged, const json_t *source)
{
    static const char *const fields[] = {"repoURL", "path", "chart", "targetRevision"};

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        json_t *value = json_object_get(source, fields[i]);

        if (value)
            json_object_set(merged, fields[i], value);
        else
            json_object_del(merged, fields[i]);
    }
}

static int merge_file(struct file_tree *tree, const char *path, json_t **source, bool *merged,
                      struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(OVERRIDE_MAX_BYTES);
    cleanup_json json_t *documents = NULL;
    cleanup_json json_t *patched = NULL;
    enum tree_kind kind;
    const json_t *patch;

    if (tree_stat(tree, path, &kind, err) < 0)
        return -1;
    if (kind != TREE_FILE)
        return 0;
    if (tree_read(tree, path, &text, err) < 0 ||
        yaml_parse(path, text.data, text.len, YAML_KUBECTL, &documents, err) < 0)
        return -1;
    patch = json_array_get(documents, 0);
    if (json_array_size(documents) == 0 || json_is_null(patch))
        return 0;
    if (json_array_size(documents) > 1 || !json_is_object(patch))
        return error_set(err, ERROR_INVALID, "%s: must be one map of fields of a source", path);
    patched = json_deep_copy(*source);
    merge_patch_apply(&patched, patch);
    keep_place(patched, *source);
    json_decref(*source);
    *source = TAKE(patched);
    *merged = true;
    return 0;
}

/* The source as it counts: `r->text` and what the files in its directory say of it. */
static int load_source(const struct source_render *r, struct app_source *out, struct error **err)
{
    cleanup_json json_t *source = json_loads(r->text, 0, NULL);
    const char *path = json_string_value(json_object_get(source, "path"));
    bool merged = false;

    if (path && *path) {
        cleanup_free char *common = xasprintf("%s/.argocd-source.yaml", path);
        cleanup_free char *own = xasprintf("%s/.argocd-source-%s.yaml", path, r->instance);

        if (merge_file(r->store->tree, common, &source, &merged, err) < 0 ||
            merge_file(r->store->tree, own, &source, &merged, err) < 0)
            return -1;
    }
    if (app_source_parse(source, r->field, r->of_several, out, err) == 0)
        return 0;
    return merged ? error_wrap(err, "%s/.argocd-source*.yaml", path) : -1;
}

/* ---- rendering ---- */

static int check_path(struct file_tree *tree, const char *path, struct error **err)
{
    enum tree_kind kind;

    if (tree_stat(tree, path, &kind, err) < 0)
        return -1;
    if (kind == TREE_ABSENT)
        return error_set(err, ERROR_NOT_FOUND, "%s: app path does not exist", path);
    if (kind != TREE_DIR)
        return error_set(err, ERROR_INVALID,
                         "%s: app path is not a directory (a submodule is not fetched)", path);
    return 0;
}

static int build(struct source_render *r, const struct app_source *source, json_t **objects,
                 struct error **err)
{
    const struct app_env env = {.name = r->instance,
                                .namespace = r->namespace,
                                .project = r->project,
                                .revision = r->store->commit,
                                .repo_url = source->repo_url,
                                .path = source->path,
                                .target_revision = source->target_revision};
    struct app_kustomize overrides = {.fields = source->kustomize,
                                      .field = source->field,
                                      .env = &env,
                                      .tree = r->store->tree,
                                      .path = source->path};
    struct kustomize_options options = {.resolver = &r->remote->resolver,
                                        .cache = r->store->cache,
                                        .edit = source->kustomize ? app_kustomize_edit : NULL,
                                        .edit_arg = &overrides};
    int result;

    if (r->settings) {
        options.restrictor = r->settings->kustomize.restrictor;
        options.reorder = r->settings->kustomize.reorder;
    }
    result = kustomize_build(r->store->tree, source->path, &options, objects, err);

    render_remote_close(r->remote);
    r->by_commit = overrides.used_revision;
    return result;
}

/* What Argo CD would take for one. A build without it would be another application. */
static int refuse_chart(struct file_tree *tree, const struct app_source *source, struct error **err)
{
    cleanup_strvec struct strvec names = {0};

    if (tree_list(tree, source->path, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++)
        if (str_has_suffix(names.items[i], "Chart.yaml"))
            return error_set(err, ERROR_UNSUPPORTED,
                             "%s: %s makes it a Helm chart, which is not supported: render it into "
                             "the repository (helm template), or set %s.directory to read plain "
                             "manifests",
                             source->path, names.items[i], source->field);
    return 0;
}

/* What the source says, or what its directory looks like: SOURCE_KUSTOMIZE or SOURCE_DIRECTORY. */
static int find_tool(const struct source_render *r, const struct app_source *source,
                     enum source_tool *tool, struct error **err)
{
    bool builds = !r->settings || r->settings->kustomize_enabled;
    bool has_charts = !r->settings || r->settings->helm_enabled;
    const char *kustomization = NULL;

    *tool = source->tool == SOURCE_KUSTOMIZE && builds ? SOURCE_KUSTOMIZE : SOURCE_DIRECTORY;
    if (source->tool != SOURCE_DISCOVER)
        return 0;
    if (builds && kustomization_file(r->store->tree, source->path, &kustomization, err) < 0)
        return -1;
    if (kustomization)
        *tool = SOURCE_KUSTOMIZE;
    return kustomization || !has_charts ? 0 : refuse_chart(r->store->tree, source, err);
}

static int render_path(struct source_render *r, const struct app_source *source, json_t **objects,
                       struct error **err)
{
    struct directory_options directory = {.recurse = source->recurse,
                                          .include = source->include,
                                          .exclude = source->exclude,
                                          .skip_jsonnet =
                                              r->settings && !r->settings->jsonnet_enabled};
    enum source_tool tool;

    if (check_path(r->store->tree, source->path, err) < 0 || find_tool(r, source, &tool, err) < 0)
        return -1;
    r->tool = tool == SOURCE_KUSTOMIZE ? "Kustomize" : "Directory";
    if (tool == SOURCE_KUSTOMIZE)
        return build(r, source, objects, err);
    return directory_render(r->store->tree, source->path, &directory, objects, err);
}

int source_render(struct source_render *r, json_t **objects, struct error **err)
{
    struct app_source source;
    int rc = 0;

    r->tool = "";
    r->store->builds++;
    if (load_source(r, &source, err) < 0)
        return -1;
    if (*source.path)
        rc = render_path(r, &source, objects, err);
    else
        *objects = json_array();
    app_source_clear(&source);
    return rc;
}
