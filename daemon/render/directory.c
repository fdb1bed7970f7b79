/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/directory.h"

#include "daemon/object/identity.h"
#include "lib/base/glob.h"
#include "lib/doc/budget.h"
#include "lib/doc/yaml.h"

/* Of all files together. Argo CD: reposerver.max.combined.directory.manifests.size. */
#define COMBINED_MAX_BYTES ((size_t)10 * 1000 * 1000)
#define DEPTH_MAX 64
/* What a name in a directory takes while files are looked for: also where it is recorded. */
#define ENTRY_BYTES 1024
#define SKIP_MARK "+argocd:skip-file-rendering"
#define LFS_MARK "version https://git-lfs.github.com/spec/"

struct rendering {
    struct file_tree *tree;
    const char *root;
    const struct directory_options *options;
    size_t bytes; /* read so far */
    json_t *objects;
};

static bool is_manifest(const char *name)
{
    return str_has_suffix(name, ".yaml") || str_has_suffix(name, ".yml") ||
           str_has_suffix(name, ".json") || str_has_suffix(name, ".jsonnet");
}

/* `below` is the path below the directory. Without a separator: `*` crosses '/', as in Argo CD. */
static bool is_selected(const struct directory_options *o, const char *below)
{
    if (o->exclude && *o->exclude && glob_match(o->exclude, below, 0))
        return false;
    return !o->include || !*o->include || glob_match(o->include, below, 0);
}

static int read_file(struct rendering *r, const char *path, struct buf *text, struct error **err)
{
    if (tree_read(r->tree, path, text, err) < 0) {
        if (error_kind(*err) != ERROR_TOO_LARGE)
            return error_wrap(err, "read %s", path);
        error_free(TAKE(*err));
        return error_set(err, ERROR_TOO_LARGE,
                         "%s: exceeded max combined manifest file size: %s holds more than %zu "
                         "bytes of manifests",
                         path, *r->root ? r->root : "the repository", COMBINED_MAX_BYTES);
    }
    r->bytes += text->len;
    return 0;
}

/* Argo CD reads a .json file as one object. */
static int check_json(const char *path, const json_t *documents, struct error **err)
{
    if (json_array_size(documents) <= 1)
        return 0;
    return error_set(err, ERROR_INVALID, "%s: holds %zu documents, a .json file must be one object",
                     path, json_array_size(documents));
}

/* Later nobody knows the file any more. */
static int check_name(const char *path, size_t number, const json_t *document, struct error **err)
{
    if (str_has_suffix(object_string(document, "kind"), "List") ||
        *object_meta_string(document, "name") || *object_meta_string(document, "generateName") ||
        json_object_get(json_object_get(document, "metadata"), "name"))
        return 0;
    return error_set(err, ERROR_INVALID, "%s: document %zu (%s): metadata.name is missing", path,
                     number, object_string(document, "kind"));
}

/* The kind and the version come first: without them nobody can say what is wrong with the rest. */
static int add_document(struct rendering *r, const char *path, size_t number, json_t *document,
                        struct error **err)
{
    static const char *const required[] = {"apiVersion", "kind"};

    if (json_is_null(document))
        return 0;
    if (!json_is_object(document))
        return error_set(err, ERROR_INVALID, "%s: document %zu is not a Kubernetes object", path,
                         number);
    for (size_t i = 0; i < ARRAY_LEN(required); i++)
        if (!json_is_string(json_object_get(document, required[i])))
            return error_set(err, ERROR_INVALID,
                             "%s: document %zu has no %s: no Kubernetes object (exclude the file, "
                             "or put \"# " SKIP_MARK "\" into it)",
                             path, number, required[i]);
    if (check_name(path, number, document, err) < 0)
        return -1;
    if (budget_spend_value(document, err) < 0)
        return error_wrap(err, "%s: document %zu", path, number);
    json_array_append(r->objects, document);
    return 0;
}

static int render_file(struct rendering *r, const char *path, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(COMBINED_MAX_BYTES - r->bytes);
    cleanup_json json_t *documents = NULL;

    if (str_has_suffix(path, ".jsonnet") && r->options->skip_jsonnet)
        return 0;
    if (str_has_suffix(path, ".jsonnet"))
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s: jsonnet is not supported: render it to YAML, or exclude it with "
                         "spec.source.directory.exclude",
                         path);
    if (read_file(r, path, &text, err) < 0)
        return -1;
    if (strstr(text.data, SKIP_MARK))
        return 0;
    if (str_has_prefix(text.data, LFS_MARK))
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s: a pointer of Git LFS, which is not fetched: commit the file itself",
                         path);
    if (yaml_parse(path, text.data, text.len, YAML_KUBECTL, &documents, err) < 0)
        return -1;
    if (str_has_suffix(path, ".json") && check_json(path, documents, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(documents); i++)
        if (add_document(r, path, i + 1, json_array_get(documents, i), err) < 0)
            return -1;
    return 0;
}

static int render_dir(struct rendering *r, const char *path, const char *below, unsigned depth,
                      struct error **err);

/* A link to a directory is not entered: what it leads to is visited where it really is, if at all,
 * and a link to a parent would never end. */
static int render_subdir(struct rendering *r, const char *path, const char *below, unsigned depth,
                         struct error **err)
{
    cleanup_free char *real = NULL;

    if (tree_real_path(r->tree, path, &real, err) < 0)
        return error_wrap(err, "read %s", path);
    return streq(real, path) ? render_dir(r, path, below, depth + 1, err) : 0;
}

/* Is everything that it may hold excluded? */
static bool is_excluded_below(const char *exclude, const char *dir)
{
    static const char *const names[] = {"x.yaml", "x.yml", "x.json"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cleanup_free char *inside = xasprintf("%s/%s", dir, names[i]);

        if (!exclude || !*exclude || !glob_match(exclude, inside, 0))
            return false;
    }
    return true;
}

/* May the pattern match a path below the directory? By what it begins with. */
static bool may_match_below(const char *pattern, const char *dir)
{
    size_t plain = strcspn(pattern, "*?[{\\");
    size_t len = strlen(dir);

    if (plain <= len)
        return pattern[plain] && strncmp(pattern, dir, plain) == 0;
    return strncmp(pattern, dir, len) == 0 && pattern[len] == '/';
}

/* What is in it may be wanted: where it were left out silently, a prune would delete that. */
static int refuse_submodule(struct rendering *r, const char *path, const char *below,
                            struct error **err)
{
    const struct directory_options *o = r->options;

    if (!o->recurse || is_excluded_below(o->exclude, below) ||
        (o->include && *o->include && !may_match_below(o->include, below)))
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "%s is a submodule, and those are not fetched: put its files into this "
                     "repository, or exclude it with spec.source.directory.exclude",
                     path);
}

static int render_entry(struct rendering *r, const char *path, const char *below, unsigned depth,
                        struct error **err)
{
    enum tree_kind kind;
    bool manifest = is_manifest(path_base(path));

    if (manifest && !is_selected(r->options, below))
        manifest = false;
    if (!manifest && !r->options->recurse)
        return 0;
    if (tree_stat(r->tree, path, &kind, err) < 0)
        return error_wrap(err, "read %s", path);
    if (kind == TREE_DIR && r->options->recurse)
        return render_subdir(r, path, below, depth, err);
    if (kind == TREE_OTHER)
        return refuse_submodule(r, path, below, err);
    return kind == TREE_FILE && manifest ? render_file(r, path, err) : 0;
}

static int render_dir(struct rendering *r, const char *path, const char *below, unsigned depth,
                      struct error **err)
{
    cleanup_strvec struct strvec names = {0};

    if (depth > DEPTH_MAX)
        return error_set(err, ERROR_TOO_LARGE, "%s: directories are nested deeper than %d", path,
                         DEPTH_MAX);
    if (tree_list(r->tree, path, &names, err) < 0)
        return error_wrap(err, "list %s", *path ? path : "the repository");
    for (size_t i = 0; i < names.len; i++) {
        const char *name = names.items[i];
        cleanup_free char *full = *path ? xasprintf("%s/%s", path, name) : xstrdup(name);
        cleanup_free char *relative = *below ? xasprintf("%s/%s", below, name) : xstrdup(name);

        if (depth == 0 && streq(name, ".git"))
            continue;
        if (budget_spend(ENTRY_BYTES + strlen(full), err) < 0)
            return error_wrap(err, "%s", full);
        if (render_entry(r, full, relative, depth, err) < 0)
            return -1;
    }
    return 0;
}

static int check_glob(const char *pattern, const char *field, struct error **err)
{
    if (pattern && *pattern && glob_check(pattern, err) < 0)
        return error_wrap(err, "spec.source.directory.%s", field);
    return 0;
}

int directory_render(struct file_tree *tree, const char *path,
                     const struct directory_options *options, json_t **objects, struct error **err)
{
    cleanup_free char *root = NULL;
    cleanup_free char *real = NULL;
    cleanup_json json_t *result = json_array();
    cleanup_budget struct budget budget;
    struct rendering r = {.tree = tree, .options = options, .objects = result};
    enum tree_kind kind;

    budget_begin(&budget);
    if (check_glob(options->include, "include", err) < 0 ||
        check_glob(options->exclude, "exclude", err) < 0 || path_join("", path, &root, err) < 0 ||
        tree_stat(tree, root, &kind, err) < 0)
        return error_wrap(err, "render %s", path);
    if (kind == TREE_ABSENT)
        return error_set(err, ERROR_NOT_FOUND, "%s: app path does not exist", path);
    if (kind != TREE_DIR)
        return error_set(err, ERROR_INVALID,
                         "%s: app path is not a directory (a submodule is not fetched)", path);
    if (tree_real_path(tree, root, &real, err) < 0)
        return error_wrap(err, "render %s", path);
    r.root = real;
    if (render_dir(&r, real, "", 0, err) < 0)
        return -1;
    *objects = TAKE(result);
    return 0;
}
