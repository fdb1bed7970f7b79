/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/diff.h"

#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "lib/doc/place.h"

static void compare(json_t *out, const struct buf *path, const json_t *from, const json_t *to);

static void add_change(json_t *out, const struct buf *path, const char *op, const json_t *from,
                       const json_t *to)
{
    json_array_append_new(out,
                          json_pack("{s:s, s:s, s:O*, s:O*}", "path", path->len ? path->data : ".",
                                    "op", op, "from", from, "to", to));
}

static struct buf field_path(const struct buf *path, const char *name)
{
    struct buf out = BUF_UNLIMITED;

    buf_put(&out, path->data ? path->data : "", path->len);
    place_put_field(&out, name);
    return out;
}

static void compare_maps(json_t *out, const struct buf *path, const json_t *from, const json_t *to)
{
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)from, name, value) {
        cleanup_buf struct buf here = field_path(path, name);

        compare(out, &here, value, json_object_get(to, name));
    }
    json_object_foreach ((json_t *)to, name, value) {
        cleanup_buf struct buf here = field_path(path, name);

        if (!json_object_get(from, name))
            compare(out, &here, NULL, value);
    }
}

static const char *name_of(const json_t *item)
{
    return json_string_value(json_object_get(item, "name"));
}

/* By name; false where an item has none, or shares it. */
static bool index_names(const json_t *list, struct map *index)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)list, i, item) {
        if (!name_of(item) || map_has(index, name_of(item)))
            return false;
        map_set(index, name_of(item), item);
    }
    return true;
}

static struct buf item_path(const struct buf *path, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static struct buf item_path(const struct buf *path, const char *fmt, ...)
{
    struct buf out = BUF_UNLIMITED;
    cleanup_free char *item = NULL;
    va_list ap;

    va_start(ap, fmt);
    item = xvasprintf(fmt, ap);
    va_end(ap);
    buf_put(&out, path->data ? path->data : "", path->len);
    buf_puts(&out, item);
    return out;
}

static void compare_named(json_t *out, const struct buf *path, const json_t *from, const json_t *to,
                          const struct map *names_from, const struct map *names_to)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)from, i, item) {
        cleanup_buf struct buf here = item_path(path, "[name=%s]", name_of(item));

        compare(out, &here, item, map_find(names_to, name_of(item)));
    }
    json_array_foreach ((json_t *)to, i, item) {
        cleanup_buf struct buf here = item_path(path, "[name=%s]", name_of(item));

        if (!map_has(names_from, name_of(item)))
            compare(out, &here, NULL, item);
    }
}

static void compare_lists(json_t *out, const struct buf *path, const json_t *from, const json_t *to)
{
    cleanup_map struct map names_from = {0};
    cleanup_map struct map names_to = {0};
    size_t len = json_array_size(from);

    if (index_names(from, &names_from) && index_names(to, &names_to)) {
        compare_named(out, path, from, to, &names_from, &names_to);
        return;
    }
    if (json_array_size(to) > len)
        len = json_array_size(to);
    for (size_t i = 0; i < len; i++) {
        cleanup_buf struct buf here = item_path(path, "[%zu]", i);

        compare(out, &here, json_array_get(from, i), json_array_get(to, i));
    }
}

static void compare(json_t *out, const struct buf *path, const json_t *from, const json_t *to)
{
    if (!from && !to)
        return;
    if (!from)
        add_change(out, path, "add", NULL, to);
    else if (!to)
        add_change(out, path, "remove", from, NULL);
    else if (json_is_object(from) && json_is_object(to))
        compare_maps(out, path, from, to);
    else if (json_is_array(from) && json_is_array(to))
        compare_lists(out, path, from, to);
    else if (!json_equal(from, to))
        add_change(out, path, "replace", from, to);
}

json_t *json_diff(const json_t *from, const json_t *to)
{
    json_t *out = json_array();
    struct buf root = BUF_UNLIMITED;

    compare(out, &root, from, to);
    return out;
}
