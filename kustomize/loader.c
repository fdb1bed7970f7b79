/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/loader.h"

#include "kustomize/documents.h"
#include "kustomize/field_config.h"
#include "lib/doc/budget.h"
#include "lib/doc/yaml.h"

struct kustomize_cache {
    struct map documents;      /* path: json_t array */
    struct map kustomizations; /* directory: struct kustomization */
};

static void free_json(void *value)
{
    json_decref(value);
}

static void free_kustomization(void *value)
{
    kustomization_free(value);
}

struct kustomize_cache *kustomize_cache_new(void)
{
    return xcalloc(1, sizeof(struct kustomize_cache));
}

void kustomize_cache_free(struct kustomize_cache *cache)
{
    if (!cache)
        return;
    map_clear_with(&cache->documents, free_json);
    map_clear_with(&cache->kustomizations, free_kustomization);
    free(cache);
}

/* ---- the session ---- */

void session_init(struct session *s, const struct kustomize_options *options)
{
    *s = (struct session){.resolver = options ? options->resolver : NULL, .schemas = schemas_new()};
}

static void free_loader(void *value)
{
    loader_clear(value);
    free(value);
}

static void free_file(void *value)
{
    buf_clear(value);
    free(value);
}

void session_clear(struct session *s)
{
    map_clear_with(&s->remotes, free_loader);
    map_clear_with(&s->files, free_file);
    map_clear_with(&s->documents, free_json);
    field_configs_clear(&s->configs);
    schemas_free(s->schemas);
}

void loader_init(struct loader *l, struct session *session, struct file_tree *tree,
                 const struct kustomize_options *options)
{
    *l = (struct loader){
        .session = session,
        .tree = tree,
        .restrictor = options ? options->restrictor : KUSTOMIZE_ROOT_ONLY,
        .cache = options ? options->cache : NULL,
    };
    if (!l->cache)
        l->cache = l->owned_cache = kustomize_cache_new();
}

void loader_clear(struct loader *l)
{
    kustomize_cache_free(l->owned_cache);
    tree_free(l->owned_tree);
    remote_repository_clear(&l->repository);
}

/* ---- paths ---- */

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

    if (path_join(dir, path, &joined, err) < 0)
        return -1;
    return tree_locate(l->tree, joined, kind, real, err);
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

/* ---- what is remote ---- */

static int check_resolver(const struct session *s, const char *what, struct error **err)
{
    if (s->resolver)
        return 0;
    return error_set(err, ERROR_DENIED,
                     "\"%s\" is remote, and remote resources are not allowed here; copy the files "
                     "into the repository, or add them as a submodule",
                     what);
}

static int read_remote_file(struct session *s, const char *url, struct buf *out, struct error **err)
{
    struct buf *known = map_find(&s->files, url);

    if (!known) {
        if (check_resolver(s, url, err) < 0)
            return -1;
        known = xmalloc(sizeof(*known));
        *known = (struct buf)BUF_INIT(RESOURCE_FILE_MAX_BYTES);
        if (s->resolver->file(s->resolver->arg, url, known, err) < 0) {
            free_file(known);
            return -1;
        }
        map_set(&s->files, url, known);
    }
    return buf_append(out, known->data, known->len, err);
}

int loader_enter_remote(struct loader *l, const struct remote_repository *r, struct loader **out,
                        char **dir, struct error **err)
{
    cleanup_free char *key = xasprintf("%s?ref=%s", r->url, r->ref);
    struct session *s = l->session;
    struct loader *found = map_find(&s->remotes, key);
    struct file_tree *tree;

    if (!found) {
        if (check_resolver(s, r->raw, err) < 0 ||
            s->resolver->repository(s->resolver->arg, r, &tree, err) < 0)
            return -1;
        found = xmalloc(sizeof(*found));
        loader_init(found, s, tree, NULL);
        found->owned_tree = tree;
        remote_repository_parse(r->raw, &found->repository, err);
        map_set(&s->remotes, key, found);
    }
    if (tree_real_path(found->tree, r->path, dir, err) < 0)
        return error_wrap(err, "%s", r->raw);
    *out = found;
    return 0;
}

/* ---- content ---- */

int loader_read(struct loader *l, const char *dir, const char *path, struct buf *out,
                struct error **err)
{
    cleanup_free char *real = NULL;
    size_t before = out->len;

    if (remote_is_file_url(path)) {
        if (read_remote_file(l->session, path, out, err) < 0)
            return -1;
    } else if (resolve_file(l, dir, path, &real, err) < 0 ||
               tree_read(l->tree, real, out, err) < 0) {
        return -1;
    }
    return budget_spend(out->len - before, err);
}

static int parse_documents(struct loader *l, const char *name, const char *path, json_t **out,
                           struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(RESOURCE_FILE_MAX_BYTES);
    int rc = remote_is_file_url(path) ? read_remote_file(l->session, path, &text, err)
                                      : tree_read(l->tree, name, &text, err);

    if (rc < 0)
        return -1;
    return documents_parse(name, text.data, text.len, out, err);
}

int loader_documents(struct loader *l, const char *dir, const char *path, const json_t **out,
                     struct error **err)
{
    bool is_remote = remote_is_file_url(path);
    cleanup_free char *name = is_remote ? xstrdup(path) : NULL;
    struct map *known = is_remote ? &l->session->documents : &l->cache->documents;
    json_t *docs;

    if (!is_remote && resolve_file(l, dir, path, &name, err) < 0)
        return -1;
    docs = map_find(known, name);
    if (docs && !is_remote && !l->owned_cache && tree_note(l->tree, name, err) < 0)
        return -1;
    if (!docs) {
        if (parse_documents(l, name, path, &docs, err) < 0)
            return -1;
        map_set(known, name, docs);
    }
    *out = docs;
    return 0;
}

int loader_take_documents(struct loader *l, const char *dir, const char *path, json_t **out,
                          struct error **err)
{
    cleanup_free char *name = NULL;
    const json_t *docs;

    /* What other builds share, or comes from elsewhere, stays. */
    if (!l->owned_cache || remote_is_file_url(path)) {
        if (loader_documents(l, dir, path, &docs, err) < 0)
            return -1;
        *out = json_deep_copy(docs);
        return 0;
    }
    if (resolve_file(l, dir, path, &name, err) < 0)
        return -1;
    *out = map_remove(&l->cache->documents, name);
    return *out ? 0 : parse_documents(l, name, path, out, err);
}

int loader_kustomization(struct loader *l, const char *dir, const struct kustomization **out,
                         struct error **err)
{
    struct kustomization *k = map_find(&l->cache->kustomizations, dir);
    const char *name;

    /* The lookups of one that another build cached are made again: this one has read it, too. */
    if (k && !l->owned_cache &&
        (kustomization_file(l->tree, dir, &name, err) < 0 || tree_note(l->tree, k->file, err) < 0))
        return -1;
    if (!k) {
        if (kustomization_load(l->tree, dir, &k, err) < 0)
            return -1;
        map_set(&l->cache->kustomizations, dir, k);
    }
    *out = k;
    return 0;
}
