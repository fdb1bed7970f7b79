/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build each directory on its own, in one process as the daemon does, and print all of it:
 *
 *     render-each [--alone] ROOT DIRECTORY...
 *
 * With --alone, the builds share no parsed files.
 */
#include "kustomize/build.h"
#include "lib/doc/yaml.h"

#include <stdio.h>

static int render(struct file_tree *tree, const char *path, struct kustomize_cache *cache,
                  struct error **err)
{
    struct kustomize_options options = {.cache = cache};
    cleanup_buf struct buf out = BUF_UNLIMITED;
    cleanup_json json_t *objects = NULL;

    if (kustomize_build(tree, path, &options, &objects, err) < 0 ||
        yaml_print_all(objects, &out, err) < 0)
        return -1;
    fwrite(out.data, 1, out.len, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    bool alone = argc > 1 && streq(argv[1], "--alone");
    struct kustomize_cache *cache = alone ? NULL : kustomize_cache_new();
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_error struct error *err = NULL;
    int at = 1 + alone;
    int result = at < argc ? tree_open_dir(argv[at++], &tree, &err) : 0;

    while (result == 0 && at < argc)
        result = render(tree, argv[at++], cache, &err);
    if (result < 0)
        fprintf(stderr, "%s\n", error_message(err));
    kustomize_cache_free(cache);
    return result < 0;
}
