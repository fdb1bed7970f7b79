/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tree/record.h"

#include "lib/base/map.h"
#include "lib/tree/tree_resolve.h"

#include <assert.h>

#define NO_DIR UINT32_MAX
#define TEXT_MAX_BYTES (64u << 20)

/* Thousands of records are kept, one for each application: texts are offsets into one buffer. */

/* A directory that holds recorded paths. While its id is the same, so is every answer below. */
struct seen_dir {
    uint32_t path;
    uint32_t id;
    uint32_t parent; /* index, NO_DIR for the root; always smaller than the own index */
};

struct seen {
    uint32_t path;
    uint32_t real; /* for TREE_SAW_REAL_PATH */
    uint32_t id;
    uint32_t dir; /* the deepest directory above; NO_DIR when a link leads elsewhere */
    uint8_t demand;
    uint8_t kind;
};

struct tree_record {
    struct seen_dir *dirs;
    size_t dir_count, dir_cap;
    struct seen *seen;
    size_t seen_count, seen_cap;
    struct buf text;
    struct map dir_index; /* path -> its index plus one; while recording */
    struct map keys;      /* demand and path: recorded already; while recording */
    bool failed;
};

struct tree_record *tree_record_new(void)
{
    struct tree_record *r = xcalloc(1, sizeof(*r));

    r->text = BUF_UNLIMITED;
    buf_put(&r->text, "", 1); /* the empty text is at 0 */
    return r;
}

void tree_record_free(struct tree_record *r)
{
    if (!r)
        return;
    free(r->dirs);
    free(r->seen);
    buf_clear(&r->text);
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
    struct tree_record *r = tree->record;

    tree->record = NULL;
    if (!r)
        return;
    map_clear(&r->dir_index);
    map_clear(&r->keys);
    buf_shrink(&r->text);
    r->dir_cap = r->dir_count;
    r->seen_cap = r->seen_count;
    if (r->dir_count)
        r->dirs = xrealloc(r->dirs, r->dir_count * sizeof(*r->dirs));
    if (r->seen_count)
        r->seen = xrealloc(r->seen, r->seen_count * sizeof(*r->seen));
}

size_t tree_record_count(const struct tree_record *r)
{
    return r->seen_count;
}

void tree_record_fail(struct tree_record *r)
{
    r->failed = true;
}

static const char *text_at(const struct tree_record *r, uint32_t offset)
{
    return r->text.data + offset;
}

/* Where the text stands now. Too much of it is not recorded: the result is used once. */
static uint32_t put_text(struct tree_record *r, const char *s)
{
    size_t offset = r->text.len;

    if (!*s)
        return 0;
    if (offset > TEXT_MAX_BYTES) {
        r->failed = true;
        return 0;
    }
    buf_put(&r->text, s, strlen(s) + 1);
    return (uint32_t)offset;
}

static uint32_t add_dir(struct tree_record *r, const char *path, uint32_t parent, const char *id)
{
    struct seen_dir d = {put_text(r, path), put_text(r, id), parent};

    if (r->dir_count == r->dir_cap) {
        r->dir_cap = r->dir_cap ? r->dir_cap * 2 : 8;
        r->dirs = xrealloc(r->dirs, r->dir_cap * sizeof(*r->dirs));
    }
    r->dirs[r->dir_count++] = d;
    map_set(&r->dir_index, path, (void *)(uintptr_t)r->dir_count);
    return (uint32_t)(r->dir_count - 1);
}

/* The index of the deepest directory that holds `path`, or is it, as far as there are any. */
static uint32_t note_dirs(struct file_tree *tree, struct tree_record *r, const char *path)
{
    cleanup_free char *dir = xstrdup(path);
    size_t len = strlen(dir), end = 0;
    uint32_t at = NO_DIR;

    for (;;) {
        char kept = dir[end];
        dir[end] = '\0';
        uintptr_t known = (uintptr_t)map_find(&r->dir_index, dir);
        if (known) {
            at = (uint32_t)(known - 1);
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
    struct seen s = {.demand = (uint8_t)demand, .kind = (uint8_t)found->kind};

    if (map_has(&r->keys, key))
        return;
    map_set(&r->keys, key, r);

    s.path = put_text(r, path);
    s.id = demand == TREE_SAW_CONTENT ? put_text(r, found->id) : 0;
    if (demand == TREE_SAW_REAL_PATH)
        s.real = streq(found->real, path) ? s.path : put_text(r, found->real ? found->real : "");
    /* Also for a link: the root's id answers for everything. */
    s.dir = note_dirs(tree, r, found->via_link ? "" : path);
    if (found->via_link)
        s.dir = NO_DIR;
    if (r->seen_count == r->seen_cap) {
        r->seen_cap = r->seen_cap ? r->seen_cap * 2 : 16;
        r->seen = xrealloc(r->seen, r->seen_cap * sizeof(*r->seen));
    }
    r->seen[r->seen_count++] = s;
}

/* ---- comparing ---- */

enum same { UNKNOWN, SAME, DIFFERENT };

struct comparison {
    const struct tree_record *record;
    struct file_tree *tree;
    enum same *dirs; /* of each directory of the record */
};

static bool dir_is_same(struct comparison *c, uint32_t index)
{
    const struct seen_dir *d = &c->record->dirs[index];
    enum tree_kind kind = TREE_ABSENT;
    bool is_link = false, same;
    char id[TREE_ID_BYTES] = "";
    struct error *ignored = NULL;

    if (c->dirs[index] != UNKNOWN)
        return c->dirs[index] == SAME;
    if (d->parent != NO_DIR && dir_is_same(c, d->parent)) {
        same = true;
    } else {
        same = c->tree->ops->lookup(c->tree->self, text_at(c->record, d->path), &kind, &is_link, id,
                                    &ignored) == 0 &&
               !is_link && kind == TREE_DIR && id[0] != '\0' &&
               strcmp(id, text_at(c->record, d->id)) == 0;
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
    if (tree_resolve(c->tree, text_at(c->record, s->path), &now, &ignored) < 0 ||
        now.kind != (enum tree_kind)s->kind)
        return false;
    if (now.kind == TREE_ABSENT)
        return true;
    switch ((enum tree_demand)s->demand) {
    case TREE_SAW_KIND: return true;
    case TREE_SAW_CONTENT:
        return now.id[0] != '\0' && strcmp(now.id, text_at(c->record, s->id)) == 0;
    case TREE_SAW_REAL_PATH: return strcmp(now.real, text_at(c->record, s->real)) == 0;
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
    if (r->dir_count == 0)
        return r->seen_count == 0;

    c.dirs = xcalloc(r->dir_count, sizeof(*c.dirs));
    /* The root is the first directory that is noted. */
    assert(!*text_at(r, r->dirs[0].path));
    if (!dir_is_same(&c, 0)) {
        for (size_t i = 0; holds && i < r->seen_count; i++)
            holds = lookup_is_same(&c, &r->seen[i]);
    }
    free(c.dirs);
    return holds;
}
