/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/ignore_places.h"

#include "daemon/compare/owned.h"
#include "lib/base/buf.h"

#include <ctype.h>
#include <math.h>

/* ---- JSON pointers ---- */

int ignore_pointer_check(const char *pointer, struct error **err)
{
    if (*pointer != '/')
        return error_set(err, ERROR_INVALID, "a JSON pointer begins with \"/\"");
    for (const char *p = strchr(pointer, '~'); p; p = strchr(p + 1, '~'))
        if (p[1] != '0' && p[1] != '1')
            return error_set(err, ERROR_INVALID,
                             "\"~\" in a JSON pointer is written \"~0\", and \"/\" in a name "
                             "\"~1\"");
    return 0;
}

/* The next name of the pointer, unescaped; moves `*pointer` past it. Heap string. */
static char *next_name(const char **pointer)
{
    struct buf name = BUF_UNLIMITED;
    const char *p = *pointer + 1;

    for (; *p && *p != '/'; p++) {
        if (p[0] == '~' && (p[1] == '0' || p[1] == '1'))
            buf_putc(&name, *++p == '0' ? '~' : '/');
        else
            buf_putc(&name, *p);
    }
    *pointer = p;
    return buf_take(&name);
}

/* The index that a name is for this array. */
static bool parse_index(const json_t *array, const char *name, size_t *index)
{
    char *end;

    if (!isdigit((unsigned char)*name) || strlen(name) > 9)
        return false;
    *index = strtoul(name, &end, 10);
    return !*end && *index < json_array_size(array);
}

void ignore_pointer(struct ignored *out, const json_t *document, const char *pointer)
{
    const json_t *at = document;

    while (*pointer == '/') {
        cleanup_free char *name = next_name(&pointer);
        size_t index = 0;

        if (json_is_array(at) && !parse_index(at, name, &index))
            return;
        if (*pointer == '/') {
            at = json_is_array(at) ? json_array_get(at, index) : json_object_get(at, name);
        } else if (json_is_array(at)) {
            ignored_add_item(out, at, index);
        } else if (json_is_object(at)) {
            ignored_add_field(out, at, name);
        }
    }
}

/* ---- jq paths ---- */

/* A position of a slice: absent is `fallback`, negative counts from the end. */
static size_t slice_end(const json_t *slice, const char *name, size_t len, size_t fallback)
{
    const json_t *v = json_object_get(slice, name);
    double at = json_number_value(v);

    if (!json_is_number(v))
        return fallback;
    at = floor(at < 0 ? at + (double)len : at);
    return at < 0 ? 0 : at > (double)len ? len : (size_t)at;
}

static void add_path(struct ignored *out, const json_t *at, const json_t *path)
{
    size_t first = 0, end = json_array_size(at), len = json_array_size(path);

    for (size_t i = 0; i < len && at; i++) {
        const json_t *step = json_array_get(path, i);
        bool is_last = i + 1 == len;

        if (json_is_object(step) && json_is_array(at)) { /* a slice: a window on the same array */
            size_t from = first, size = end - first;

            end = from + slice_end(step, "end", size, size);
            first = from + slice_end(step, "start", size, 0);
            for (size_t item = first; is_last && item < end; item++)
                ignored_add_item(out, at, item);
            continue;
        }
        if (json_is_number(step) && json_is_array(at)) {
            double index = floor(json_number_value(step));

            index += index < 0 ? (double)end : (double)first;
            if (index < (double)first || index >= (double)end)
                return;
            if (is_last)
                ignored_add_item(out, at, (size_t)index);
            at = json_array_get(at, (size_t)index);
        } else if (json_is_string(step) && json_is_object(at)) {
            if (is_last)
                ignored_add_field(out, at, json_string_value(step));
            at = json_object_get(at, json_string_value(step));
        } else {
            return;
        }
        first = 0;
        end = json_array_size(at);
    }
}

void ignore_paths(struct ignored *out, const json_t *document, const json_t *paths)
{
    const json_t *path;
    size_t i;

    json_array_foreach (paths, i, path)
        add_path(out, document, path);
}

/* ---- what a manager owns ---- */

static void add_owned(struct ignored *out, const json_t *owned, const json_t *desired,
                      const json_t *live);

static void add_owned_field(struct ignored *out, const json_t *node, const char *field,
                            const json_t *desired, const json_t *live)
{
    const json_t *want = json_object_get(desired, field);
    const json_t *is = json_object_get(live, field);

    if (!owned_is_whole(node) && want && is) {
        add_owned(out, node, want, is);
    } else if (!json_equal((json_t *)want, (json_t *)is)) {
        ignored_add_field(out, live, field);
        ignored_add_field(out, desired, field);
    }
}

static void add_owned_item(struct ignored *out, const json_t *node, const char *name,
                           const json_t *desired, const json_t *live)
{
    size_t want = owned_find_item(desired, name);
    size_t is = owned_find_item(live, name);

    if (is == OWNED_NO_ITEM)
        return;
    if (want == OWNED_NO_ITEM)
        ignored_add_item(out, live, is);
    else
        add_owned(out, node, json_array_get(desired, want), json_array_get(live, is));
}

static void add_owned(struct ignored *out, const json_t *owned, const json_t *desired,
                      const json_t *live)
{
    const char *name;
    json_t *node;

    json_object_foreach ((json_t *)owned, name, node) {
        if (str_has_prefix(name, "f:") && json_is_object(live))
            add_owned_field(out, node, name + 2, json_is_object(desired) ? desired : NULL, live);
        else if (!streq(name, ".") && json_is_array(live))
            add_owned_item(out, node, name, desired, live);
    }
}

void ignore_owned(struct ignored *out, const json_t *desired, const json_t *live,
                  const char *manager)
{
    const json_t *managers = json_object_get(json_object_get(live, "metadata"), "managedFields");
    const json_t *entry;
    size_t i;

    json_array_foreach (managers, i, entry)
        if (streq(json_string_value(json_object_get(entry, "manager")), manager))
            add_owned(out, json_object_get(entry, "fieldsV1"), desired, live);
}
