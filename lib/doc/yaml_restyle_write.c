/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/spelling.h"
#include "lib/doc/yaml_node.h"

#define INDENT 2
#define UNLIMITED_WIDTH (-1)

struct writing {
    yaml_emitter_t emitter;
    struct error **err;
};

static int append(void *arg, unsigned char *data, size_t len)
{
    buf_put(arg, (char *)data, len);
    return 1;
}

static int emit(struct writing *w, yaml_event_t *event)
{
    if (yaml_emitter_emit(&w->emitter, event))
        return 0;
    return error_set(w->err, ERROR_INVALID, "YAML cannot be written: %s", w->emitter.problem);
}

static const char *scalar_text(const json_t *v, char number[32])
{
    const char *written = spelled_text(v);

    if (written)
        return written;
    switch (json_typeof(v)) {
    case JSON_STRING: return json_string_value(v);
    case JSON_TRUE: return "true";
    case JSON_FALSE: return "false";
    case JSON_INTEGER:
        snprintf(number, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        return number;
    case JSON_REAL: scalar_format_float(json_real_value(v), 64, number); return number;
    default: return "null";
    }
}

/* NULL where none is written: the text is of its type. */
static const char *explicit_tag(const json_t *v)
{
    switch (spelled_manner(v)) {
    case MANNER_NULL: return YAML_NULL_TAG;
    case MANNER_BOOL: return YAML_BOOL_TAG;
    case MANNER_INT: return YAML_INT_TAG;
    case MANNER_FLOAT: return YAML_FLOAT_TAG;
    case MANNER_TIMESTAMP: return YAML_TIMESTAMP_TAG;
    default: return NULL;
    }
}

static int emit_scalar(struct writing *w, const char *anchor, const char *tag, const char *text,
                       int style)
{
    yaml_event_t event;

    if (!yaml_scalar_event_initialize(&event, (const yaml_char_t *)anchor, (const yaml_char_t *)tag,
                                      (const yaml_char_t *)text, (int)strlen(text), !tag, !tag,
                                      (yaml_scalar_style_t)style))
        return error_set(w->err, ERROR_INVALID, "YAML text is not UTF-8");
    return emit(w, &event);
}

/* A plain string that would be read as something else is put in quotes, as go-yaml does. `old`:
 * what was in its place, or NULL. */
static int write_scalar(struct writing *w, const struct node *old, const json_t *v)
{
    char number[32];
    const char *text = scalar_text(v, number);
    const char *tag = old && old->tag ? old->tag : explicit_tag(v);
    bool is_string = json_is_string(v) && !spelled_text(v);
    int style = old ? old->style : YAML_PLAIN_SCALAR_STYLE;
    struct scalar s;

    if (style == YAML_PLAIN_SCALAR_STYLE && is_string) {
        scalar_resolve(text, strlen(text), YAML_KUSTOMIZE, &s);
        if (strchr(text, '\n'))
            style = YAML_LITERAL_SCALAR_STYLE;
        else if (s.kind != SCALAR_STRING && !tag)
            style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    }
    return emit_scalar(w, old ? old->anchor : NULL, tag, text, style);
}

static int start_map(struct writing *w, const char *anchor, const char *tag, int style)
{
    yaml_event_t event;

    yaml_mapping_start_event_initialize(&event, (const yaml_char_t *)anchor,
                                        (const yaml_char_t *)tag, !tag,
                                        (yaml_mapping_style_t)style);
    return emit(w, &event);
}

static int end_map(struct writing *w)
{
    yaml_event_t event;

    yaml_mapping_end_event_initialize(&event);
    return emit(w, &event);
}

static int start_list(struct writing *w, const char *anchor, const char *tag, int style)
{
    yaml_event_t event;

    yaml_sequence_start_event_initialize(&event, (const yaml_char_t *)anchor,
                                         (const yaml_char_t *)tag, !tag,
                                         (yaml_sequence_style_t)style);
    return emit(w, &event);
}

static int end_list(struct writing *w)
{
    yaml_event_t event;

    yaml_sequence_end_event_initialize(&event);
    return emit(w, &event);
}

/* What was not in the text. */
static int write_new(struct writing *w, const json_t *v);

/* The entries of a map from the one at `skip` on. */
static int write_entries(struct writing *w, const json_t *map, size_t skip)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)map, key, value) {
        cleanup_json json_t *name = NULL;

        if (skip) {
            skip--;
            continue;
        }
        name = json_string(key);
        if (write_scalar(w, NULL, name) < 0 || write_new(w, value) < 0)
            return -1;
    }
    return 0;
}

static int write_items(struct writing *w, const json_t *list, size_t skip)
{
    for (size_t i = skip; i < json_array_size(list); i++)
        if (write_new(w, json_array_get(list, i)) < 0)
            return -1;
    return 0;
}

static int write_new(struct writing *w, const json_t *v)
{
    if (json_is_object(v))
        return start_map(w, NULL, NULL, YAML_BLOCK_MAPPING_STYLE) < 0 || write_entries(w, v, 0) < 0
                   ? -1
                   : end_map(w);
    if (json_is_array(v))
        return start_list(w, NULL, NULL, YAML_BLOCK_SEQUENCE_STYLE) < 0 || write_items(w, v, 0) < 0
                   ? -1
                   : end_list(w);
    return write_scalar(w, NULL, v);
}

static int write_alias(struct writing *w, const struct node *n)
{
    yaml_event_t event;

    if (json_object_size(n->value))
        return error_set(w->err, ERROR_INVALID, "nothing can be put into *%s", n->anchor);
    yaml_alias_event_initialize(&event, (const yaml_char_t *)n->anchor);
    return emit(w, &event);
}

/* go-yaml writes the tag of a merge key, which it knows by its text. */
static int write_key(struct writing *w, const struct node *key)
{
    bool merges = !key->tag && key->style == YAML_PLAIN_SCALAR_STYLE && streq(key->text, "<<");

    return emit_scalar(w, key->anchor, merges ? "tag:yaml.org,2002:merge" : key->tag, key->text,
                       key->style);
}

static int write_node(struct writing *w, const struct node *old, const json_t *v);

const json_t *node_value(const struct node *map, size_t i)
{
    const struct node *key = map->children.items[i - 1];
    const struct node *value = map->children.items[i];

    return key->is_repeated ? value->value : json_object_get(map->value, key->text);
}

static int write_map(struct writing *w, const struct node *n)
{
    size_t known = 0;

    if (start_map(w, n->anchor, n->tag, n->style) < 0)
        return -1;
    for (size_t i = 0; i < n->children.len; i += 2) {
        const struct node *key = n->children.items[i];

        known += !key->is_repeated;
        if (write_key(w, key) < 0 ||
            write_node(w, n->children.items[i + 1], node_value(n, i + 1)) < 0)
            return -1;
    }
    return write_entries(w, n->value, known) < 0 ? -1 : end_map(w);
}

static int write_list(struct writing *w, const struct node *n)
{
    if (start_list(w, n->anchor, n->tag, n->style) < 0)
        return -1;
    for (size_t i = 0; i < n->children.len; i++)
        if (write_node(w, n->children.items[i], json_array_get(n->value, i)) < 0)
            return -1;
    return write_items(w, n->value, n->children.len) < 0 ? -1 : end_list(w);
}

/* `v` stands where `old` was, if it is not the same. */
static int write_node(struct writing *w, const struct node *old, const json_t *v)
{
    if (v != old->value && old->type == YAML_SCALAR_EVENT && !json_is_object(v) &&
        !json_is_array(v))
        return write_scalar(w, old, v);
    if (v != old->value)
        return write_new(w, v);
    switch (old->type) {
    case YAML_ALIAS_EVENT: return write_alias(w, old);
    case YAML_SCALAR_EVENT: return emit_scalar(w, old->anchor, old->tag, old->text, old->style);
    case YAML_MAPPING_START_EVENT: return write_map(w, old);
    default: return write_list(w, old);
    }
}

static int write_document(struct writing *w, const struct node *root)
{
    yaml_event_t event;

    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    if (emit(w, &event) < 0)
        return -1;
    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
    if (emit(w, &event) < 0 || write_node(w, root, root->value) < 0)
        return -1;
    yaml_document_end_event_initialize(&event, 1);
    if (emit(w, &event) < 0)
        return -1;
    yaml_stream_end_event_initialize(&event);
    return emit(w, &event);
}

static int print_nodes(const struct yaml_text *t, struct buf *out, struct error **err)
{
    struct writing w = {.err = err};
    int rc;

    yaml_emitter_initialize(&w.emitter);
    yaml_emitter_set_output(&w.emitter, append, out);
    yaml_emitter_set_indent(&w.emitter, INDENT);
    yaml_emitter_set_width(&w.emitter, UNLIMITED_WIDTH);
    yaml_emitter_set_unicode(&w.emitter, 1);
    rc = write_document(&w, t->root);
    yaml_emitter_delete(&w.emitter);
    while (rc == 0 && out->len && strchr(" \t\r\n", out->data[out->len - 1]))
        buf_truncate(out, out->len - 1);
    return rc;
}

int yaml_text_print(const struct yaml_text *t, struct buf *out, struct error **err)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (!t->has_comments)
        return print_nodes(t, out, err);
    if (print_nodes(t, &text, err) < 0)
        return -1;
    if (!t->has_strange_comments && text.len && yaml_comments_write(t, text.data, out))
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "a comment would move in the text; put comments above a key or behind "
                     "a value, or replace the whole text");
}
