/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: what the caller of a build (build.h) asks for, and what it brings along.
 */
#ifndef GITOPSD_KUSTOMIZE_OPTIONS_H
#define GITOPSD_KUSTOMIZE_OPTIONS_H

#include "lib/base/error.h"

#include <jansson.h>

enum kustomize_reorder {
    KUSTOMIZE_REORDER_UNSPECIFIED, /* sortOptions of the file, else legacy: `kustomize build` */
    KUSTOMIZE_REORDER_LEGACY,
    KUSTOMIZE_REORDER_NONE,
};

enum kustomize_restrictor { KUSTOMIZE_ROOT_ONLY, KUSTOMIZE_RESTRICT_NONE };

struct buf;
struct file_tree;
struct remote_repository;

/*
 * What lies outside the tree, brought in by the caller. Both may be called many times in a build;
 * the engine asks once for each repository and each file.
 */
struct kustomize_resolver {
    /* The files of a repository at its ref. The engine frees the tree. */
    int (*repository)(void *arg, const struct remote_repository *r, struct file_tree **tree,
                      struct error **err);
    /* Append what an HTTP(S) address holds. */
    int (*file)(void *arg, const char *url, struct buf *out, struct error **err);
    void *arg;
};

/*
 * Parsed files of one state of one tree (a commit), shared by several builds of it. Lookups are
 * made in the tree all the same, so a tree_record sees them.
 * Thread: one at a time, and so are all builds with it.
 */
struct kustomize_cache;
struct kustomize_cache *kustomize_cache_new(void);
void kustomize_cache_free(struct kustomize_cache *cache);

struct kustomize_options {
    enum kustomize_reorder reorder;
    enum kustomize_restrictor restrictor;
    const struct kustomize_resolver *resolver; /* NULL: what is remote is refused */
    struct kustomize_cache *cache;             /* NULL: none but the build's own */
    bool exact; /* the objects are of spelled values, for yaml_print_spelled(); else plain JSON */
    /* Changes the kustomization that is built, not its bases, before that is done (edit.h). `doc`
     * has its legacy fields where they live today. NULL: it is built as it is. */
    int (*edit)(void *arg, json_t *doc, struct error **err);
    void *edit_arg;
};

#endif
