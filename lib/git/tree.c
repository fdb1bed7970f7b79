/* SPDX-License-Identifier: Apache-2.0 */
/* tree: a commit's files as a file_tree, straight from the object database. */
#include "lib/base/map.h"
#include "lib/git/library.h"

/* Directories kept at hand. A render looks at many files of few directories. */
#define CACHED_TREES_MAX 4096

struct commit_tree {
    struct git_repository_handle *repo; /* borrowed */
    git_tree *root;
    struct map dirs; /* path -> git_tree */
};

static void free_tree(void *tree)
{
    git_tree_free(tree);
}

static int fail(int code, struct error **err)
{
    return error_set(err, code == GIT_ENOTFOUND ? ERROR_UNAVAILABLE : git_library_kind(code),
                     "the clone is damaged or incomplete: %s", git_library_message());
}

static int find_entry(struct commit_tree *t, const char *path, const git_tree_entry **entry,
                      struct error **err);

/* *out is borrowed, until the next call, and NULL where `path` is no directory. */
static int find_dir(struct commit_tree *t, const char *path, git_tree **out, struct error **err)
{
    const git_tree_entry *entry = NULL;
    git_tree *tree = NULL;

    *out = *path ? map_find(&t->dirs, path) : t->root;
    if (*out)
        return 0;
    if (find_entry(t, path, &entry, err) < 0)
        return -1;
    /* Not "absent": what is in it is wanted, and would be pruned. */
    if (entry && git_tree_entry_type(entry) == GIT_OBJECT_COMMIT)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s is a submodule, and those are not fetched: put its files into this "
                         "repository, or make its repository a source of its own",
                         path);
    if (!entry || git_tree_entry_type(entry) != GIT_OBJECT_TREE)
        return 0;
    int code = git_tree_lookup(&tree, t->repo->repo, git_tree_entry_id(entry));
    if (code < 0)
        return fail(code, err);
    if (t->dirs.count >= CACHED_TREES_MAX)
        map_clear_with(&t->dirs, free_tree);
    map_set(&t->dirs, path, tree);
    *out = tree;
    return 0;
}

/* Not for the root. *entry is borrowed, until the next call, and NULL where there is nothing. */
static int find_entry(struct commit_tree *t, const char *path, const git_tree_entry **entry,
                      struct error **err)
{
    cleanup_free char *parent = path_dir(path);
    git_tree *dir = NULL;

    if (find_dir(t, parent, &dir, err) < 0)
        return -1;
    *entry = dir ? git_tree_entry_byname(dir, path_base(path)) : NULL;
    return 0;
}

static int commit_lookup(void *self, const char *path, enum tree_kind *kind, bool *is_link,
                         char id[65], struct error **err)
{
    struct commit_tree *t = self;
    const git_tree_entry *entry = NULL;

    *is_link = false;
    if (*path && find_entry(t, path, &entry, err) < 0)
        return -1;
    if (id) {
        const git_oid *oid = entry ? git_tree_entry_id(entry) : git_tree_id(t->root);
        id[0] = '\0';
        if (entry || !*path)
            git_oid_tostr(id, GIT_OID_HEX_BYTES, oid);
    }
    if (!*path) {
        *kind = TREE_DIR;
    } else if (!entry) {
        *kind = TREE_ABSENT;
    } else {
        git_filemode_t mode = git_tree_entry_filemode(entry);
        *is_link = mode == GIT_FILEMODE_LINK;
        *kind = mode == GIT_FILEMODE_TREE                                           ? TREE_DIR
                : mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE ? TREE_FILE
                                                                                    : TREE_OTHER;
    }
    return 0;
}

static int commit_read(void *self, const char *path, struct buf *out, struct error **err)
{
    struct commit_tree *t = self;
    const git_tree_entry *entry = NULL;
    git_odb_object *object = NULL;
    git_object_t type;
    size_t size = 0;
    int code;

    if (find_entry(t, path, &entry, err) < 0)
        return -1;
    if (!entry)
        return error_set(err, ERROR_NOT_FOUND, "does not exist");
    /* The size first: a huge blob must not be unpacked to find out that it is one. */
    code = git_odb_read_header(&size, &type, t->repo->odb, git_tree_entry_id(entry));
    if (code == 0 && (size > out->max || out->len > out->max - size))
        return error_set(err, ERROR_TOO_LARGE, "%zu bytes, at most %zu are read", size, out->max);
    if (code == 0)
        code = git_odb_read(&object, t->repo->odb, git_tree_entry_id(entry));
    if (code < 0)
        return fail(code, err);
    int result =
        git_odb_object_type(object) == GIT_OBJECT_BLOB
            ? buf_append(out, git_odb_object_data(object), git_odb_object_size(object), err)
            : error_set(err, ERROR_INVALID, "not a file");
    git_odb_object_free(object);
    return result;
}

static int commit_list(void *self, const char *path, struct strvec *names, struct error **err)
{
    git_tree *dir = NULL;

    if (find_dir(self, path, &dir, err) < 0)
        return -1;
    if (!dir)
        return error_set(err, ERROR_NOT_FOUND, "does not exist");
    for (size_t i = 0; i < git_tree_entrycount(dir); i++)
        strvec_push(names, git_tree_entry_name(git_tree_entry_byindex(dir, i)));
    return 0;
}

static void commit_free(void *self)
{
    struct commit_tree *t = self;

    map_clear_with(&t->dirs, free_tree);
    git_tree_free(t->root);
    free(t);
}

static const struct tree_ops commit_ops = {
    .lookup = commit_lookup,
    .readlink = commit_read, /* a link is a blob that holds its target */
    .read = commit_read,
    .list = commit_list,
    .free = commit_free,
};

int git_tree_open(struct git_repository_handle *repo, const char *commit_oid,
                  struct file_tree **out, struct error **err)
{
    git_oid id;
    git_commit *commit = NULL;
    git_tree *root = NULL;
    int code;

    if (git_oid_parse(commit_oid, &id, err) < 0)
        return -1;
    code = git_commit_lookup(&commit, repo->repo, &id);
    if (code == 0)
        code = git_commit_tree(&root, commit);
    git_commit_free(commit);
    if (code < 0)
        return error_set(err, git_library_kind(code), "commit %s of %s: %s", commit_oid, repo->dir,
                         git_library_message());

    struct commit_tree *t = xcalloc(1, sizeof(*t));
    t->repo = repo;
    t->root = root;
    *out = tree_new(&commit_ops, t);
    return 0;
}
