/* SPDX-License-Identifier: Apache-2.0 */
/* gitopsctl-git: `gitopsctl render REPO@REVISION:PATH`, straight from the object database, and all
 * that needs something from elsewhere. Started by gitopsctl, with the same arguments. */
#include "cli/command_line.h"
#include "cli/fetch.h"
#include "cli/render.h"
#include "lib/git/git.h"

static int render_commit(const struct render *r, const struct render_revision *at,
                         struct error **err)
{
    cleanup_git_repository struct git_repository_handle *repo = NULL;
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_free char *revision = xstrndup(at->revision, at->revision_len);
    char oid[GIT_OID_HEX_BYTES];

    if (git_open(at->repository, &repo, err) < 0 || git_rev_parse(repo, revision, oid, err) < 0 ||
        git_tree_open(repo, oid, &tree, err) < 0)
        return error_wrap(err, "%s", r->path);
    return render_tree(r, tree, at->path, err);
}

static int render_remote(const struct render *r, struct fetcher *fetcher, struct error **err)
{
    cleanup_remote_repository struct remote_repository remote = {0};
    cleanup_file_tree struct file_tree *tree = NULL;

    if (remote_repository_parse(r->path, &remote, err) < 0 ||
        fetch_repository(fetcher, &remote, &tree, err) < 0)
        return -1;
    return render_tree(r, tree, remote.path, err);
}

static int render(const struct invocation *in, struct error **err)
{
    __attribute__((cleanup(render_revision_clear))) struct render_revision at = {0};
    cleanup_fetcher struct fetcher *fetcher = fetcher_new();
    struct kustomize_resolver resolver = {
        .repository = fetch_repository, .file = fetch_file, .arg = fetcher};
    struct render r = {.options.resolver = &resolver};

    render_parse(&r, in->options);
    if (render_names_remote(&r))
        return render_remote(&r, fetcher, err);
    return render_names_revision(&r, &at) ? render_commit(&r, &at, err) : render_dir(&r, err);
}

int main(int argc, char **argv)
{
    struct verb verb = render_verb;

    if (argc == 2 && streq(argv[1], GIT_WORKER_ARGUMENT))
        return git_worker_main();
    verb.run = render;
    return verb_run(&verb, argv + 1);
}
