/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render: `gitopsctl render PATH`: what `kustomize build PATH` prints, from a directory on disk or
 * (by the program gitopsctl-git) from a commit of a local repository, or with what is elsewhere.
 */
#ifndef GITOPSD_CLI_RENDER_H
#define GITOPSD_CLI_RENDER_H

#include "cli/verb.h"
#include "kustomize/options.h"

extern const struct verb render_verb;

/* The command line; everything is borrowed from it. */
struct render {
    struct kustomize_options options;
    const char *path;
    const char *output; /* NULL: standard output */
};

void render_parse(struct render *r, const struct options *o);
/* A directory on disk. */
int render_dir(const struct render *r, struct error **err);
int render_tree(const struct render *r, struct file_tree *tree, const char *dir,
                struct error **err);

/* A URL of a repository elsewhere. */
bool render_names_remote(const struct render *r);

/* REPO@REVISION:PATH. */
struct render_revision {
    char *repository;
    const char *revision; /* borrowed, as `path` is */
    size_t revision_len;
    const char *path;
};

/* False where r->path exists on disk or has another form. Where it has several '@', the repository
 * is what stands before the first that ends the name of a directory. */
bool render_names_revision(const struct render *r, struct render_revision *out);
void render_revision_clear(struct render_revision *r);

#endif
