/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree: a read-only source tree. A directory (tree_open_dir) and a commit of a Git object database
 * (git_tree_open in lib/git) have the same interface. Paths are relative to the root, separated by
 * '/', "" is the root; "." and ".." are resolved lexically and may not leave the root
 * (ERROR_DENIED). Symbolic links are followed inside the tree only: a link that leads out is
 * ERROR_DENIED, a loop ERROR_INVALID.
 * Thread: a tree belongs to one thread at a time.
 */
#ifndef GITOPSD_LIB_TREE_TREE_H
#define GITOPSD_LIB_TREE_TREE_H

#include "lib/base/buf.h"
#include "lib/base/vec.h"

enum tree_kind {
    TREE_ABSENT,
    TREE_FILE,
    TREE_DIR,
    TREE_OTHER, /* a submodule, a socket: nothing that can be read */
};

struct file_tree;

/* What implements a tree: paths come in normalised, without "." and "..", and name the entry
 * itself; links are resolved by tree.c with `readlink`. */
struct tree_ops {
    /* TREE_* of the entry, or `*is_link`. Fills `id` (hexadecimal object id, "" where there is
     * none) when `id` is not NULL. An absent entry is a success. */
    int (*lookup)(void *self, const char *path, enum tree_kind *kind, bool *is_link, char id[65],
                  struct error **err);
    int (*readlink)(void *self, const char *path, struct buf *target, struct error **err);
    int (*read)(void *self, const char *path, struct buf *out, struct error **err);
    /* Names of a directory's entries, any order. */
    int (*list)(void *self, const char *path, struct strvec *names, struct error **err);
    void (*free)(void *self);
};

/* Takes `self`. */
struct file_tree *tree_new(const struct tree_ops *ops, void *self);
void tree_free(struct file_tree *tree);

/* A directory on disk. ERROR_NOT_FOUND where it does not exist. */
int tree_open_dir(const char *root, struct file_tree **out, struct error **err);

/* What is at `path`, links followed. Absence is TREE_ABSENT, not an error. */
int tree_stat(struct file_tree *tree, const char *path, enum tree_kind *kind, struct error **err);
/* Both at once: what is at `path`, and what it is really called (heap; NULL for what is absent). */
int tree_locate(struct file_tree *tree, const char *path, enum tree_kind *kind, char **real,
                struct error **err);
/* Append the file's content. ERROR_NOT_FOUND, ERROR_INVALID for a directory, ERROR_TOO_LARGE past
 * the limit of `out`. */
int tree_read(struct file_tree *tree, const char *path, struct buf *out, struct error **err);
/* Record the file as read, for a caller that knows its content already. */
int tree_note(struct file_tree *tree, const char *path, struct error **err);
/* Names in a directory, sorted bytewise. */
int tree_list(struct file_tree *tree, const char *path, struct strvec *names, struct error **err);
/* The path with links resolved and normalised: what the entry is really called. Heap string. */
int tree_real_path(struct file_tree *tree, const char *path, char **out, struct error **err);

/* Lexical: "a/./b/../c" is "a/c", joined to `dir` unless it starts with '/' (then from the root).
 * ERROR_DENIED when it leaves the root. Heap string. */
int path_join(const char *dir, const char *path, char **out, struct error **err);
/* Of two relative paths; unlike those in a tree the result may begin with "..". Heap string. */
char *path_join_relative(const char *base, const char *path);
/* Everything before the last '/', "" where there is none. Heap string. */
char *path_dir(const char *path);
/* Borrowed: behind the last '/'. */
const char *path_base(const char *path);

DEFINE_CLEANUP(file_tree, struct file_tree, tree_free)
#define cleanup_file_tree __attribute__((cleanup(cleanup_file_tree_fn)))

#endif
