/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/list_items.h"

#include <jansson.h>

#define MAX_METADATA_BYTES ((size_t)1 << 20)

void list_items_init(struct list_items *l, size_t max_item_bytes)
{
    *l = (struct list_items){.partial = BUF_INIT(max_item_bytes),
                             .metadata = BUF_INIT(MAX_METADATA_BYTES)};
}

void list_items_clear(struct list_items *l)
{
    buf_clear(&l->partial);
    buf_clear(&l->metadata);
    *l = (struct list_items){.partial = l->partial, .metadata = l->metadata};
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* The end of the string that `data` is in: behind its closing quote, or all. */
static size_t skip_string(struct list_items *l, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (l->in_escape) {
            l->in_escape = false;
        } else if (data[i] == '\\') {
            l->in_escape = true;
        } else if (data[i] == '"') {
            l->in_string = false;
            return i + 1;
        }
    }
    return len;
}

/* Bytes of an object or array up to its end, or all. */
static size_t skip_nested(struct list_items *l, const char *data, size_t len)
{
    size_t i = 0;

    while (i < len) {
        if (l->in_string) {
            i += skip_string(l, data + i, len - i);
            continue;
        }
        switch (data[i++]) {
        case '"': l->in_string = true; break;
        case '{':
        case '[': l->depth++; break;
        case '}':
        case ']':
            if (--l->depth == 0)
                return i;
            break;
        default: break;
        }
    }
    return len;
}

/* Bytes of the value of a key up to its end, or all. */
static size_t skip_value(struct list_items *l, const char *data, size_t len)
{
    size_t n;

    if (l->depth > 0) {
        n = skip_nested(l, data, len);
        if (l->depth == 0)
            l->place = LIST_COMMA;
    } else if (l->in_string) {
        n = skip_string(l, data, len);
        if (!l->in_string)
            l->place = LIST_COMMA;
    } else { /* a number, true, false or null */
        for (n = 0; n < len && data[n] != ',' && data[n] != '}' && !is_space(data[n]); n++)
            ;
        if (n < len)
            l->place = LIST_COMMA;
    }
    return n;
}

static ssize_t take_value(struct list_items *l, const char *data, size_t len, struct error **err)
{
    size_t n = skip_value(l, data, len);

    if (l->is_metadata && buf_append(&l->metadata, data, n, err) < 0)
        return -1;
    return (ssize_t)n;
}

static bool key_is(const struct list_items *l, const char *name)
{
    return l->key_len == strlen(name) && memcmp(l->key, name, l->key_len) == 0;
}

/* The first byte of a value. */
static void value_begin(struct list_items *l, char c)
{
    if (c == '[' && key_is(l, "items")) {
        l->place = LIST_ITEM_OR_END;
        return;
    }
    l->place = LIST_IN_VALUE;
    l->is_metadata = c == '{' && key_is(l, "metadata");
    if (l->is_metadata) {
        buf_clear(&l->metadata);
        buf_putc(&l->metadata, c);
    }
    l->depth = c == '{' || c == '[';
    l->in_string = c == '"';
}

static void key_byte(struct list_items *l, char c)
{
    if (c == '"' && !l->in_escape) {
        l->place = LIST_COLON;
        return;
    }
    l->in_escape = c == '\\' && !l->in_escape;
    if (l->key_len < sizeof(l->key))
        l->key[l->key_len++] = c;
}

/* One byte of the list's own structure. False: it does not belong there. */
static bool structure_byte(struct list_items *l, char c)
{
    enum list_place was = l->place;

    switch (was) {
    case LIST_BEGIN: l->place = LIST_KEY_OR_END; return c == '{';
    case LIST_KEY_OR_END:
    case LIST_KEY:
        l->key_len = 0;
        l->place = c == '"' ? LIST_IN_KEY : LIST_END;
        return c == '"' || (c == '}' && was == LIST_KEY_OR_END);
    case LIST_COLON: l->place = LIST_VALUE; return c == ':';
    case LIST_VALUE: value_begin(l, c); return !strchr(",:}]", c);
    case LIST_COMMA: l->place = c == ',' ? LIST_KEY : LIST_END; return c == ',' || c == '}';
    case LIST_ITEM_OR_END:
    case LIST_ITEM:
        l->place = c == '{' ? LIST_IN_ITEM : LIST_COMMA;
        return c == '{' || (c == ']' && was == LIST_ITEM_OR_END);
    case LIST_ITEM_COMMA: l->place = c == ',' ? LIST_ITEM : LIST_COMMA; return c == ',' || c == ']';
    case LIST_END:
    case LIST_IN_KEY:
    case LIST_IN_VALUE:
    case LIST_IN_ITEM: break;
    }
    return false;
}

/* Bytes of an item up to its end, or all. Sets *more to false when `fn` wants no more of them. */
static ssize_t take_item(struct list_items *l, const char *data, size_t len, list_item_fn *fn,
                         void *arg, bool *more, struct error **err)
{
    bool is_whole = l->partial.len == 0;
    size_t n = skip_nested(l, data, len);

    is_whole = is_whole && l->depth == 0 && n <= l->partial.max;
    if (!is_whole && buf_append(&l->partial, data, n, err) < 0)
        return -1;
    if (l->depth > 0)
        return (ssize_t)n;
    l->place = LIST_ITEM_COMMA;
    *more = is_whole ? fn(arg, data, n) : fn(arg, l->partial.data, l->partial.len);
    buf_truncate(&l->partial, 0);
    return (ssize_t)n;
}

static int not_a_list(struct error **err)
{
    return error_set(err, ERROR_UNAVAILABLE, "the answer is not a list");
}

int list_items_feed(struct list_items *l, const char *data, size_t len, list_item_fn *fn, void *arg,
                    struct error **err)
{
    bool more = true;

    while (len > 0 && more) {
        ssize_t n = 1;

        if (l->place == LIST_IN_KEY)
            key_byte(l, *data);
        else if (l->place == LIST_IN_VALUE)
            n = take_value(l, data, len, err);
        else if (l->place == LIST_IN_ITEM)
            n = take_item(l, data, len, fn, arg, &more, err);
        else if (!is_space(*data) && !structure_byte(l, *data))
            return not_a_list(err);
        else if (l->place == LIST_IN_ITEM)
            n = 0; /* its brace belongs to it */
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return more;
}

int list_items_end(const struct list_items *l, char **version, char **next, struct error **err)
{
    json_t *metadata = json_loadb(l->metadata.data, l->metadata.len, JSON_ALLOW_NUL, NULL);
    const char *of_list = json_string_value(json_object_get(metadata, "resourceVersion"));
    const char *token = json_string_value(json_object_get(metadata, "continue"));
    bool is_list = l->place == LIST_END && of_list;

    if (is_list) {
        *version = xstrdup(of_list);
        *next = token && token[0] ? xstrdup(token) : NULL;
    }
    json_decref(metadata);
    return is_list ? 0 : not_a_list(err);
}
