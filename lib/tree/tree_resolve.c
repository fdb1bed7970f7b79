/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tree/tree_resolve.h"

/* As Linux's own limit on links in one path. */
#define LINKS_MAX 40
#define LINK_TARGET_MAX_BYTES 4096

void tree_found_clear(struct tree_found *found)
{
    free(TAKE(found->real));
}

struct walk {
    struct file_tree *tree;
    const char *path; /* as asked for, for messages */
    struct buf real;  /* resolved so far */
    struct buf rest;  /* what is still to be walked */
    unsigned links;
};

static void walk_clear(struct walk *w)
{
    buf_clear(&w->real);
    buf_clear(&w->rest);
}

static void pop_name(struct buf *real)
{
    const char *slash = strrchr(real->data, '/');

    buf_truncate(real, slash ? (size_t)(slash - real->data) : 0);
}

/* Put the target of the link at w->real in front of what is still to be walked. */
static int follow_link(struct walk *w, struct error **err)
{
    cleanup_buf struct buf target = BUF_INIT(LINK_TARGET_MAX_BYTES);

    if (++w->links > LINKS_MAX)
        return error_set(err, ERROR_INVALID, "%s: too many symbolic links, or a loop of them",
                         w->path);
    if (w->tree->ops->readlink(w->tree->self, w->real.data, &target, err) < 0)
        return error_wrap(err, "read link %s", w->real.data);
    if (target.data[0] == '/' || target.len == 0 || strlen(target.data) != target.len)
        return error_set(err, ERROR_DENIED,
                         "%s is a symbolic link to \"%s\", which is outside of the source",
                         w->real.data, target.data);
    struct buf rest = BUF_UNLIMITED;
    buf_printf(&rest, "%s/%s", target.data, w->rest.data);
    buf_clear(&w->rest);
    w->rest = rest;
    pop_name(&w->real);
    return 0;
}

/* Take the next name of w->rest onto w->real. False where there is none, or it was "..". */
static int take_name(struct walk *w, bool *taken, struct error **err)
{
    size_t skip = strspn(w->rest.data, "/");
    size_t len = strcspn(w->rest.data + skip, "/");
    const char *name = w->rest.data + skip;

    *taken = false;
    if (len == 2 && memcmp(name, "..", 2) == 0) {
        if (w->real.len == 0)
            return error_set(err, ERROR_DENIED,
                             "%s: a symbolic link on the way leads outside of the source", w->path);
        pop_name(&w->real);
    } else if (len > 0 && !(len == 1 && *name == '.')) {
        if (w->real.len > 0)
            buf_putc(&w->real, '/');
        buf_put(&w->real, name, len);
        *taken = true;
    }
    buf_consume(&w->rest, skip + len);
    return 0;
}

static int walk_all(struct walk *w, struct tree_found *out, struct error **err)
{
    bool is_link = false, taken = false;

    if (w->tree->ops->lookup(w->tree->self, "", &out->kind, &is_link, out->id, err) < 0)
        return -1;
    while (w->rest.data[strspn(w->rest.data, "/")] != '\0') {
        if (take_name(w, &taken, err) < 0)
            return -1;
        /* After ".." or "." the kind is still asked for: it may be the end of the path. */
        if (w->tree->ops->lookup(w->tree->self, w->real.data, &out->kind, &is_link, out->id, err) <
            0)
            return -1;
        if (is_link) {
            if (follow_link(w, err) < 0)
                return -1;
            continue;
        }
        if (out->kind == TREE_ABSENT)
            return 0;
        /* Below a file there is nothing, not even its "..". */
        if (out->kind != TREE_DIR && w->rest.data[strspn(w->rest.data, "/")] != '\0') {
            out->kind = TREE_ABSENT;
            out->id[0] = '\0';
            return 0;
        }
    }
    return 0;
}

/* Is the directory that holds `path` there, and reached without links? Then what a lookup says of
 * `path` is the whole answer, also that it is absent. */
static int has_plain_parent(struct file_tree *tree, const char *path, bool *plain,
                            struct error **err)
{
    cleanup_free char *parent = path_dir(path);
    enum tree_kind kind;
    bool is_link = false;

    if (tree->ops->lookup(tree->self, parent, &kind, &is_link, NULL, err) < 0)
        return -1;
    *plain = kind == TREE_DIR && !is_link;
    return 0;
}

int tree_resolve(struct file_tree *tree, const char *path, struct tree_found *out,
                 struct error **err)
{
    __attribute__((cleanup(walk_clear))) struct walk w = {
        .tree = tree, .path = path, .real = BUF_UNLIMITED, .rest = BUF_UNLIMITED};
    struct tree_found found = {0};
    bool is_link = false;
    bool plain = true;

    /* Nearly every path is without links, and all of its directories are present: one lookup
     * answers, or two. */
    if (tree->ops->lookup(tree->self, path, &found.kind, &is_link, found.id, err) < 0 ||
        (found.kind == TREE_ABSENT && has_plain_parent(tree, path, &plain, err) < 0))
        return -1;
    if (plain && !is_link) {
        found.real = xstrdup(path);
        *out = found;
        return 0;
    }
    buf_puts(&w.rest, path);
    if (walk_all(&w, &found, err) < 0)
        return -1;
    found.via_link = w.links > 0;
    found.real = buf_take(&w.real);
    *out = found;
    return 0;
}
