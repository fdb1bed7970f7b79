/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_render: the objects that are compared: of a directory on disk, of a commit, of the sources
 * of an Application. As gitopsd renders them: a kustomization, else plain manifests.
 */
#ifndef GITOPSD_CLI_VERBS_DIFF_RENDER_H
#define GITOPSD_CLI_VERBS_DIFF_RENDER_H

#include "cli/fetch.h"
#include "daemon/render/app_source.h"
#include "daemon/settings/settings.h"

/* What the Application has to say about it; all may be NULL. */
struct diff_context {
    struct fetcher *fetcher; /* never NULL: brings what is remote */
    const char *instance;
    const char *namespace; /* of the destination */
    const char *project;
    const struct settings *settings;
    const struct app_source *source; /* whose fields (kustomize, directory) count */
};

/* A directory on disk. New array. */
int diff_render_dir(const struct diff_context *x, const char *dir, json_t **objects,
                    struct error **err);

/* The repository around a path, which need not exist, and the path in it. Heap strings. */
int diff_find_repository(const char *path, char **repository, char **inside, struct error **err);

/* A directory of a commit; an empty array and `*exists` false where that commit has none. */
int diff_render_revision(const struct diff_context *x, const char *repository, const char *revision,
                         const char *inside, bool *exists, json_t **objects, struct error **err);

/* A source at its targetRevision, fetched; `*commit` (heap) is which one that is. */
int diff_render_source(const struct diff_context *x, bool of_several, char **commit,
                       json_t **objects, struct error **err);

#endif
