/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render.h"

#include "cli/beside.h"
#include "cli/output.h"
#include "kustomize/remote.h"
#include "lib/doc/yaml.h"

#include <errno.h>
#include <sys/stat.h>

static int set_reorder(struct render *r, const char *value, struct error **err)
{
    if (streq(value, "none"))
        r->options.reorder = KUSTOMIZE_REORDER_NONE;
    else if (streq(value, "legacy"))
        r->options.reorder = KUSTOMIZE_REORDER_LEGACY;
    else if (streq(value, "unspecified"))
        r->options.reorder = KUSTOMIZE_REORDER_UNSPECIFIED;
    else
        return error_set(err, ERROR_INVALID,
                         "--reorder %s: must be one of none, legacy, unspecified", value);
    return 0;
}

static int set_restrictor(struct render *r, const char *value, struct error **err)
{
    if (streq(value, "LoadRestrictionsRootOnly"))
        r->options.restrictor = KUSTOMIZE_ROOT_ONLY;
    else if (streq(value, "LoadRestrictionsNone"))
        r->options.restrictor = KUSTOMIZE_RESTRICT_NONE;
    else
        return error_set(err, ERROR_INVALID,
                         "--load-restrictor %s: must be one of LoadRestrictionsRootOnly, "
                         "LoadRestrictionsNone",
                         value);
    return 0;
}

static int set_output(struct render *r, const char *value, struct error **err)
{
    (void)err;
    r->output = value;
    return 0;
}

struct flag {
    const char *name;
    int (*set)(struct render *r, const char *value, struct error **err);
};

static const struct flag flags[] = {
    {"--reorder", set_reorder},
    {"--load-restrictor", set_restrictor},
    {"-o", set_output},
    {"--output", set_output},
};

/* "--flag VALUE" or "--flag=VALUE". Returns the value, NULL where `arg` is another flag. */
static const char *flag_value(const struct flag *flag, const char *arg, char ***next)
{
    size_t len = strlen(flag->name);

    if (strncmp(arg, flag->name, len) != 0)
        return NULL;
    if (arg[len] == '=')
        return arg + len + 1;
    if (arg[len] || !(*next)[0])
        return NULL;
    return *(*next)++;
}

static int parse_flag(struct render *r, const char *arg, char ***next, struct error **err)
{
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        const char *value = flag_value(&flags[i], arg, next);

        if (value)
            return flags[i].set(r, value, err);
    }
    return error_set(err, ERROR_INVALID, "unknown flag or missing value: %s; usage: gitopsctl %s",
                     arg, RENDER_USAGE);
}

int render_parse(struct render *r, char **argv, struct error **err)
{
    while (*argv) {
        const char *arg = *argv++;

        if (arg[0] == '-' && arg[1]) {
            if (parse_flag(r, arg, &argv, err) < 0)
                return -1;
        } else if (r->path) {
            return error_set(err, ERROR_INVALID, "more than one path: %s and %s", r->path, arg);
        } else {
            r->path = arg;
        }
    }
    if (!r->path)
        r->path = ".";
    return 0;
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
    options.exact = true;
    if (kustomize_build(tree, dir, &options, &objects, err) < 0)
        return -1;
    return output_write(objects, r->output, err);
}

int render_dir(const struct render *r, struct error **err)
{
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_free char *real = realpath(r->path, NULL);

    if (!real)
        return error_set(err, ERROR_NOT_FOUND, "%s: %s", r->path, strerror(errno));
    /* Bases may lie anywhere beside the directory: the tree is the whole file system. */
    if (tree_open_dir("/", &tree, err) < 0)
        return -1;
    return render_tree(r, tree, real + 1, err);
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

int render_main(char **argv, struct error **err)
{
    __attribute__((cleanup(render_revision_clear))) struct render_revision revision = {0};
    cleanup_error struct error *why = NULL;
    bool has_remote = false;
    struct kustomize_resolver resolver = {
        .repository = refuse_repository, .file = refuse_file, .arg = &has_remote};
    struct render r = {.options.resolver = &resolver};

    if (render_parse(&r, argv, err) < 0)
        return -1;
    if (render_names_remote(&r) || render_names_revision(&r, &revision))
        return beside_exec("git", argv, err);
    if (render_dir(&r, &why) == 0)
        return 0;
    if (has_remote)
        return beside_exec("git", argv, err);
    *err = TAKE(why);
    return -1;
}
