/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/loader.h"

#include "lib/doc/yaml.h"

void loader_init(struct loader *l, struct file_tree *tree, const struct kustomize_options *options)
{
    *l = (struct loader){.tree = tree,
                         .restrictor = options ? options->restrictor : KUSTOMIZE_ROOT_ONLY};
}

static void free_json(void *value)
{
    json_decref(value);
}

static void free_kustomization(void *value)
{
    kustomization_free(value);
}

void loader_clear(struct loader *l)
{
    map_clear_with(&l->documents, free_json);
    map_clear_with(&l->kustomizations, free_kustomization);
}

bool path_is_remote(const char *path)
{
    static const char *const prefixes[] = {"git::", "git@", "gh:", "github.com/", "github.com:"};
    const char *colon = strchr(path, ':');
    const char *at = strchr(path, '@');

    if (strstr(path, "://"))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (str_has_prefix(path, prefixes[i]))
            return true;
    /* user@host:path */
    return at && colon && at < colon && !memchr(path, '/', (size_t)(colon - path));
}

bool path_is_ambiguous(const char *path)
{
    while (*path) {
        size_t len = strcspn(path, "/");

        if (len > 2 && memmem(path, len, "..", 2))
            return true;
        path += len;
        path += strspn(path, "/");
    }
    return false;
}

bool path_is_below(const char *path, const char *dir)
{
    size_t len = strlen(dir);

    return len == 0 || (strncmp(path, dir, len) == 0 && (path[len] == 0 || path[len] == '/'));
}

int loader_stat(struct loader *l, const char *dir, const char *path, enum tree_kind *kind,
                char **real, struct error **err)
{
    cleanup_free char *joined = NULL;

    if (path_is_remote(path))
        return error_set(err, ERROR_UNSUPPORTED,
                         "\"%s\" is remote: a build reads nothing but its own repository; copy "
                         "the files in, or add them as a submodule",
                         path);
    if (path_join(dir, path, &joined, err) < 0)
        return -1;
    if (tree_stat(l->tree, joined, kind, err) < 0)
        return -1;
    if (*kind == TREE_ABSENT)
        return 0;
    return tree_real_path(l->tree, joined, real, err);
}

/* The real path of a file that may be read. */
static int resolve_file(struct loader *l, const char *dir, const char *path, char **real,
                        struct error **err)
{
    enum tree_kind kind;

    if (loader_stat(l, dir, path, &kind, real, err) < 0)
        return -1;
    if (kind == TREE_ABSENT)
        return error_set(err, ERROR_NOT_FOUND, "\"%s\" does not exist in %s", path, dir_shown(dir));
    if (kind != TREE_FILE)
        return error_set(err, ERROR_INVALID, "\"%s\" in %s is not a file", path, dir_shown(dir));
    if (l->restrictor == KUSTOMIZE_ROOT_ONLY && !path_is_below(*real, dir))
        return error_set(err, ERROR_DENIED,
                         "file \"%s\" is not in or below %s; move it there, or make its directory "
                         "a base",
                         path, dir_shown(dir));
    return 0;
}

int loader_read(struct loader *l, const char *dir, const char *path, struct buf *out,
                struct error **err)
{
    cleanup_free char *real = NULL;

    if (resolve_file(l, dir, path, &real, err) < 0)
        return -1;
    return tree_read(l->tree, real, out, err);
}

int loader_documents(struct loader *l, const char *dir, const char *path, const json_t **out,
                     struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(RESOURCE_FILE_MAX_BYTES);
    cleanup_free char *real = NULL;
    json_t *docs;

    if (resolve_file(l, dir, path, &real, err) < 0)
        return -1;
    docs = map_find(&l->documents, real);
    if (!docs) {
        if (tree_read(l->tree, real, &text, err) < 0 ||
            yaml_parse(real, text.data, text.len, YAML_KUSTOMIZE, &docs, err) < 0)
            return -1;
        map_set(&l->documents, real, docs);
    }
    *out = docs;
    return 0;
}

int loader_kustomization(struct loader *l, const char *dir, const struct kustomization **out,
                         struct error **err)
{
    struct kustomization *k = map_find(&l->kustomizations, dir);

    if (!k) {
        if (kustomization_load(l->tree, dir, &k, err) < 0)
            return -1;
        map_set(&l->kustomizations, dir, k);
    }
    *out = k;
    return 0;
}
