/* SPDX-License-Identifier: Apache-2.0 */
/* gitopsctl-git: `gitopsctl render REPO@REVISION:PATH`, straight from the object database. Started
 * by gitopsctl, with the same arguments. */
#include "cli/render.h"
#include "lib/git/git.h"

#include <stdio.h>

static int render_commit(char **argv, struct error **err)
{
    __attribute__((cleanup(render_revision_clear))) struct render_revision at = {0};
    cleanup_git_repository struct git_repository_handle *repo = NULL;
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_free char *revision = NULL;
    struct render r = {0};
    char oid[GIT_OID_HEX_BYTES];

    if (render_parse(&r, argv, err) < 0)
        return -1;
    if (!render_names_revision(&r, &at))
        return error_set(err, ERROR_INVALID, "%s: expected REPO@REVISION:PATH", r.path);
    revision = xstrndup(at.revision, at.revision_len);
    if (git_open(at.repository, &repo, err) < 0 || git_rev_parse(repo, revision, oid, err) < 0 ||
        git_tree_open(repo, oid, &tree, err) < 0)
        return error_wrap(err, "%s", r.path);
    return render_tree(&r, tree, at.path, err);
}

int main(int argc, char **argv)
{
    cleanup_error struct error *err = NULL;

    if (argc >= 1 && render_commit(argv + 1, &err) == 0)
        return 0;
    fprintf(stderr, "gitopsctl render: %s\n", error_message(err));
    return 1;
}
