/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tree/tree_resolve.h"

struct file_tree *tree_new(const struct tree_ops *ops, void *self)
{
    struct file_tree *tree = xcalloc(1, sizeof(*tree));

    tree->ops = ops;
    tree->self = self;
    return tree;
}

void tree_free(struct file_tree *tree)
{
    if (!tree)
        return;
    tree->ops->free(tree->self);
    free(tree);
}

static int fail(struct file_tree *tree)
{
    if (tree->record)
        tree_record_fail(tree->record);
    return -1;
}

/* Every question about a tree comes through here, so that it is recorded. */
static int find(struct file_tree *tree, const char *path, enum tree_demand demand,
                struct tree_found *found, struct error **err)
{
    cleanup_free char *normal = NULL;

    if (path_join("", path, &normal, err) < 0)
        return -1; /* for every tree the same */
    if (tree_resolve(tree, normal, found, err) < 0)
        return fail(tree);
    if (tree->record)
        tree_record_add(tree, normal, demand, found);
    return 0;
}

static const char *shown(const char *path)
{
    return *path ? path : "the root of the source";
}

int tree_stat(struct file_tree *tree, const char *path, enum tree_kind *kind, struct error **err)
{
    cleanup_tree_found struct tree_found found = {0};

    if (find(tree, path, TREE_SAW_KIND, &found, err) < 0)
        return -1;
    *kind = found.kind;
    return 0;
}

/* The entry must be of the kind `want`. */
static int expect_kind(const char *path, const struct tree_found *found, enum tree_kind want,
                       struct error **err)
{
    if (found->kind == want)
        return 0;
    switch (found->kind) {
    case TREE_ABSENT: return error_set(err, ERROR_NOT_FOUND, "%s does not exist", shown(path));
    case TREE_DIR:
        return error_set(err, ERROR_INVALID, "%s is a directory, not a file", shown(path));
    case TREE_FILE:
        return error_set(err, ERROR_INVALID, "%s is a file, not a directory", shown(path));
    case TREE_OTHER: break;
    }
    return error_set(err, ERROR_INVALID, "%s is neither a file nor a directory (a submodule?)",
                     shown(path));
}

int tree_read(struct file_tree *tree, const char *path, struct buf *out, struct error **err)
{
    cleanup_tree_found struct tree_found found = {0};
    size_t before = out->len;

    if (find(tree, path, TREE_SAW_CONTENT, &found, err) < 0 ||
        expect_kind(path, &found, TREE_FILE, err) < 0)
        return -1;
    if (tree->ops->read(tree->self, found.real, out, err) < 0) {
        buf_truncate(out, before);
        if (error_kind(*err) != ERROR_TOO_LARGE)
            fail(tree);
        return error_wrap(err, "read %s", path);
    }
    return 0;
}

int tree_note(struct file_tree *tree, const char *path, struct error **err)
{
    cleanup_tree_found struct tree_found found = {0};

    if (!tree->record)
        return 0;
    if (find(tree, path, TREE_SAW_CONTENT, &found, err) < 0)
        return -1;
    return expect_kind(path, &found, TREE_FILE, err);
}

int tree_list(struct file_tree *tree, const char *path, struct strvec *names, struct error **err)
{
    cleanup_tree_found struct tree_found found = {0};
    cleanup_strvec struct strvec listed = {0};

    if (find(tree, path, TREE_SAW_CONTENT, &found, err) < 0 ||
        expect_kind(path, &found, TREE_DIR, err) < 0)
        return -1;
    if (tree->ops->list(tree->self, found.real, &listed, err) < 0) {
        fail(tree);
        return error_wrap(err, "list %s", shown(path));
    }
    strvec_sort(&listed);
    for (size_t i = 0; i < listed.len; i++)
        strvec_push(names, listed.items[i]);
    return 0;
}

int tree_real_path(struct file_tree *tree, const char *path, char **out, struct error **err)
{
    cleanup_tree_found struct tree_found found = {0};

    if (find(tree, path, TREE_SAW_REAL_PATH, &found, err) < 0)
        return -1;
    if (found.kind == TREE_ABSENT)
        return error_set(err, ERROR_NOT_FOUND, "%s does not exist", shown(path));
    *out = TAKE(found.real);
    return 0;
}

int tree_locate(struct file_tree *tree, const char *path, enum tree_kind *kind, char **real,
                struct error **err)
{
    cleanup_tree_found struct tree_found found = {0};

    if (find(tree, path, TREE_SAW_KIND, &found, err) < 0)
        return -1;
    *kind = found.kind;
    if (found.kind == TREE_ABSENT)
        return 0;
    if (tree->record)
        return tree_real_path(tree, path, real, err);
    *real = TAKE(found.real);
    return 0;
}
