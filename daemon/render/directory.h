/* SPDX-License-Identifier: Apache-2.0 */
/*
 * directory: a plain directory of YAML and JSON manifests as an array of objects.
 * Source: Argo CD's Directory source (argocd-behaviour, section 1.4 "Directory").
 */
#ifndef GITOPSD_DAEMON_RENDER_DIRECTORY_H
#define GITOPSD_DAEMON_RENDER_DIRECTORY_H

#include "lib/tree/tree.h"

#include <jansson.h>

struct directory_options {
    bool recurse;
    const char *include; /* globs on the path below the directory; NULL or "": everything */
    const char *exclude; /* wins over include */
    bool skip_jsonnet;   /* leave out .jsonnet files; else they are refused by name */
};

/* Files in lexical order; a file containing "+argocd:skip-file-rendering" is skipped; symbolic
 * links must stay in the tree; 10 MB together at most. Unlike Argo CD a file that does not parse is
 * always an error: nothing is dropped in silence. Each error names file, line and column.
 */
int directory_render(struct file_tree *tree, const char *path,
                     const struct directory_options *options, json_t **objects, struct error **err);

#endif
