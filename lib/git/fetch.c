/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch: bring a commit into a bare repository. The directory is a cache that may have been left
 * in any state by a killed child, so whatever does not work is thrown away and cloned once more.
 */
#include "lib/git/remote.h"
#include "lib/git/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the directory ---- */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

static int remove_tree(const char *dir, struct error **err)
{
    if (nftw(dir, remove_entry, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
        return error_set(err, ERROR_INTERNAL, "remove %s: %s", dir, strerror(errno));
    return 0;
}

/* What a killed child left: locks, and packs that were never finished. */
static int remove_leftover(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    const char *name = path + walk->base;

    (void)st;
    if (type == FTW_F && (str_has_suffix(name, ".lock") || str_has_prefix(name, "pack_git2_") ||
                          str_has_prefix(name, "tmp_")))
        unlink(path);
    return 0;
}

/* Of errno. */
static int fail_at(const char *what, const char *path, struct error **err)
{
    const char *reason = strerror(errno), *remedy = remote_shortage(reason);

    return error_set(err, ERROR_INTERNAL, "%s %s: %s%s%s%s", what, path, reason, remedy ? " (" : "",
                     remedy ? remedy : "", remedy ? ")" : "");
}

/* One writer for each directory. The lock stands beside it, because the directory may be made
 * anew. */
static int lock_dir(const char *dir, int *fd, struct error **err)
{
    cleanup_free char *path = xasprintf("%s.lock", dir);

    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd < 0 || flock(*fd, LOCK_EX) < 0)
        return fail_at("lock", path, err);
    return 0;
}

static int make_parents(const char *dir, struct error **err)
{
    cleanup_free char *path = xstrdup(dir);

    for (char *p = path + 1; (p = strchr(p, '/')); p++) {
        *p = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return fail_at("make directory", path, err);
        *p = '/';
    }
    return 0;
}

/* ---- what is there ---- */

static bool has_object(git_repository *repo, const git_oid *id)
{
    git_odb *odb = NULL;
    bool has = git_repository_odb(&odb, repo) == 0 && git_odb_exists(odb, id);

    git_odb_free(odb);
    return has;
}

/* ---- fetching ---- */

/* What is to be there afterwards. */
struct want {
    const char *ref; /* may be NULL */
    git_oid commit;
    git_oid tag;
    bool has_tag;
};

/* Where libgit2's failure lies: here, and not with the remote. */
static bool is_damage(const struct remote_call *call, const char *dir, int code)
{
    const git_error *last = git_error_last();

    /* A full disk damages nothing, and what is on it may be all that there is for now. */
    if (code == 0 || call->err || !last || remote_shortage(last->message))
        return false;
    switch (last->klass) {
    case GIT_ERROR_REFERENCE: /* also: a branch "a" became a directory of branches "a/b" */
    case GIT_ERROR_ZLIB:
    case GIT_ERROR_REPOSITORY:
    case GIT_ERROR_CONFIG:
    case GIT_ERROR_ODB:
    case GIT_ERROR_OBJECT:
    case GIT_ERROR_TREE:
    case GIT_ERROR_INDEXER:
    case GIT_ERROR_SHA: return true;
    case GIT_ERROR_OS: /* also of the network */
    case GIT_ERROR_FILESYSTEM: return strstr(last->message, dir) != NULL;
    default: return false;
    }
}

static int fetch_specs(struct remote_call *call, git_repository *repo, char **specs, size_t count)
{
    git_strarray list = {specs, count};
    git_fetch_options options;
    struct remote_options own;
    git_remote *remote = NULL;
    int code;

    git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
    remote_options_init(&own, call);
    remote_callbacks(call, &options.callbacks);
    options.proxy_opts = own.proxy;
    options.custom_headers = own.headers;
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.prune = GIT_FETCH_NO_PRUNE;
    call->asked = 0;
    code = git_remote_create_anonymous(&remote, repo, call->url);
    if (code == 0)
        code = git_remote_fetch(remote, &list, &options, NULL);
    call->received += call->received_now;
    call->received_now = 0;
    git_remote_free(remote);
    remote_options_clear(&own);
    return code;
}

/* What no branch or tag has any more, as after a force push. Many servers give it where it is asked
 * for by its id; one that does not is no failure of the fetch. */
static int fetch_lost(struct remote_call *call, git_repository *repo, const git_oid *want)
{
    char hex[GIT_OID_HEX_BYTES];
    char one[2 * GIT_OID_HEX_BYTES + 32];
    char *specs[] = {one};

    git_oid_tostr(hex, sizeof(hex), want);
    snprintf(one, sizeof(one), "+%s:refs/remotes/lost/%s", hex, hex);
    remote_step(call, "ask for a commit of");
    fetch_specs(call, repo, specs, 1);
    error_free(TAKE(call->err));
    return 0;
}

static bool has_all(git_repository *repo, const struct want *want)
{
    return has_object(repo, &want->commit) && (!want->has_tag || has_object(repo, &want->tag));
}

/* The reference that the commit came from, first; then everything. */
static int fetch_commit(struct remote_call *call, git_repository *repo, const char *dir,
                        const struct want *want)
{
    char all_heads[] = "+refs/heads/*:refs/remotes/heads/*";
    char all_tags[] = "+refs/tags/*:refs/remotes/tags/*";
    char *all[] = {all_heads, all_tags};
    int code = 0;

    if (want->ref && str_has_prefix(want->ref, "refs/")) {
        cleanup_free char *one =
            xasprintf("+%s:refs/remotes/%s", want->ref, want->ref + strlen("refs/"));
        char *specs[] = {one};
        remote_step(call, "fetch");
        code = fetch_specs(call, repo, specs, 1);
        if (code == 0 && has_object(repo, &want->commit))
            return 0;
        /* The reference may have gone since it was listed. */
        if (code < 0 && (call->err || is_damage(call, dir, code) || code == GIT_EAUTH ||
                         remote_shortage(git_library_message())))
            return code;
    }
    remote_step(call, "fetch all branches and tags of");
    code = fetch_specs(call, repo, all, ARRAY_LEN(all));
    if (code < 0 || has_object(repo, &want->commit))
        return code;
    return fetch_lost(call, repo, &want->commit);
}

static int fetch_into(struct remote_call *call, const char *dir, const struct want *want,
                      bool *damaged, struct error **err)
{
    git_repository *repo = NULL;
    char hex[GIT_OID_HEX_BYTES];
    int code, result = 0;

    *damaged = false;
    git_oid_tostr(hex, sizeof(hex), &want->commit);
    code = git_repository_open_ext(&repo, dir, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
    if (code == 0 && has_all(repo, want)) {
        *damaged = !git_commit_is_whole(repo, &want->commit, true);
        if (*damaged)
            result = error_set(err, ERROR_UNAVAILABLE, "the clone in %s is damaged", dir);
        goto out;
    }
    if (code == GIT_ENOTFOUND)
        code = git_repository_init(&repo, dir, true);
    if (code == 0)
        code = fetch_commit(call, repo, dir, want);
    if (code < 0) {
        *damaged = is_damage(call, dir, code) || (!repo && !remote_shortage(git_library_message()));
        result = remote_fail(call, code, err);
    } else if (!has_object(repo, &want->commit)) {
        result = error_set(err, ERROR_NOT_FOUND,
                           "%s has no commit %s on any branch or tag (was it removed by a force "
                           "push?)",
                           call->shown, hex);
    } else if (!git_commit_is_whole(repo, &want->commit, false)) {
        *damaged = true;
        result = error_set(err, ERROR_UNAVAILABLE, "commit %s of %s did not arrive whole", hex,
                           call->shown);
    }
out:
    git_repository_free(repo);
    return result;
}

static int fetch_locked(struct remote_call *call, const char *dir, const struct want *want,
                        struct error **err)
{
    bool damaged = false, was_there = access(dir, F_OK) == 0;

    nftw(dir, remove_leftover, 32, FTW_PHYS | FTW_MOUNT);
    if (fetch_into(call, dir, want, &damaged, err) == 0)
        return 0;
    if (!damaged || !was_there)
        return -1;
    error_free(TAKE(*err));
    remote_step(call, "clone anew");
    if (remove_tree(dir, err) < 0)
        return -1;
    return fetch_into(call, dir, want, &damaged, err);
}

int remote_fetch(struct remote_call *call, const char *dir, const char *ref, const char *oid,
                 const char *tag, struct error **err)
{
    struct want want = {.ref = ref, .has_tag = tag && *tag};
    int fd = -1, result = -1;

    if (git_oid_parse(oid, &want.commit, err) == 0 &&
        (!want.has_tag || git_oid_parse(tag, &want.tag, err) == 0) && make_parents(dir, err) == 0 &&
        lock_dir(dir, &fd, err) == 0)
        result = fetch_locked(call, dir, &want, err);
    if (fd >= 0)
        close(fd);
    return result;
}
