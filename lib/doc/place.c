/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/place.h"

#include <ctype.h>

static bool is_plain_name(const char *s)
{
    for (const char *p = s; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_-$", *p))
            return false;
    return *s != '\0';
}

void place_put_field(struct buf *out, const char *name)
{
    buf_printf(out, is_plain_name(name) ? ".%s" : "[\"%s\"]", name);
}

/* A scalar as a place names it. Heap string; NULL: it is no scalar. */
static char *scalar_text(const json_t *v)
{
    if (json_is_string(v))
        return xstrdup(json_string_value(v));
    return json_is_object(v) || json_is_array(v) ? NULL : json_dumps(v, JSON_ENCODE_ANY);
}

static bool is_scalar_text(const json_t *v, const char *text)
{
    cleanup_free char *own = v ? scalar_text(v) : NULL;

    return own && streq(own, text);
}

/* Does the item have all these fields: "name=web,port=80"? The text is cut into pieces. */
static bool has_key(const json_t *item, char *key)
{
    char *rest = NULL;

    for (char *field = strtok_r(key, ",", &rest); field; field = strtok_r(NULL, ",", &rest)) {
        char *value = strchr(field, '=');

        if (!value)
            return false;
        *value++ = '\0';
        if (!is_scalar_text(json_object_get(item, field), value))
            return false;
    }
    return true;
}

static json_t *find_item(const json_t *list, const char *text)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)list, i, item) {
        cleanup_free char *key = xstrdup(text);

        if (json_is_object(item) ? has_key(item, key) : is_scalar_text(item, text))
            return item;
    }
    return *text && strspn(text, "0123456789") == strlen(text)
               ? json_array_get(list, strtoull(text, NULL, 10))
               : NULL;
}

json_t *place_find(const json_t *doc, const char *place)
{
    const json_t *at = doc;

    while (at && *place) {
        bool is_field = *place == '.';
        bool is_quoted = str_has_prefix(place, "[\"");
        const char *start = place + (is_quoted ? 2 : 1);
        const char *end = is_field    ? start + strcspn(start, ".[")
                          : is_quoted ? strstr(start, "\"]")
                                      : strchr(start, ']');
        cleanup_free char *name = NULL;

        if ((!is_field && *place != '[') || !end)
            return NULL;
        name = xstrndup(start, (size_t)(end - start));
        at = is_field || is_quoted ? json_object_get(at, name) : find_item(at, name);
        place = end + (is_field ? 0 : is_quoted ? 2 : 1);
    }
    return (json_t *)at;
}
