/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/yaml_restyle.h"

#include "lib/doc/spelling.h"

#include <yaml.h>

#define INDENT 2
#define UNLIMITED_WIDTH (-1)

struct restyle {
    yaml_document_t *old;
    yaml_emitter_t *emitter;
    struct error **err;
};

static int append(void *arg, unsigned char *data, size_t len)
{
    buf_put(arg, (char *)data, len);
    return 1;
}

static int emit(struct restyle *r, yaml_event_t *event)
{
    if (yaml_emitter_emit(r->emitter, event))
        return 0;
    return error_set(r->err, ERROR_INVALID, "YAML cannot be written: %s", r->emitter->problem);
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

/* A plain string that would be read as something else is put in quotes, as go-yaml does. */
static int write_scalar(struct restyle *r, const yaml_node_t *old, const json_t *v)
{
    char number[32];
    const char *text = scalar_text(v, number);
    yaml_scalar_style_t style = old ? old->data.scalar.style : YAML_PLAIN_SCALAR_STYLE;
    const char *tag = explicit_tag(v);
    bool is_string = json_is_string(v) && !spelled_text(v) && !tag;
    yaml_event_t event;
    struct scalar s;

    scalar_resolve(text, strlen(text), YAML_KUSTOMIZE, &s);
    if (style == YAML_PLAIN_SCALAR_STYLE && is_string) {
        if (strchr(text, '\n'))
            style = YAML_LITERAL_SCALAR_STYLE;
        else if (s.kind != SCALAR_STRING)
            style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    }
    if (!yaml_scalar_event_initialize(&event, NULL, (yaml_char_t *)tag, (yaml_char_t *)text, -1,
                                      !tag, !tag, style))
        return error_set(r->err, ERROR_INVALID, "YAML text is not UTF-8");
    return emit(r, &event);
}

static int write_node(struct restyle *r, yaml_node_t *old, const json_t *v);

static yaml_node_t *value_of(struct restyle *r, yaml_node_t *map, const char *key,
                             yaml_node_t **key_node)
{
    *key_node = NULL;
    if (!map || map->type != YAML_MAPPING_NODE)
        return NULL;
    for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
         p++) {
        yaml_node_t *k = yaml_document_get_node(r->old, p->key);

        if (k->type != YAML_SCALAR_NODE || strcmp((char *)k->data.scalar.value, key) != 0)
            continue;
        *key_node = k;
        return yaml_document_get_node(r->old, p->value);
    }
    return NULL;
}

static int write_map(struct restyle *r, yaml_node_t *old, const json_t *map)
{
    bool is_flow =
        old && old->type == YAML_MAPPING_NODE && old->data.mapping.style == YAML_FLOW_MAPPING_STYLE;
    yaml_event_t event;
    const char *key;
    json_t *value;

    yaml_mapping_start_event_initialize(
        &event, NULL, NULL, 1, is_flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE);
    if (emit(r, &event) < 0)
        return -1;
    json_object_foreach ((json_t *)map, key, value) {
        yaml_node_t *key_node;
        yaml_node_t *old_value = value_of(r, old, key, &key_node);
        json_t *name = json_string(key);
        int rc = write_scalar(r, key_node, name);

        json_decref(name);
        if (rc < 0 || write_node(r, old_value, value) < 0)
            return -1;
    }
    yaml_mapping_end_event_initialize(&event);
    return emit(r, &event);
}

static int write_list(struct restyle *r, yaml_node_t *old, const json_t *list)
{
    bool was_list = old && old->type == YAML_SEQUENCE_NODE;
    bool is_flow = was_list && old->data.sequence.style == YAML_FLOW_SEQUENCE_STYLE;
    size_t count =
        was_list ? (size_t)(old->data.sequence.items.top - old->data.sequence.items.start) : 0;
    yaml_event_t event;
    size_t i;
    json_t *item;

    yaml_sequence_start_event_initialize(
        &event, NULL, NULL, 1, is_flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE);
    if (emit(r, &event) < 0)
        return -1;
    json_array_foreach ((json_t *)list, i, item) {
        yaml_node_t *node = NULL;

        if (i < count)
            node = yaml_document_get_node(r->old, old->data.sequence.items.start[i]);
        if (write_node(r, node, item) < 0)
            return -1;
    }
    yaml_sequence_end_event_initialize(&event);
    return emit(r, &event);
}

static int write_node(struct restyle *r, yaml_node_t *old, const json_t *v)
{
    if (json_is_object(v))
        return write_map(r, old, v);
    if (json_is_array(v))
        return write_list(r, old, v);
    return write_scalar(r, old && old->type == YAML_SCALAR_NODE ? old : NULL, v);
}

static int write_document(struct restyle *r, const json_t *doc)
{
    yaml_event_t event;

    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    if (emit(r, &event) < 0)
        return -1;
    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
    if (emit(r, &event) < 0 || write_node(r, yaml_document_get_root_node(r->old), doc) < 0)
        return -1;
    yaml_document_end_event_initialize(&event, 1);
    if (emit(r, &event) < 0)
        return -1;
    yaml_stream_end_event_initialize(&event);
    return emit(r, &event);
}

/* Where a scalar may hold one a # is taken for a comment as well: refusing is safe. */
static bool may_lose(const char *text)
{
    bool at_start = true;

    for (; *text; text++) {
        if (*text == '#' && at_start)
            return true;
        if ((*text == '&' || *text == '*' || *text == '!') && at_start)
            return true;
        at_start = strchr(" \t\n[{,", *text) != NULL;
    }
    return false;
}

static int restyle(yaml_document_t *old, const json_t *doc, struct buf *out, struct error **err)
{
    yaml_emitter_t emitter;
    struct restyle r = {.old = old, .emitter = &emitter, .err = err};
    int rc;

    yaml_emitter_initialize(&emitter);
    yaml_emitter_set_output(&emitter, append, out);
    yaml_emitter_set_indent(&emitter, INDENT);
    yaml_emitter_set_width(&emitter, UNLIMITED_WIDTH);
    yaml_emitter_set_unicode(&emitter, 1);
    rc = write_document(&r, doc);
    yaml_emitter_delete(&emitter);
    while (rc == 0 && out->len && strchr(" \t\r\n", out->data[out->len - 1]))
        buf_truncate(out, out->len - 1);
    return rc;
}

int yaml_restyle(const char *text, const json_t *doc, struct buf *out, struct error **err)
{
    yaml_parser_t parser;
    yaml_document_t old;
    int rc;

    if (may_lose(text))
        return error_set(err, ERROR_UNSUPPORTED,
                         "text with comments, anchors or tags would lose them; replace all of it");
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    if (!yaml_parser_load(&parser, &old)) {
        rc = error_set(err, ERROR_INVALID, "the text is not YAML");
    } else {
        rc = restyle(&old, doc, out, err);
        yaml_document_delete(&old);
    }
    yaml_parser_delete(&parser);
    return rc;
}
