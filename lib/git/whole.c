/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/whole.h"

#include "lib/base/map.h"

/* Nothing is rendered out of directories so deep; what cannot be reached need not be whole. */
#define MAX_DEPTH 512

struct look {
    git_repository *repo;
    git_odb *odb;
    bool read_blobs;
    struct map seen; /* trees, by their hexadecimal ids */
};

/* The first look at a tree? */
static bool look_is_first(struct look *l, const git_oid *id)
{
    char hex[GIT_OID_HEX_BYTES];

    git_oid_tostr(hex, sizeof(hex), id);
    if (map_has(&l->seen, hex))
        return false;
    map_set(&l->seen, hex, l);
    return true;
}

static bool blob_is_whole(struct look *l, const git_oid *id)
{
    git_odb_object *blob = NULL;
    bool whole = l->read_blobs ? git_odb_read(&blob, l->odb, id) == 0 : git_odb_exists(l->odb, id);

    git_odb_object_free(blob);
    return whole;
}

static bool tree_is_whole(struct look *l, const git_oid *id, unsigned depth)
{
    git_tree *tree = NULL;
    bool whole;

    if (depth > MAX_DEPTH || !look_is_first(l, id))
        return true;
    whole = git_tree_lookup(&tree, l->repo, id) == 0;
    for (size_t i = 0; whole && i < git_tree_entrycount(tree); i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);

        switch (git_tree_entry_type(entry)) {
        case GIT_OBJECT_TREE: whole = tree_is_whole(l, git_tree_entry_id(entry), depth + 1); break;
        case GIT_OBJECT_BLOB: whole = blob_is_whole(l, git_tree_entry_id(entry)); break;
        default: /* a submodule's commit lies elsewhere */ break;
        }
    }
    git_tree_free(tree);
    return whole;
}

bool git_commit_is_whole(git_repository *repo, const git_oid *id, bool read_blobs)
{
    struct look l = {.repo = repo, .read_blobs = read_blobs};
    git_commit *commit = NULL;
    bool whole = git_repository_odb(&l.odb, repo) == 0 &&
                 git_commit_lookup(&commit, repo, id) == 0 &&
                 tree_is_whole(&l, git_commit_tree_id(commit), 0);

    git_commit_free(commit);
    git_odb_free(l.odb);
    map_clear(&l.seen);
    return whole;
}
