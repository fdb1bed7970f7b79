/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any tree of files builds or fails with a message; nothing crashes, leaks or hangs. The input is
 * a tree in text form: a line "=== PATH" begins each file; the build starts at the directory of the
 * first one. Whatever is built can be printed. Each repository elsewhere holds the same files, and
 * each address of a file means the one that its last part names.
 */
#include "tests/fuzz/fuzz.h"

#include "kustomize/build.h"
#include "lib/doc/yaml.h"

#define MARK "=== "
#define FILES_MAX 48

struct file {
    char *path;
    const char *text; /* borrowed from the input */
    size_t len;
};

struct memory_tree {
    struct file files[FILES_MAX];
    size_t count;
};

static struct file *find(struct memory_tree *t, const char *path)
{
    for (size_t i = 0; i < t->count; i++)
        if (streq(t->files[i].path, path))
            return &t->files[i];
    return NULL;
}

/* What is behind "DIR/" in `path`, or NULL where it is not below that directory. */
static const char *below(const char *path, const char *dir)
{
    size_t len = strlen(dir);

    if (!len)
        return path;
    return str_has_prefix(path, dir) && path[len] == '/' ? path + len + 1 : NULL;
}

static int memory_lookup(void *self, const char *path, enum tree_kind *kind, bool *is_link,
                         char id[65], struct error **err)
{
    struct memory_tree *t = self;

    (void)err;
    if (id)
        *id = '\0';
    *is_link = false;
    *kind = find(t, path) ? TREE_FILE : *path ? TREE_ABSENT : TREE_DIR;
    for (size_t i = 0; i < t->count && *kind == TREE_ABSENT; i++)
        if (below(t->files[i].path, path))
            *kind = TREE_DIR;
    return 0;
}

static int memory_readlink(void *self, const char *path, struct buf *target, struct error **err)
{
    (void)self;
    (void)target;
    return error_set(err, ERROR_INTERNAL, "%s is no link", path);
}

static int memory_read(void *self, const char *path, struct buf *out, struct error **err)
{
    const struct file *file = find(self, path);

    if (!file)
        return error_set(err, ERROR_NOT_FOUND, "%s: no such file", path);
    return buf_append(out, file->text, file->len, err);
}

static int memory_list(void *self, const char *path, struct strvec *names, struct error **err)
{
    struct memory_tree *t = self;

    (void)err;
    for (size_t i = 0; i < t->count; i++) {
        const char *rest = below(t->files[i].path, path);
        cleanup_free char *name = rest ? xstrndup(rest, strcspn(rest, "/")) : NULL;

        if (name && !strvec_has(names, name))
            strvec_push(names, name);
    }
    return 0;
}

static void memory_free(void *self)
{
    struct memory_tree *t = self;

    for (size_t i = 0; i < t->count; i++)
        free(t->files[i].path);
    free(t);
}

/* Take a file in, unless its path is none, or is a directory or below a file already. */
static void add(struct memory_tree *t, const char *path, const char *text, size_t len)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *normal = NULL;

    if (path_join("", path, &normal, &err) < 0 || !*normal)
        return;
    for (size_t i = 0; i < t->count; i++)
        if (streq(t->files[i].path, normal) || below(t->files[i].path, normal) ||
            below(normal, t->files[i].path))
            return;
    t->files[t->count++] = (struct file){TAKE(normal), text, len};
}

static struct memory_tree *tree_of_text(const char *text)
{
    struct memory_tree *t = xcalloc(1, sizeof(*t));

    while (t->count < FILES_MAX && str_has_prefix(text, MARK)) {
        size_t line = strcspn(text, "\n");
        cleanup_free char *path = xstrndup(text + strlen(MARK), line - strlen(MARK));
        const char *body = text + line + (text[line] == '\n');
        const char *next = str_has_prefix(body, MARK) ? body : strstr(body, "\n" MARK);

        if (next && next != body)
            next++;
        add(t, path, body, next ? (size_t)(next - body) : strlen(body));
        text = next ? next : "";
    }
    return t;
}

static const struct tree_ops ops = {.lookup = memory_lookup,
                                    .readlink = memory_readlink,
                                    .read = memory_read,
                                    .list = memory_list,
                                    .free = memory_free};

static int find_repository(void *arg, const struct remote_repository *r, struct file_tree **tree,
                           struct error **err)
{
    (void)r;
    (void)err;
    *tree = tree_new(&ops, tree_of_text(arg));
    return 0;
}

static int find_file(void *arg, const char *url, struct buf *out, struct error **err)
{
    struct memory_tree *files = tree_of_text(arg);
    const char *slash = strrchr(url, '/');
    int rc = memory_read(files, slash ? slash + 1 : url, out, err);

    memory_free(files);
    return rc;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_free char *text = xstrndup((const char *)data, size);
    const struct kustomize_resolver resolver = {find_repository, find_file, text};
    const struct kustomize_options options = {.resolver = &resolver};
    struct memory_tree *files = tree_of_text(text);
    cleanup_free char *root = files->count ? path_dir(files->files[0].path) : xstrdup("");
    cleanup_file_tree struct file_tree *tree = tree_new(&ops, files);
    cleanup_buf struct buf printed = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *objects = NULL;

    if (kustomize_build(tree, root, &options, &objects, &err) < 0) {
        fuzz_check_failed(err);
        if (objects)
            abort();
        return 0;
    }
    if (!json_is_array(objects) || yaml_print_all(objects, &printed, &err) < 0)
        abort();
    return 0;
}
