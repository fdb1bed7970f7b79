/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_kustomize: spec.source.kustomize: what an Application changes in its kustomization before
 * it is built. Argo CD edits the file in its checkout with `kustomize edit`, in an order that can
 * be observed; here its parsed document is edited in the same order (kustomize/edit.h).
 * Source: argocd-behaviour, section 1.4. Thread: any.
 */
#ifndef GITOPSD_DAEMON_RENDER_APP_KUSTOMIZE_H
#define GITOPSD_DAEMON_RENDER_APP_KUSTOMIZE_H

#include "daemon/render/app_env.h"
#include "lib/base/error.h"
#include "lib/tree/tree.h"

#include <jansson.h>

/* Does it ask for anything? Flags alone do not. NULL: no. */
bool app_kustomize_is_set(const json_t *kustomize);
/* `field` is that of the source. A field that is not known, or of another type than it must be, is
 * refused by name. */
int app_kustomize_check(const json_t *kustomize, const char *field, struct error **err);

struct app_kustomize {
    const json_t *fields; /* checked */
    const char *field;
    const struct app_env *env;
    struct file_tree *tree;
    const char *path;   /* of the source, in the tree */
    bool used_revision; /* out: the result depends on the commit's id */
};

/* The `edit` of struct kustomize_options; `arg` is a struct app_kustomize. */
int app_kustomize_edit(void *arg, json_t *doc, struct error **err);

#endif
