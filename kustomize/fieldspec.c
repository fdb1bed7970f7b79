/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/fieldspec.h"

#include "kustomize/cell.h"
#include "kustomize/json_text.h"
#include "kustomize/resource.h"
#include "lib/doc/budget.h"

#define SEGMENTS_MAX 64
/* Nearly every path is shorter: this is called for each spec and each object. */
#define PATH_USUAL_BYTES 160

struct walk {
    char *segments[SEGMENTS_MAX]; /* into `text` */
    bool is_list[SEGMENTS_MAX];   /* the segment ended in "[]" */
    size_t count;
    char usual[PATH_USUAL_BYTES];
    char *text;
    bool create;
    enum fieldspec_create what;
    fieldspec_set_fn *set;
    void *arg;
    json_t *root;
};

bool fieldspec_matches(const struct fieldspec *fs, const json_t *object)
{
    bool any_version = (!fs->group || !*fs->group) && (!fs->version || !*fs->version);

    /* Most are for another kind: that is known first. */
    if (fs->kind && *fs->kind && !streq(fs->kind, json_string_at(object, "kind")))
        return false;
    return any_version ||
           gvk_is_selected(json_string_at(object, "apiVersion"), "", fs->group, fs->version, NULL);
}

void fieldspec_list_clear(struct fieldspec_list *list)
{
    free(list->items);
    *list = (struct fieldspec_list){0};
}

static void fieldspec_list_push(struct fieldspec_list *list, const struct fieldspec *fs)
{
    list->items = xrealloc(list->items, (list->len + 1) * sizeof(*list->items));
    list->items[list->len++] = *fs;
}

static bool is_open(const char *selected, const char *by)
{
    return !selected || !*selected || streq(selected, by);
}

static bool is_covered(const struct fieldspec *have, const struct fieldspec *fs)
{
    return streq(have->path, fs->path) && is_open(fs->group, have->group) &&
           is_open(fs->version, have->version) && is_open(fs->kind, have->kind);
}

int fieldspec_list_merge(struct fieldspec_list *list, const struct fieldspec *fs,
                         struct error **err)
{
    for (size_t i = 0; i < list->len; i++) {
        if (!is_covered(&list->items[i], fs))
            continue;
        if (list->items[i].create == fs->create)
            return 0;
        return error_set(err, ERROR_INVALID,
                         "conflicting fieldspecs: path %s of kind \"%s\" is given with create: "
                         "true and with create: false; use one of them",
                         fs->path, fs->kind ? fs->kind : "");
    }
    fieldspec_list_push(list, fs);
    return 0;
}

void fieldspecs_read(const json_t *list, struct fieldspec_list *out)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)list, i, item)
        fieldspec_list_push(out, &(struct fieldspec){
                                     .group = json_string_at(item, "group"),
                                     .version = json_string_at(item, "version"),
                                     .kind = json_string_at(item, "kind"),
                                     .path = json_string_at(item, "path"),
                                     .create = json_is_true(json_object_get(item, "create")),
                                 });
}

/* Split in place: "\/" becomes a slash that does not separate. */
static int walk_split(struct walk *w, const char *path, struct error **err)
{
    const char *p = path[0] == '/' && path[1] ? path + 1 : path;
    size_t size = strlen(path) + 2;
    char *out;

    out = w->text = size <= sizeof(w->usual) ? w->usual : xmalloc(size);
    while (true) {
        char *start = out;
        size_t len;

        while (*p && *p != '/') {
            if (p[0] == '\\' && p[1] == '/')
                p++;
            *out++ = *p++;
        }
        *out++ = 0;
        if (w->count == SEGMENTS_MAX)
            return error_set(err, ERROR_TOO_LARGE, "field path \"%s\" is too deep", path);
        len = (size_t)(out - start) - 1;
        w->is_list[w->count] = len >= 2 && strcmp(start + len - 2, "[]") == 0;
        if (w->is_list[w->count])
            start[len - 2] = 0;
        if (!*start)
            return error_set(err, ERROR_INVALID,
                             "field path \"%s\" has an empty field name; write it without \"//\"",
                             path);
        w->segments[w->count++] = start;
        if (!*p)
            return 0;
        p++;
    }
}

static int walk_from(const struct walk *w, size_t at, json_t *node, struct error **err);

/* The end of the path: the field `key` of `map`. */
static int visit_field(const struct walk *w, json_t *map, const char *key, json_t *value,
                       struct error **err)
{
    json_t *replacement = NULL;
    size_t size;

    if (w->set(w->arg, value, &replacement, err) < 0)
        return -1;
    if (!replacement)
        return 0;
    size = budget_size(replacement);
    cell_replace(w->root, map, key, replacement);
    return budget_spend(size, err);
}

/* In the place of nothing, or of a null, whose text stays. */
static json_t *new_value(const struct walk *w, size_t at, const json_t *null)
{
    cleanup_free char *text = null ? cell_text(null) : xstrdup("");
    bool is_last = at + 1 == w->count;

    return is_last && w->what == CREATE_SCALAR ? cell_read(text) : json_object();
}

static int walk_map(const struct walk *w, size_t at, json_t *map, struct error **err)
{
    const char *key = w->segments[at];
    json_t *value = json_object_get(map, key);
    bool creates = w->create && w->what != CREATE_NOTHING && !w->is_list[at];

    if (creates && (!value || json_is_null(value))) {
        value = new_value(w, at, value);
        json_object_set_new(map, key, value);
    }
    if (!value)
        return 0;
    if (at + 1 == w->count)
        return visit_field(w, map, key, value, err);
    return walk_from(w, at + 1, value, err);
}

static int walk_from(const struct walk *w, size_t at, json_t *node, struct error **err)
{
    size_t i;
    json_t *item;

    switch (json_typeof(node)) {
    case JSON_NULL: return 0;
    case JSON_OBJECT: return walk_map(w, at, node, err);
    case JSON_ARRAY:
        json_array_foreach (node, i, item)
            if (walk_from(w, at, item, err) < 0)
                return -1;
        return 0;
    default:
        return error_set(err, ERROR_INVALID,
                         "expected a map or a list above \"%s\", found a scalar", w->segments[at]);
    }
}

/* Does the object have nothing where a path without peculiarities begins? */
static bool lacks_first(const json_t *object, const char *path)
{
    size_t len = strcspn(path, "/");

    return len > 0 && !strpbrk(path, "\\[") && !strstr(path, "//") &&
           path[strlen(path) - 1] != '/' && !json_object_getn(object, path, len);
}

int fieldspec_walk(json_t *object, const char *path, bool create, enum fieldspec_create what,
                   fieldspec_set_fn *set, void *arg, struct error **err)
{
    struct walk w; /* most of it is only written as far as the path reaches */
    int rc;

    if ((!create || what == CREATE_NOTHING) && lacks_first(object, path))
        return 0;
    if (budget_spend(create ? strlen(path) : 0, err) < 0)
        return -1;
    w.count = 0;
    w.create = create;
    w.what = what;
    w.set = set;
    w.arg = arg;
    w.root = object;
    rc = walk_split(&w, path, err);
    if (rc == 0)
        rc = walk_from(&w, 0, object, err);
    if (w.text != w.usual)
        free(w.text);
    if (rc < 0)
        error_wrap(err, "field %s of %s %s", path, json_string_at(object, "kind"),
                   json_string_at(json_object_get(object, "metadata"), "name"));
    return rc;
}

int fieldspecs_apply(const struct fieldspecs *specs, json_t *object, enum fieldspec_create what,
                     fieldspec_set_fn *set, void *arg, struct error **err)
{
    for (size_t i = 0; i < specs->len; i++) {
        const struct fieldspec *fs = &specs->items[i];

        if (fieldspec_matches(fs, object) &&
            fieldspec_walk(object, fs->path, fs->create, what, set, arg, err) < 0)
            return -1;
    }
    return 0;
}
