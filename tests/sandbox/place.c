/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/place.h"

#include "lib/base/buf.h"

/* The next name behind a dot; `\.` is a dot in it. Heap string. */
static char *read_name(const char **path)
{
    cleanup_buf struct buf name = BUF_UNLIMITED;

    for (; **path && **path != '.' && **path != '['; (*path)++) {
        if (**path == '\\' && (*path)[1])
            (*path)++;
        buf_putc(&name, **path);
    }
    return buf_take(&name);
}

/* ?(@.type=="Ready"): the first item that has it. */
static const json_t *filtered(const json_t *array, const char *text)
{
    const char *equals = strstr(text, "==");
    const char *quote = equals ? strpbrk(equals, "\"'") : NULL;
    const char *end = quote ? strchr(quote + 1, *quote) : NULL;
    cleanup_free char *field = NULL;
    cleanup_free char *value = NULL;
    size_t i;
    json_t *item;

    if (!end || !str_has_prefix(text, "?(@."))
        return NULL;
    field = xstrndup(text + strlen("?(@"), (size_t)(equals - text) - strlen("?(@"));
    value = xstrndup(quote + 1, (size_t)(end - quote - 1));
    field[strcspn(field, " ")] = '\0';
    json_array_foreach ((json_t *)array, i, item) {
        if (streq(json_string_value(place_at(item, field)), value))
            return item;
    }
    return NULL;
}

static const json_t *indexed(const json_t *value, const char *text)
{
    if (*text == '?')
        return filtered(value, text);
    if (*text == '\'' || *text == '"') {
        cleanup_free char *name = xstrndup(text + 1, strcspn(text + 1, "'\""));

        return json_object_get(value, name);
    }
    return json_array_get(value, *text == '*' ? 0 : strtoul(text, NULL, 10));
}

const json_t *place_at(const json_t *object, const char *path)
{
    while (path && *path && object) {
        if (*path == '.') {
            cleanup_free char *name = NULL;

            path++;
            name = read_name(&path);
            object = *name ? json_object_get(object, name) : object;
        } else if (*path == '[') {
            const char *end = strchr(path, ']');
            cleanup_free char *text = end ? xstrndup(path + 1, (size_t)(end - path - 1)) : NULL;

            if (!text)
                return NULL;
            object = indexed(object, text);
            path = end + 1;
        } else {
            return NULL;
        }
    }
    return object;
}

void place_put(json_t *object, const char *path, json_t *value)
{
    while (json_is_object(object) && path && *path == '.') {
        cleanup_free char *name = NULL;
        json_t *child;

        path++;
        name = read_name(&path);
        if (!*path) {
            json_object_set_new(object, name, value);
            return;
        }
        child = json_object_get(object, name);
        if (!json_is_object(child)) {
            child = json_object();
            json_object_set_new(object, name, child);
        }
        object = child;
    }
    json_decref(value);
}
