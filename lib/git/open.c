/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/library.h"

int git_open(const char *dir, struct git_repository_handle **out, struct error **err)
{
    git_repository *repo = NULL;
    git_odb *odb = NULL;
    int code;

    git_library_init();
    /* NO_SEARCH: a missing cache must not end up in a repository around it. */
    code = git_repository_open_ext(&repo, dir, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
    if (code == 0)
        code = git_repository_odb(&odb, repo);
    if (code < 0) {
        git_repository_free(repo);
        return error_set(err, git_library_kind(code), "open the Git repository %s: %s", dir,
                         git_library_message());
    }
    struct git_repository_handle *h = xcalloc(1, sizeof(*h));
    h->repo = repo;
    h->odb = odb;
    h->dir = xstrdup(dir);
    *out = h;
    return 0;
}

void git_close(struct git_repository_handle *h)
{
    if (!h)
        return;
    git_odb_free(h->odb);
    git_repository_free(h->repo);
    free(h->dir);
    free(h);
}

bool git_has_commit(struct git_repository_handle *h, const char *oid)
{
    git_oid id;
    git_commit *commit = NULL;
    git_tree *tree = NULL;
    cleanup_error struct error *ignored = NULL;

    if (git_oid_parse(oid, &id, &ignored) < 0)
        return false;
    bool has = git_commit_lookup(&commit, h->repo, &id) == 0 && git_commit_tree(&tree, commit) == 0;
    git_tree_free(tree);
    git_commit_free(commit);
    return has;
}

int git_rev_parse(struct git_repository_handle *h, const char *revision,
                  char oid[GIT_OID_HEX_BYTES], struct error **err)
{
    git_object *object = NULL, *commit = NULL;
    int code = git_revparse_single(&object, h->repo, revision);

    if (code == 0)
        code = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    if (code == 0)
        git_oid_tostr(oid, GIT_OID_HEX_BYTES, git_object_id(commit));
    git_object_free(commit);
    git_object_free(object);
    if (code < 0)
        return error_set(err, git_library_kind(code), "revision \"%s\" of %s: %s", revision, h->dir,
                         git_library_message());
    return 0;
}
