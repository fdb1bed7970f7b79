/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/fieldpath.h"

#include "kustomize/cell.h"
#include "kustomize/field_text.h"
#include "kustomize/json_text.h"
#include "kustomize/selector.h"
#include "lib/doc/spelling.h"

#include <assert.h>

struct match {
    const struct strvec *parts;
    enum fieldpath_create create;
    struct slots *out;
};

void slots_clear(struct slots *s)
{
    for (size_t i = 0; i < s->len; i++)
        free(s->items[i].key);
    free(s->items);
    *s = (struct slots){0};
}

static void slots_push(struct slots *s, const struct slot *slot)
{
    s->items = xrealloc(s->items, (s->len + 1) * sizeof(*s->items));
    s->items[s->len] = *slot;
    s->items[s->len++].key = xstrdup(slot->key);
}

json_t *slot_get(const struct slot *s)
{
    return s->key ? json_object_get(s->parent, s->key) : json_array_get(s->parent, s->index);
}

void slot_set(json_t *root, const struct slot *s, json_t *value)
{
    if (s->key)
        cell_replace(root, s->parent, s->key, value);
    else
        cell_replace_item(root, s->parent, s->index, value);
}

/* ---- splitting ---- */

static void split_dots(const char *path, struct strvec *out)
{
    cleanup_buf struct buf part = BUF_UNLIMITED;
    const char *p = path[0] == '.' && path[1] ? path + 1 : path;

    for (; *p; p++) {
        if (p[0] == '\\' && p[1] == '.') {
            buf_putc(&part, *++p);
        } else if (*p == '.') {
            strvec_push(out, part.data);
            buf_truncate(&part, 0);
        } else {
            buf_putc(&part, *p);
        }
    }
    strvec_push(out, part.data);
}

/* "[a" "b]" belong together: a name with dots, or a selector of items. */
void fieldpath_split(const char *path, struct strvec *parts)
{
    cleanup_strvec struct strvec dots = {0};

    split_dots(path, &dots);
    for (size_t i = 0; i < dots.len; i++) {
        cleanup_buf struct buf joined = BUF_UNLIMITED;

        buf_puts(&joined, dots.items[i]);
        if (dots.items[i][0] == '[' && !str_has_suffix(dots.items[i], "]")) {
            while (i + 1 < dots.len && !str_has_suffix(dots.items[i], "]"))
                buf_printf(&joined, ".%s", dots.items[++i]);
            if (!strchr(joined.data, '=')) {
                size_t start = strspn(joined.data, "[]");

                while (joined.len && strchr("[]", joined.data[joined.len - 1]))
                    buf_truncate(&joined, joined.len - 1);
                buf_consume(&joined, start < joined.len ? start : joined.len);
            }
        }
        strvec_push(parts, joined.data);
    }
}

static bool is_index(const char *part)
{
    return *part && !part[strspn(part, "0123456789")];
}

static bool is_selector(const char *part)
{
    return part[0] == '[' && str_has_suffix(part, "]");
}

static int split_selector(const char *part, char **field, char **value, struct error **err)
{
    cleanup_free char *inner = xstrndup(part + 1, strlen(part) - 2);
    char *equals = strchr(inner, '=');

    if (!equals)
        return error_set(err, ERROR_INVALID, "\"%s\" must be written [field=value]", part);
    *field = xstrndup(inner, (size_t)(equals - inner));
    *value = xstrdup(equals + 1);
    return 0;
}

/* ---- looking up one value ---- */

static json_t *find_item(json_t *list, const char *field, const char *value)
{
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item) {
        json_t *candidate = *field ? json_object_get(item, field) : item;
        cleanup_free char *text = candidate ? json_scalar_text(candidate) : NULL;

        if (streq(text, value) && text)
            return item;
    }
    return NULL;
}

static int lookup_part(json_t *node, const char *part, json_t **out, struct error **err)
{
    cleanup_free char *field = NULL;
    cleanup_free char *value = NULL;

    if (streq(part, "*"))
        return error_set(err, ERROR_INVALID, "a source path cannot have \"*\"");
    if (is_selector(part)) {
        if (split_selector(part, &field, &value, err) < 0)
            return -1;
        *out = find_item(node, field, value);
    } else if (streq(part, "-")) {
        *out = json_array_size(node) ? json_array_get(node, json_array_size(node) - 1) : NULL;
    } else if (is_index(part)) {
        *out = json_array_get(node, strtoul(part, NULL, 10));
    } else {
        *out = json_object_get(node, part);
    }
    return 0;
}

/* Without blanks at both ends. */
static char *part_trim(const char *part)
{
    size_t len;

    part += strspn(part, " \t\r\n");
    for (len = strlen(part); len && strchr(" \t\r\n", part[len - 1]);)
        len--;
    return xstrndup(part, len);
}

int fieldpath_lookup_parts(json_t *object, char *const *parts, size_t count, json_t **out,
                           struct error **err)
{
    for (size_t i = 0; i < count && object; i++) {
        cleanup_free char *part = part_trim(parts[i]);

        if (*part && lookup_part(object, part, &object, err) < 0)
            return -1;
    }
    *out = object;
    return 0;
}

int fieldpath_lookup(json_t *object, const char *path, json_t **out, struct error **err)
{
    cleanup_strvec struct strvec parts = {0};

    fieldpath_split(path, &parts);
    if (fieldpath_lookup_parts(object, parts.items, parts.len, out, err) < 0)
        return error_wrap(err, "path %s", path);
    return 0;
}

/* ---- making one place ---- */

static json_t *empty_for(const char *next)
{
    if (!next)
        return json_null();
    return is_index(next) || is_selector(next) ? json_array() : json_object();
}

static int make_item(json_t *list, const char *part, size_t *index, struct error **err)
{
    cleanup_free char *field = NULL;
    cleanup_free char *value = NULL;
    json_t *item;

    if (split_selector(part, &field, &value, err) < 0)
        return -1;
    item = find_item(list, field, value);
    if (!item) {
        item = *field ? json_pack("{s:o}", field, cell_read(value)) : cell_read(value);
        json_array_append_new(list, item);
    }
    for (*index = 0; json_array_get(list, *index) != item;)
        ++*index;
    return 0;
}

int fieldpath_make_scalar(json_t *object, char *const *parts, size_t count, struct slot *out,
                          bool *found, struct error **err)
{
    json_t *node = object;

    *found = false;
    for (size_t i = 0; i < count; i++) {
        const char *part = parts[i];
        bool is_key = !is_index(part) && !is_selector(part) && !streq(part, "-");

        *out = (struct slot){.parent = node, .key = is_key ? parts[i] : NULL};
        if (streq(part, "*") || (is_key ? !json_is_object(node) : !json_is_array(node)))
            return error_set(err, ERROR_INVALID, "there is no place for \"%s\"", part);
        if (is_key && !json_object_get(node, part)) {
            json_object_set_new(node, part, empty_for(i + 1 < count ? parts[i + 1] : NULL));
            out->created = i + 1 == count;
        } else if (is_selector(part) && make_item(node, part, &out->index, err) < 0) {
            return -1;
        } else if (is_index(part)) {
            out->index = strtoul(part, NULL, 10);
        } else if (!is_key && !is_selector(part)) {
            out->index = json_array_size(node) - 1;
        }
        node = slot_get(out);
        if (!node)
            return 0;
    }
    *found = count > 0;
    return 0;
}

/* ---- matching many places ---- */

static int match_from(const struct match *m, size_t at, const struct slot *slot,
                      struct error **err);

static json_t *created_value(const struct match *m, size_t next)
{
    if (next < m->parts->len)
        return is_index(m->parts->items[next]) || is_selector(m->parts->items[next])
                   ? json_array()
                   : json_object();
    switch (m->create) {
    case FIELDPATH_CREATE_MAP: return json_object();
    case FIELDPATH_CREATE_LIST: return json_array();
    default: return json_null();
    }
}

/* Behind a field the path may go on in its text. What is found there is not changed. */
static int match_text(const struct match *m, size_t at, json_t *value, struct error **err)
{
    cleanup_free char *text = cell_text(value);
    cleanup_field_text struct field_text t = {0};
    cleanup_slots struct slots inside = {0};
    json_t *doc;

    if (json_is_null(value)) {
        m->out->in_text = m->out->in_text || m->create != FIELDPATH_FIND;
        return 0;
    }
    if (field_text_parse(&t, text, err) < 0)
        return -1;
    doc = field_text_root(&t);
    if (doc && fieldpath_match_parts(doc, m->parts, at, m->create, &inside, err) < 0)
        return -1;
    m->out->in_text = m->out->in_text || inside.in_text || inside.len;
    return 0;
}

static bool is_scalar(const json_t *v)
{
    return !json_is_object(v) && !json_is_array(v);
}

static int match_field(const struct match *m, size_t at, json_t *node, struct error **err)
{
    char *key = m->parts->items[at];
    struct slot slot = {.parent = node, .key = key};
    bool is_last = at + 1 == m->parts->len;
    json_t *value;

    if (json_is_null(node))
        return 0;
    if (!json_is_object(node))
        return error_set(err, ERROR_INVALID, "expected a map above \"%s\"", key);
    if (!json_object_get(node, key)) {
        if (m->create == FIELDPATH_FIND)
            return 0;
        json_object_set_new(node, key, created_value(m, at + 1));
        slot.created = is_last && m->create == FIELDPATH_CREATE_SCALAR;
    }
    value = json_object_get(node, key);
    if (!is_last && is_scalar(value))
        return match_text(m, at + 1, value, err);
    return match_from(m, at + 1, &slot, err);
}

static int match_index(const struct match *m, size_t at, json_t *list, struct error **err)
{
    struct slot slot = {.parent = list, .index = strtoul(m->parts->items[at], NULL, 10)};

    if (!json_is_array(list))
        return error_set(err, ERROR_INVALID, "expected a list at index %zu", slot.index);
    if (slot.index == json_array_size(list) && m->create != FIELDPATH_FIND) {
        json_array_append_new(list, created_value(m, at + 1));
        slot.created = at + 1 == m->parts->len && m->create == FIELDPATH_CREATE_SCALAR;
    }
    if (slot.index >= json_array_size(list))
        return error_set(err, ERROR_INVALID, "index %zu specified but only %zu elements found",
                         slot.index, json_array_size(list));
    return match_from(m, at + 1, &slot, err);
}

static int match_every(const struct match *m, size_t at, json_t *list, struct error **err)
{
    if (!json_is_array(list))
        return error_set(err, ERROR_INVALID, "expected a list at \"*\"");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (match_from(m, at + 1, &(struct slot){.parent = list, .index = i}, err) < 0)
            return -1;
    return 0;
}

struct item_filter {
    char *field; /* "": the item itself */
    char *value;
    struct regex *regex; /* NULL: the value is looked for as it stands */
};

static bool item_matches(const struct item_filter *f, json_t *item)
{
    json_t *candidate = *f->field ? json_object_get(item, f->field) : item;
    cleanup_free char *text = candidate ? json_scalar_text(candidate) : NULL;

    if (!text)
        return false;
    return f->regex ? regex_matches(f->regex, text) : strstr(text, f->value) != NULL;
}

static int match_filtered(const struct match *m, size_t at, json_t *list,
                          const struct item_filter *f, struct error **err)
{
    size_t before = m->out->len;
    bool last = !*f->field; /* a scalar has nothing below it */

    for (size_t i = 0; i < json_array_size(list); i++) {
        struct slot slot = {.parent = list, .index = i};

        if (item_matches(f, json_array_get(list, i)) &&
            match_from(m, last ? m->parts->len : at + 1, &slot, err) < 0)
            return -1;
    }
    if (m->out->len > before || m->create == FIELDPATH_FIND)
        return 0;
    json_array_append_new(list, last ? cell_read(f->value)
                                     : json_pack("{s:o}", f->field, cell_read(f->value)));
    return match_from(m, last ? m->parts->len : at + 1,
                      &(struct slot){
                          .parent = list,
                          .index = json_array_size(list) - 1,
                          .created = last,
                      },
                      err);
}

static int match_items(const struct match *m, size_t at, json_t *list, struct error **err)
{
    struct item_filter f = {0};
    int rc;

    if (!json_is_array(list))
        return error_set(err, ERROR_INVALID, "expected a list at \"%s\"", m->parts->items[at]);
    rc = split_selector(m->parts->items[at], &f.field, &f.value, err);
    if (rc == 0 && f.value[strcspn(f.value, ".*+?()[]{}|^$\\")]) {
        /* Unlike the patterns of targets these match anywhere in the value. */
        rc = regex_new(f.value, &f.regex, err);
    }
    if (rc == 0)
        rc = match_filtered(m, at, list, &f, err);
    if (rc == 0)
        rc = regex_check(f.regex, err);
    regex_free(f.regex);
    free(f.field);
    free(f.value);
    return rc;
}

static int match_node(const struct match *m, size_t at, json_t *node, struct error **err)
{
    const char *part = m->parts->items[at];

    if (json_is_null(node))
        return 0;
    if (is_index(part))
        return match_index(m, at, node, err);
    if (is_selector(part))
        return match_items(m, at, node, err);
    if (streq(part, "*"))
        return match_every(m, at, node, err);
    return match_field(m, at, node, err);
}

static int match_from(const struct match *m, size_t at, const struct slot *slot, struct error **err)
{
    if (at < m->parts->len)
        return match_node(m, at, slot_get(slot), err);
    slots_push(m->out, slot);
    return 0;
}

int fieldpath_match_parts(json_t *doc, const struct strvec *parts, size_t first,
                          enum fieldpath_create create, struct slots *out, struct error **err)
{
    struct match m = {.parts = parts, .create = create, .out = out};

    assert(first < parts->len); /* even "" has one part */
    return match_node(&m, first, doc, err);
}

int fieldpath_match(json_t *object, const char *path, enum fieldpath_create create,
                    struct slots *out, struct error **err)
{
    cleanup_strvec struct strvec parts = {0};

    fieldpath_split(path, &parts);
    if (fieldpath_match_parts(object, &parts, 0, create, out, err) < 0)
        return error_wrap(err, "path %s", path);
    return 0;
}
