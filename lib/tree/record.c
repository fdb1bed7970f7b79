/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tree/record.h"

#include "lib/base/map.h"
#include "lib/tree/resolve.h"

#include <assert.h>

#define NO_DIR SIZE_MAX

/* A directory that holds recorded paths. While its id is the same, so is every answer below. */
struct seen_dir {
    char *path;
    size_t parent; /* index, NO_DIR for the root; always smaller than the own index */
    char id[TREE_ID_BYTES];
};

struct seen {
    char *path;
    char *real; /* for TREE_SAW_REAL_PATH */
    size_t dir; /* the deepest directory above; NO_DIR when a link leads elsewhere */
    enum tree_demand demand;
    enum tree_kind kind;
    char id[TREE_ID_BYTES];
};

struct tree_record {
    struct ptrvec dirs;   /* struct seen_dir */
    struct ptrvec seen;   /* struct seen */
    struct map dir_index; /* path -> its index plus one */
    struct map keys;      /* demand and path: recorded already */
    bool failed;
};

struct tree_record *tree_record_new(void)
{
    return xcalloc(1, sizeof(struct tree_record));
}

void tree_record_free(struct tree_record *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->dirs.len; i++) {
        struct seen_dir *d = r->dirs.items[i];
        free(d->path);
        free(d);
    }
    for (size_t i = 0; i < r->seen.len; i++) {
        struct seen *s = r->seen.items[i];
        free(s->path);
        free(s->real);
        free(s);
    }
    ptrvec_clear(&r->dirs);
    ptrvec_clear(&r->seen);
    map_clear(&r->dir_index);
    map_clear(&r->keys);
    free(r);
}

void tree_record_start(struct file_tree *tree, struct tree_record *r)
{
    tree->record = r;
}

void tree_record_stop(struct file_tree *tree)
{
    tree->record = NULL;
}

size_t tree_record_count(const struct tree_record *r)
{
    return r->seen.len;
}

void tree_record_fail(struct tree_record *r)
{
    r->failed = true;
}

static size_t add_dir(struct tree_record *r, const char *path, size_t parent, const char *id)
{
    struct seen_dir *d = xcalloc(1, sizeof(*d));

    d->path = xstrdup(path);
    d->parent = parent;
    memcpy(d->id, id, TREE_ID_BYTES);
    ptrvec_push(&r->dirs, d);
    map_set(&r->dir_index, path, (void *)(uintptr_t)r->dirs.len);
    return r->dirs.len - 1;
}

/* The index of the deepest directory that holds `path`, or is it, as far as there are any. */
static size_t note_dirs(struct file_tree *tree, struct tree_record *r, const char *path)
{
    cleanup_free char *dir = xstrdup(path);
    size_t len = strlen(dir), end = 0, at = NO_DIR;

    for (;;) {
        char kept = dir[end];
        dir[end] = '\0';
        uintptr_t known = (uintptr_t)map_find(&r->dir_index, dir);
        if (known) {
            at = known - 1;
        } else {
            enum tree_kind kind = TREE_ABSENT;
            bool is_link = false;
            char id[TREE_ID_BYTES] = "";
            struct error *ignored = NULL;
            if (tree->ops->lookup(tree->self, dir, &kind, &is_link, id, &ignored) < 0 || is_link ||
                kind != TREE_DIR) {
                error_free(ignored);
                return at;
            }
            at = add_dir(r, dir, at, id);
        }
        dir[end] = kept;
        if (end == len)
            return at;
        end += end > 0;
        end += strcspn(dir + end, "/");
    }
}

void tree_record_add(struct file_tree *tree, const char *path, enum tree_demand demand,
                     const struct tree_found *found)
{
    struct tree_record *r = tree->record;
    cleanup_free char *key = xasprintf("%d%s", (int)demand, path);

    if (map_has(&r->keys, key))
        return;
    map_set(&r->keys, key, r);

    struct seen *s = xcalloc(1, sizeof(*s));
    s->path = xstrdup(path);
    s->demand = demand;
    s->kind = found->kind;
    memcpy(s->id, found->id, TREE_ID_BYTES);
    if (demand == TREE_SAW_REAL_PATH)
        s->real = xstrdup(found->real);
    /* Also for a link: the root's id answers for everything. */
    size_t dir = note_dirs(tree, r, found->via_link ? "" : path);
    s->dir = found->via_link ? NO_DIR : dir;
    ptrvec_push(&r->seen, s);
}

/* ---- comparing ---- */

enum same { UNKNOWN, SAME, DIFFERENT };

struct comparison {
    const struct tree_record *record;
    struct file_tree *tree;
    enum same *dirs; /* of each directory of the record */
};

static bool dir_is_same(struct comparison *c, size_t index)
{
    const struct seen_dir *d = c->record->dirs.items[index];
    enum tree_kind kind = TREE_ABSENT;
    bool is_link = false, same;
    char id[TREE_ID_BYTES] = "";
    struct error *ignored = NULL;

    if (c->dirs[index] != UNKNOWN)
        return c->dirs[index] == SAME;
    if (d->parent != NO_DIR && dir_is_same(c, d->parent)) {
        same = true;
    } else {
        same = c->tree->ops->lookup(c->tree->self, d->path, &kind, &is_link, id, &ignored) == 0 &&
               !is_link && kind == TREE_DIR && id[0] != '\0' && strcmp(id, d->id) == 0;
        error_free(ignored);
    }
    c->dirs[index] = same ? SAME : DIFFERENT;
    return same;
}

static bool lookup_is_same(struct comparison *c, const struct seen *s)
{
    cleanup_tree_found struct tree_found now = {0};
    cleanup_error struct error *ignored = NULL;

    if (s->dir != NO_DIR && dir_is_same(c, s->dir))
        return true;
    if (tree_resolve(c->tree, s->path, &now, &ignored) < 0 || now.kind != s->kind)
        return false;
    if (s->kind == TREE_ABSENT)
        return true;
    switch (s->demand) {
    case TREE_SAW_KIND: return true;
    case TREE_SAW_CONTENT: return now.id[0] != '\0' && strcmp(now.id, s->id) == 0;
    case TREE_SAW_REAL_PATH: return strcmp(now.real, s->real) == 0;
    }
    UNREACHABLE();
}

/* A tree on disk has no ids: what its files hold is not known without reading them. */
static bool has_ids(struct file_tree *tree)
{
    enum tree_kind kind = TREE_ABSENT;
    bool is_link = false;
    char id[TREE_ID_BYTES] = "";
    struct error *ignored = NULL;
    bool ok = tree->ops->lookup(tree->self, "", &kind, &is_link, id, &ignored) == 0;

    error_free(ignored);
    return ok && id[0] != '\0';
}

bool tree_record_holds(const struct tree_record *r, struct file_tree *tree)
{
    struct comparison c = {.record = r, .tree = tree};
    bool holds = true;

    if (r->failed || !has_ids(tree))
        return false;
    if (r->dirs.len == 0)
        return r->seen.len == 0;

    c.dirs = xcalloc(r->dirs.len, sizeof(*c.dirs));
    /* The root is the first directory that is noted. */
    assert(((const struct seen_dir *)r->dirs.items[0])->path[0] == '\0');
    if (!dir_is_same(&c, 0)) {
        for (size_t i = 0; holds && i < r->seen.len; i++)
            holds = lookup_is_same(&c, r->seen.items[i]);
    }
    free(c.dirs);
    return holds;
}
