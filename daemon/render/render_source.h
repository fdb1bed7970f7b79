/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render_source: one source of an application, at its commit, to rendered objects.
 * The source is what the spec says with the override files of its directory merged in
 * (`.argocd-source.yaml`, then `.argocd-source-INSTANCE.yaml`); what it does not say itself is
 * found in its directory: a kustomization file, else plain manifests.
 * Source: argocd-behaviour, sections 1.3 and 1.4. Thread: the one that renders.
 */
#ifndef GITOPSD_DAEMON_RENDER_RENDER_SOURCE_H
#define GITOPSD_DAEMON_RENDER_RENDER_SOURCE_H

#include "daemon/render/render_remote.h"
#include "lib/git/git.h"

/* An open commit, and what its builds share. */
struct render_store {
    char *repo_dir;
    char commit[GIT_OID_HEX_BYTES];
    struct git_repository_handle *repo;
    struct file_tree *tree;
    struct kustomize_cache *cache;
    unsigned builds;
};

int render_store_open(const char *repo_dir, const char *commit, struct render_store **out,
                      struct error **err);
void render_store_free(struct render_store *store);
bool render_store_is(const struct render_store *store, const char *repo_dir, const char *commit);
/* Its builds left enough behind: open it anew. */
bool render_store_is_worn(const struct render_store *store);

struct source_render {
    struct render_store *store;
    const char *field; /* of the source, for messages */
    const char *text;  /* struct app_source */
    bool of_several;
    const char *instance;
    const char *namespace; /* of the destination */
    const char *project;
    const struct settings *settings; /* NULL: the defaults */
    struct render_remote *remote;
    bool by_commit; /* out: another commit renders otherwise, even where its files are the same */
    const char
        *tool; /* out: "Kustomize", "Directory", "" for a mere ref or where it is not known */
};

/* `*objects` is a new array. */
int source_render(struct source_render *r, json_t **objects, struct error **err);

#endif
