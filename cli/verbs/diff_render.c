/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/diff_render.h"

#include "cli/shown_path.h"
#include "cli/verbs/git_user.h"
#include "cli/verbs/progress.h"
#include "daemon/render/render_source.h"
#include "lib/doc/yaml.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define FETCH_TIMEOUT_MS 300000

/* ---- an open tree to objects ---- */

/* The source of `x` (or none) with that path, as text. */
static char *source_text(const struct diff_context *x, const char *path)
{
    cleanup_json json_t *source = x->source ? json_loads(x->source->text, 0, NULL) : json_object();

    if (!x->source)
        json_object_set_new(source, "repoURL", json_string("file:///"));
    json_object_set_new(source, "path", json_string(*path ? path : "."));
    return json_dumps(source, JSON_COMPACT);
}

static int render(const struct diff_context *x, struct render_store *store, const char *path,
                  bool of_several, json_t **objects, struct error **err)
{
    cleanup_free char *text = source_text(x, path);
    struct render_remote remote = {
        .resolver = {.repository = fetch_repository, .file = fetch_file, .arg = x->fetcher}};
    struct source_render r = {.store = store,
                              .field = x->source ? x->source->field : "source",
                              .text = text,
                              .of_several = of_several,
                              .instance = x->instance ? x->instance : "",
                              .namespace = x->namespace ? x->namespace : "",
                              .project = x->project ? x->project : "default",
                              .settings = x->settings,
                              .remote = &remote};

    progress_say("rendering %s", path);
    return source_render(&r, objects, err);
}

/* ---- where from ---- */

int diff_render_dir(const struct diff_context *x, const char *dir, json_t **objects,
                    struct error **err)
{
    cleanup_free char *real = realpath(dir, NULL);
    cleanup_free char *cwd = realpath(".", NULL);
    struct render_store store = {.repo_dir = (char *)"/"};
    int result;

    if (!real)
        return error_set(err, ERROR_NOT_FOUND, "%s: %s", dir, strerror(errno));
    /* Bases may lie anywhere beside the directory: the tree is the whole file system. */
    if (tree_open_dir("/", &store.tree, err) < 0)
        return -1;
    store.cache = kustomize_cache_new();
    result = render(x, &store, real + 1, false, objects, err);
    kustomize_cache_free(store.cache);
    tree_free(store.tree);
    return result < 0 ? shown_path_error(real, cwd ? cwd : "/", err) : 0;
}

static bool is_repository(const char *dir)
{
    cleanup_free char *git = xasprintf("%s/.git", dir);
    cleanup_free char *head = xasprintf("%s/HEAD", dir);
    cleanup_free char *objects = xasprintf("%s/objects", dir);

    return access(git, F_OK) == 0 || (access(head, F_OK) == 0 && access(objects, F_OK) == 0);
}

int diff_find_repository(const char *path, char **repository, char **inside, struct error **err)
{
    cleanup_free char *here = getcwd(NULL, 0);
    cleanup_free char *joined = NULL;
    cleanup_free char *absolute = NULL;
    cleanup_free char *real = realpath(path, NULL); /* without links, as Git knows it */
    size_t len;

    if (path_join(path[0] == '/' || !here ? "" : here + 1, path, &joined, err) < 0)
        return -1;
    absolute = real ? TAKE(real) : xasprintf("/%s", joined);
    for (len = strlen(absolute);; len--) {
        cleanup_free char *dir = NULL;

        if (absolute[len] && absolute[len] != '/')
            continue;
        dir = xasprintf("%.*s", len ? (int)len : 1, absolute);
        if (is_repository(dir)) {
            *repository = TAKE(dir);
            *inside = xstrdup(absolute[len] ? absolute + len + 1 : "");
            return 0;
        }
        if (!len)
            return error_set(err, ERROR_NOT_FOUND, "%s: it is in no Git repository", path);
    }
}

int diff_render_revision(const struct diff_context *x, const char *repository, const char *revision,
                         const char *inside, bool *exists, json_t **objects, struct error **err)
{
    cleanup_git_repository struct git_repository_handle *repo = NULL;
    char commit[GIT_OID_HEX_BYTES];
    struct render_store *store = NULL;
    enum tree_kind kind;
    int result;

    if (git_open(repository, &repo, err) < 0 || git_rev_parse(repo, revision, commit, err) < 0 ||
        render_store_open(repository, commit, &store, err) < 0)
        return -1;
    result = tree_stat(store->tree, inside, &kind, err);
    *exists = result == 0 && kind != TREE_ABSENT;
    if (*exists)
        result = render(x, store, inside, false, objects, err);
    else if (result == 0)
        *objects = json_array();
    render_store_free(store);
    return result < 0 ? error_wrap(err, "%s", revision) : 0;
}

static int fetch_with(const struct diff_context *x, const struct git_credentials *credentials,
                      char **dir, char oid[GIT_OID_HEX_BYTES], struct error **err)
{
    struct fetch_wish wish = {.url = x->source->repo_url,
                              .revision = x->source->target_revision,
                              .tag_prefix = x->source->tag_prefix,
                              .credentials = credentials,
                              .timeout_ms = FETCH_TIMEOUT_MS};

    return fetch_commit(x->fetcher, &wish, dir, oid, err);
}

/* Without credentials, and where that is refused, with the user's own. */
static int fetch(const struct diff_context *x, char **dir, char oid[GIT_OID_HEX_BYTES],
                 struct error **err)
{
    struct git_credentials *own;
    int result = fetch_with(x, NULL, dir, oid, err);

    if (result < 0 && error_kind(*err) == ERROR_DENIED) {
        progress_erase(); /* Git may ask on the terminal */
        own = git_user_credentials(x->source->repo_url);
        if (own) {
            error_free(TAKE(*err));
            result = fetch_with(x, own, dir, oid, err);
        }
        git_credentials_free(own);
    }
    if (result < 0 && error_kind(*err) == ERROR_DENIED)
        return error_wrap(err,
                          "your Git has no credentials for it that serve; --local DIR compares "
                          "with the files of a clone");
    return result;
}

int diff_render_source(const struct diff_context *x, bool of_several, char **commit,
                       json_t **objects, struct error **err)
{
    cleanup_free char *dir = NULL;
    char oid[GIT_OID_HEX_BYTES];
    struct render_store *store = NULL;
    int result;

    if (!*x->source->path) { /* others refer to its files */
        *commit = xstrdup("");
        *objects = json_array();
        return 0;
    }
    if (fetch(x, &dir, oid, err) < 0 || render_store_open(dir, oid, &store, err) < 0)
        return -1;
    result = render(x, store, x->source->path, of_several, objects, err);
    render_store_free(store);
    if (result < 0) {
        cleanup_free char *shown = git_url_shown(x->source->repo_url);

        return error_wrap(err, "%s at %s", shown, oid);
    }
    *commit = xstrdup(oid);
    return 0;
}
