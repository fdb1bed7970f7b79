/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader: files and directories that a kustomization names, within what it may name.
 * A file lies in or below the kustomization's own directory, links resolved, unless the caller
 * lifts the restriction; a base may lie anywhere in the tree. A remote base has a tree and a loader
 * of its own, and nothing in it leaves that tree.
 * Parsed files are kept: a base that many overlays share is parsed once.
 */
#ifndef GITOPSD_KUSTOMIZE_LOADER_H
#define GITOPSD_KUSTOMIZE_LOADER_H

#include "kustomize/kustomization.h"
#include "kustomize/openapi.h"
#include "kustomize/remote.h"
#include "lib/base/map.h"

/* One file's limit; a CustomResourceDefinition may have 1 MB. */
#define RESOURCE_FILE_MAX_BYTES (64u << 20)

/* What all loaders of one build share. */
struct session {
    const struct kustomize_resolver *resolver; /* NULL: nothing remote */
    struct schemas *schemas;
    struct map remotes;   /* a repository's address and ref: struct loader */
    struct map files;     /* URL: struct buf */
    struct map documents; /* URL: json_t array; not in the cache, which outlives the build */
    struct map configs;   /* field_config.h: what was loaded and merged */
    size_t layer_count;   /* bases and components built so far */
};

struct loader {
    struct session *session;
    struct file_tree *tree;
    struct file_tree *owned_tree; /* the same where the loader frees it */
    enum kustomize_restrictor restrictor;
    struct kustomize_cache *cache;
    struct kustomize_cache *owned_cache;
    struct remote_repository repository; /* raw is NULL for the tree that is being built */
};

void session_init(struct session *s, const struct kustomize_options *options);
void session_clear(struct session *s);
#define cleanup_session __attribute__((cleanup(session_clear)))

void loader_init(struct loader *l, struct session *session, struct file_tree *tree,
                 const struct kustomize_options *options);
void loader_clear(struct loader *l);
#define cleanup_loader __attribute__((cleanup(loader_clear)))

/* "../base - ../shared" is one entry where a list was badly indented: refused for directories. */
bool path_is_ambiguous(const char *path);

/* What `path` of the kustomization in `dir` is. *real is its path in the tree (heap), set for what
 * exists. */
int loader_stat(struct loader *l, const char *dir, const char *path, enum tree_kind *kind,
                char **real, struct error **err);
/* Append the content of a file, or of what an HTTP(S) address holds. ERROR_DENIED where the
 * restrictor forbids it. */
int loader_read(struct loader *l, const char *dir, const char *path, struct buf *out,
                struct error **err);
/* The documents of a resource file: a borrowed array, not to be changed. */
int loader_documents(struct loader *l, const char *dir, const char *path, const json_t **out,
                     struct error **err);
/* The same to own and to change; read again where it is asked for once more. */
int loader_take_documents(struct loader *l, const char *dir, const char *path, json_t **out,
                          struct error **err);
/* Borrowed until the cache goes. */
int loader_kustomization(struct loader *l, const char *dir, const struct kustomization **out,
                         struct error **err);
/* The loader of a remote repository (borrowed until the session goes), and the directory in it
 * (heap). ERROR_DENIED without a resolver. */
int loader_enter_remote(struct loader *l, const struct remote_repository *r, struct loader **out,
                        char **dir, struct error **err);

/* Is `path` the directory `dir` or below it? */
bool path_is_below(const char *path, const char *dir);

#endif
