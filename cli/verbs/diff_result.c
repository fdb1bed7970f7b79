/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/diff_result.h"

#include "daemon/object/identity.h"
#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "lib/doc/yaml.h"
#include "lib/git/text_diff.h"

void diff_result_init(struct diff_result *r)
{
    *r = (struct diff_result){0};
    mask_init(&r->mask);
}

void diff_result_clear(struct diff_result *r)
{
    for (size_t i = 0; i < r->items.len; i++) {
        struct diff_item *item = r->items.items[i];

        free(item->title);
        free(item->unified);
        free(item);
    }
    ptrvec_clear(&r->items);
    strvec_clear(&r->errors);
    strvec_clear(&r->notes);
}

char *diff_title(const char *group, const char *kind, const char *ns, const char *name)
{
    return xasprintf("%s%s%s %s%s%s", kind, *group ? "." : "", group, ns, *ns ? "/" : "", name);
}

/* ---- one object ---- */

/* A copy as people may see it, as YAML; NULL of NULL. Heap string. */
static char *presentable(const struct diff_result *r, const json_t *object)
{
    cleanup_json json_t *copy = mask_presentable(&r->mask, object, r->mask_annotations);
    cleanup_error struct error *err = NULL;
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (!copy)
        return NULL;
    if (yaml_print(copy, &text, &err) < 0)
        buf_printf(&text, "# %s\n", error_message(err));
    return buf_take(&text);
}

/* Lines that begin with a sign, but for the two that name the file. */
static void count_lines(struct diff_item *item)
{
    const char *hunk = strstr(item->unified, "\n@@");

    for (const char *at = hunk; at; at = strchr(at + 1, '\n')) {
        item->plus += at[1] == '+';
        item->minus += at[1] == '-';
    }
}

/* "Deployment.apps/shop/web", as a file is called. Heap string. */
static char *file_name(const char *title)
{
    char *name = xstrdup(title);
    char *space = strchr(name, ' ');

    if (space)
        *space = '/';
    return name;
}

void diff_add(struct diff_result *r, const char *title, const json_t *before, const json_t *after)
{
    cleanup_free char *from = presentable(r, before);
    cleanup_free char *to = presentable(r, after);
    cleanup_free char *name = file_name(title);
    cleanup_buf struct buf unified = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    struct diff_item *item;

    if (!from && !to)
        return;
    if (from && to && streq(from, to)) {
        r->same++;
        return;
    }
    if (text_diff(name, from, to, &unified, &err) < 0)
        buf_printf(&unified, "%s\n", error_message(err));
    item = xcalloc(1, sizeof(*item));
    item->title = xstrdup(title);
    item->change = !from ? DIFF_ADDED : !to ? DIFF_REMOVED : DIFF_CHANGED;
    item->unified = buf_take(&unified);
    count_lines(item);
    r->counts[item->change]++;
    ptrvec_push(&r->items, item);
}

/* ---- two renders ---- */

static void take_object(struct map *by_key, json_t *object)
{
    cleanup_free char *key = object_key_of(object);
    const json_t *items = json_object_get(object, "items");
    json_t *item;
    size_t i;

    if (json_is_array(items) && str_has_suffix(object_string(object, "kind"), "List")) {
        json_array_foreach (items, i, item)
            take_object(by_key, item);
        return;
    }
    if (!key && json_is_object(object)) /* a hook that the server names */
        key = object_key("", object_string(object, "kind"), object_meta_string(object, "namespace"),
                         object_meta_string(object, "generateName"));
    if (key)
        map_set(by_key, key, object);
}

static void index_objects(struct map *by_key, const json_t *objects)
{
    json_t *object;
    size_t i;

    json_array_foreach (objects, i, object)
        take_object(by_key, object);
}

static void add_pair(struct diff_result *r, const json_t *before, const json_t *after)
{
    const json_t *object = after ? after : before;
    const char *name = object_meta_string(object, "name");
    cleanup_free char *group = NULL;
    cleanup_free char *version = NULL;
    cleanup_free char *title = NULL;

    api_version_parts(object_string(object, "apiVersion"), &group, &version);
    title =
        diff_title(group, object_string(object, "kind"), object_meta_string(object, "namespace"),
                   *name ? name : object_meta_string(object, "generateName"));
    diff_add(r, title, before, after);
}

#define HASH_LETTERS "2456789bcdfghkmt" /* kustomize/generate/hash.c */
#define HASH_LEN 10

/* How long a key is without the hash that kustomize's generators append ("web-5bf8h2ck8t"); 0: it
 * has none. */
static size_t stem(const char *key)
{
    size_t len = strlen(key);

    if (len < HASH_LEN + 2 || key[len - HASH_LEN - 1] != '-' ||
        strspn(key + len - HASH_LEN, HASH_LETTERS) != HASH_LEN)
        return 0;
    return str_has_prefix(key, "/ConfigMap/") || str_has_prefix(key, "/Secret/") ? len - HASH_LEN
                                                                                 : 0;
}

/* The one object of `from` that is not in `to`, and differs from this one of `to` in its hash only.
 * NULL: there is none, or more than one. */
static struct map_entry *former_of(const struct map *from, const struct map *to, const char *key)
{
    size_t len = stem(key);
    struct map_entry *found = NULL;
    struct map_entry *e;
    size_t it = 0;

    while (len && (e = map_next(from, &it))) {
        if (stem(e->key) != len || strncmp(e->key, key, len) != 0 || map_has(to, e->key))
            continue;
        if (found)
            return NULL;
        found = e;
    }
    return found;
}

void diff_add_all(struct diff_result *r, const json_t *before, const json_t *after)
{
    cleanup_map struct map from = {0};
    cleanup_map struct map to = {0};
    struct map_entry *e;
    size_t it = 0;

    index_objects(&from, before);
    index_objects(&to, after);
    while ((e = map_next(&to, &it))) {
        struct map_entry *former = map_has(&from, e->key) ? NULL : former_of(&from, &to, e->key);

        add_pair(r, former ? former->value : map_find(&from, e->key), e->value);
        if (former)
            map_remove(&from, former->key);
    }
    it = 0;
    while ((e = map_next(&from, &it)))
        if (!map_has(&to, e->key))
            add_pair(r, e->value, NULL);
}
