/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render.h"

#include "kustomize/build.h"
#include "lib/doc/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* What fits a terminal fits here; a build may print all of a big repository. */
#define OUTPUT_MAX_BYTES (1u << 30)

struct render {
    struct kustomize_options options;
    const char *path;
    const char *output; /* NULL: standard output */
};

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

static int parse_args(struct render *r, char **argv, struct error **err)
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

static int write_output(const char *path, const struct buf *text, struct error **err)
{
    FILE *f = path ? fopen(path, "wb") : stdout;
    bool failed;

    if (!f)
        return error_set(err, ERROR_INVALID, "open %s: %s", path, strerror(errno));
    failed = fwrite(text->data, 1, text->len, f) != text->len;
    if (path)
        failed = fclose(f) != 0 || failed;
    else
        failed = fflush(f) != 0 || failed;
    if (failed)
        return error_set(err, ERROR_INVALID, "write %s: %s", path ? path : "standard output",
                         strerror(errno));
    return 0;
}

int render_main(char **argv, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(OUTPUT_MAX_BYTES);
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_json json_t *objects = NULL;
    cleanup_free char *real = NULL;
    struct render r = {0};

    if (parse_args(&r, argv, err) < 0)
        return -1;
    real = realpath(r.path, NULL);
    if (!real)
        return error_set(err, ERROR_NOT_FOUND, "%s: %s", r.path, strerror(errno));
    /* Bases may lie anywhere beside the directory: the tree is the whole file system. */
    if (tree_open_dir("/", &tree, err) < 0 ||
        kustomize_build(tree, real + 1, &r.options, &objects, err) < 0 ||
        yaml_print_all(objects, &text, err) < 0)
        return -1;
    return write_output(r.output, &text, err);
}
