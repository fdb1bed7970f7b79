/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build: what `kustomize build` does, from a source tree, in this process.
 * Behaviour: kustomize v5.8. Knows no Git, no cluster, no event loop.
 * Thread: any; all state is the call's own, but for a cache that the caller may share.
 * Limits: what a build may use up is bounded (lib/doc/budget.h): ERROR_TOO_LARGE.
 * Errors: name the file, the field and the value. A failed build returns no objects.
 */
#ifndef GITOPSD_KUSTOMIZE_BUILD_H
#define GITOPSD_KUSTOMIZE_BUILD_H

#include "lib/base/error.h"
#include "lib/tree/tree.h"

#include <jansson.h>

enum kustomize_reorder {
    KUSTOMIZE_REORDER_UNSPECIFIED, /* sortOptions of the file, else legacy: `kustomize build` */
    KUSTOMIZE_REORDER_LEGACY,
    KUSTOMIZE_REORDER_NONE,
};

enum kustomize_restrictor { KUSTOMIZE_ROOT_ONLY, KUSTOMIZE_RESTRICT_NONE };

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

/*
 * Build the directory `path` of the tree into a JSON array of objects, in output order.
 * `options` may be NULL for the defaults.
 */
int kustomize_build(struct file_tree *tree, const char *path,
                    const struct kustomize_options *options, json_t **objects, struct error **err);

/* The name of the kustomization file in a directory, or NULL where there is none; borrowed.
 * Two of them are ERROR_INVALID. */
int kustomization_file(struct file_tree *tree, const char *path, const char **name,
                       struct error **err);

#endif
