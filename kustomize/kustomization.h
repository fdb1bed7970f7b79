/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kustomization: one kustomization file, parsed, checked against the fields that kustomize knows,
 * and with its legacy fields moved to where they live today (bases to resources, imageTags to
 * images, env to envs).
 * The fields stay a json_t: after the check each one has the type that its users expect.
 */
#ifndef GITOPSD_KUSTOMIZE_KUSTOMIZATION_H
#define GITOPSD_KUSTOMIZE_KUSTOMIZATION_H

#include "kustomize/options.h"
#include "lib/tree/tree.h"

#define KUSTOMIZATION_MAX_BYTES (4u << 20)

struct kustomization {
    char *dir;  /* in the tree, links resolved */
    char *file; /* path of the file, for messages */
    char *name; /* "kustomization.yaml" */
    json_t *doc;
    bool is_component;
};

/* The name of the file in a directory, or NULL where there is none; borrowed. Two of them are
 * ERROR_INVALID. */
int kustomization_file(struct file_tree *tree, const char *dir, const char **name,
                       struct error **err);
/* Load the file of directory `dir`. ERROR_NOT_FOUND where the directory has none. */
int kustomization_load(struct file_tree *tree, const char *dir, struct kustomization **out,
                       struct error **err);
void kustomization_free(struct kustomization *k);
/* A copy that `edit` has changed, and whose fields were checked again. */
int kustomization_edit(const struct kustomization *k, const struct kustomize_options *options,
                       struct kustomization **out, struct error **err);

/* A field of the file, NULL where absent, null or empty. */
const json_t *kustomization_get(const struct kustomization *k, const char *field);

/* "overlays/prod" as people know it: "." for the root. */
const char *dir_shown(const char *dir);

DEFINE_CLEANUP(kustomization, struct kustomization, kustomization_free)
#define cleanup_kustomization __attribute__((cleanup(cleanup_kustomization_fn)))

#endif
