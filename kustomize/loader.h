/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader: files and directories that a kustomization names, within what it may name.
 * A file lies in or below the kustomization's own directory, links resolved, unless the caller
 * lifts the restriction; a base may lie anywhere in the tree.
 * Parsed resource files are kept for the whole build: a base that many overlays share is parsed
 * once.
 */
#ifndef GITOPSD_KUSTOMIZE_LOADER_H
#define GITOPSD_KUSTOMIZE_LOADER_H

#include "kustomize/kustomization.h"
#include "lib/base/map.h"

/* One file's limit; a CustomResourceDefinition may have 1 MB. */
#define RESOURCE_FILE_MAX_BYTES (64u << 20)

struct loader {
    struct file_tree *tree;
    enum kustomize_restrictor restrictor;
    struct map documents;      /* path: json_t array */
    struct map kustomizations; /* directory: struct kustomization */
};

void loader_init(struct loader *l, struct file_tree *tree, const struct kustomize_options *options);
void loader_clear(struct loader *l);
#define cleanup_loader __attribute__((cleanup(loader_clear)))

/* Is it a URL or a Git address? Those are never looked for in the tree. */
bool path_is_remote(const char *path);

/* "../base - ../shared" is one entry where a list was badly indented: refused for directories. */
bool path_is_ambiguous(const char *path);

/* What `path` of the kustomization in `dir` is. *real is its path in the tree (heap), set for what
 * exists. ERROR_UNSUPPORTED for a remote path. */
int loader_stat(struct loader *l, const char *dir, const char *path, enum tree_kind *kind,
                char **real, struct error **err);
/* Append the content of a file. ERROR_DENIED where the restrictor forbids it. */
int loader_read(struct loader *l, const char *dir, const char *path, struct buf *out,
                struct error **err);
/* The documents of a resource file: a borrowed array, not to be changed. */
int loader_documents(struct loader *l, const char *dir, const char *path, const json_t **out,
                     struct error **err);
/* Borrowed until loader_clear. */
int loader_kustomization(struct loader *l, const char *dir, const struct kustomization **out,
                         struct error **err);

/* Is `path` the directory `dir` or below it? */
bool path_is_below(const char *path, const char *dir);

#endif
