/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render.h"

#include "cli/beside.h"
#include "cli/output.h"
#include "cli/shown_path.h"
#include "kustomize/build.h"
#include "kustomize/remote.h"
#include "lib/doc/yaml.h"

#include <errno.h>
#include <sys/stat.h>

static const struct option_spec render_options[] = {
    {"reorder", 0, "none|legacy|unspecified",
     "order of the objects; else the file says it, or legacy"},
    {"load-restrictor", 0, "LoadRestrictionsRootOnly|LoadRestrictionsNone",
     "may files lie outside of the directory? By default not"},
    {"output", 'o', "FILE", "a file, or a directory that exists; json and name print"},
    {.name = NULL},
};

void render_parse(struct render *r, const struct options *o)
{
    const char *reorder = options_text(o, "reorder");

    r->options.reorder = !reorder || streq(reorder, "unspecified") ? KUSTOMIZE_REORDER_UNSPECIFIED
                         : streq(reorder, "legacy")                ? KUSTOMIZE_REORDER_LEGACY
                                                                   : KUSTOMIZE_REORDER_NONE;
    r->options.restrictor = streq(options_text(o, "load-restrictor"), "LoadRestrictionsNone")
                                ? KUSTOMIZE_RESTRICT_NONE
                                : KUSTOMIZE_ROOT_ONLY;
    r->output = options_text(o, "output");
    r->path = o->arguments.len ? options_argument(o, 0) : ".";
}

bool render_names_revision(const struct render *r, struct render_revision *out)
{
    struct stat st;

    if (lstat(r->path, &st) == 0)
        return false; /* a path may hold any character */
    for (const char *at = strchr(r->path, '@'); at; at = strchr(at + 1, '@')) {
        const char *colon = strchr(at, ':');

        if (at == r->path || !colon || colon == at + 1)
            continue;
        free(out->repository);
        out->repository = xstrndup(r->path, (size_t)(at - r->path));
        out->revision = at + 1;
        out->revision_len = (size_t)(colon - at - 1);
        out->path = colon + 1;
        if (stat(out->repository, &st) == 0 && S_ISDIR(st.st_mode))
            break;
    }
    return out->repository != NULL;
}

bool render_names_remote(const struct render *r)
{
    cleanup_remote_repository struct remote_repository remote = {0};
    cleanup_error struct error *ignored = NULL;
    struct stat st;

    return strstr(r->path, "://") && lstat(r->path, &st) < 0 &&
           remote_repository_parse(r->path, &remote, &ignored) == 0;
}

void render_revision_clear(struct render_revision *r)
{
    free(TAKE(r->repository));
}

int render_tree(const struct render *r, struct file_tree *tree, const char *dir, struct error **err)
{
    /* Kept: the program ends behind this, and the kernel takes a big build apart faster. */
    static json_t *objects;
    struct kustomize_options options = r->options;

    json_decref(TAKE(objects));
    options.exact = output_is_exact(r->output);
    if (kustomize_build(tree, dir, &options, &objects, err) < 0)
        return -1;
    return output_write(objects, r->output, err);
}

int render_dir(const struct render *r, struct error **err)
{
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_free char *real = realpath(r->path, NULL);
    cleanup_free char *cwd = realpath(".", NULL);

    if (!real)
        return error_set(err, ERROR_NOT_FOUND, "%s: %s", r->path, strerror(errno));
    /* Bases may lie anywhere beside the directory: the tree is the whole file system. */
    if (tree_open_dir("/", &tree, err) < 0)
        return -1;
    if (render_tree(r, tree, real + 1, err) < 0)
        return shown_path_error(real, cwd ? cwd : "/", err);
    return 0;
}

/* A build that needs something from elsewhere ends, and begins again in the other program. */
static int refuse_repository(void *arg, const struct remote_repository *repository,
                             struct file_tree **tree, struct error **err)
{
    (void)tree;
    *(bool *)arg = true;
    return error_set(err, ERROR_UNSUPPORTED, "%s is remote", repository->raw);
}

static int refuse_file(void *arg, const char *url, struct buf *out, struct error **err)
{
    (void)out;
    *(bool *)arg = true;
    return error_set(err, ERROR_UNSUPPORTED, "%s is remote", url);
}

static int render_run(const struct invocation *in, struct error **err)
{
    __attribute__((cleanup(render_revision_clear))) struct render_revision revision = {0};
    cleanup_error struct error *why = NULL;
    bool has_remote = false;
    struct kustomize_resolver resolver = {
        .repository = refuse_repository, .file = refuse_file, .arg = &has_remote};
    struct render r = {.options.resolver = &resolver};

    render_parse(&r, in->options);
    if (render_names_remote(&r) || render_names_revision(&r, &revision))
        return beside_exec("git", in->argv, err);
    if (render_dir(&r, &why) == 0)
        return 0;
    if (has_remote)
        return beside_exec("git", in->argv, err);
    *err = TAKE(why);
    return -1;
}

const struct verb render_verb = {
    .name = "render",
    .summary = "print what a directory, a commit or a URL renders to",
    .arguments = "[PATH | REPO@REVISION:PATH | URL]",
    .max_arguments = 1,
    .about =
        "Prints what `kustomize build` prints, byte for byte. PATH is a directory (by default the\n"
        "current one). REPO@REVISION:PATH is a directory in a commit of a local repository,\n"
        "which needs no checkout. What is remote is fetched, without credentials.\n",
    .examples = "# What production would get from the files here\n"
                "gitopsctl render overlays/production\n"
                "# ... and from the branch main of the repository in this directory\n"
                "gitopsctl render .@main:overlays/production\n"
                "# The images in it\n"
                "gitopsctl render -o json overlays/production | jq '.. | .image? // empty'\n"
                "# One file for each object\n"
                "gitopsctl render -o out/ overlays/production\n",
    .options = render_options,
    .group = VERB_FILES,
    .run = render_run,
};
