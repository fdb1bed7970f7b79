/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/map.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml_node.h"

#define MAX_DEPTH 256

struct reading {
    yaml_parser_t parser;
    struct map anchors;
    unsigned depth;
    struct error **err;
};

static void node_free(void *arg)
{
    struct node *n = arg;

    if (!n)
        return;
    free(n->anchor);
    free(n->tag);
    free(n->text);
    free(n->head);
    free(n->comment);
    for (size_t i = 0; i < n->children.len; i++)
        node_free(n->children.items[i]);
    ptrvec_clear(&n->children);
    json_decref(n->value);
    free(n);
}

void yaml_text_free(struct yaml_text *t)
{
    if (!t)
        return;
    node_free(t->root);
    free(t->top);
    free(t->bottom);
    free(t);
}

json_t *yaml_text_root(const struct yaml_text *t)
{
    return t->root->value;
}

static int next_event(struct reading *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return 0;
    return error_set(r->err, ERROR_INVALID, "the text is not YAML: %s", r->parser.problem);
}

/* The tag "!" stands for none. */
static char *copy_tag(const yaml_char_t *tag)
{
    return tag && !streq((const char *)tag, "!") ? xstrdup((const char *)tag) : NULL;
}

static char *copy_anchor(const yaml_char_t *anchor)
{
    return anchor ? xstrdup((const char *)anchor) : NULL;
}

static json_t *scalar_read(const struct node *n, size_t len)
{
    struct scalar s;
    json_t *value;

    if (n->tag)
        return spelled_string(n->text, len);
    if (n->style != YAML_PLAIN_SCALAR_STYLE)
        return spelled_string_styled(n->text, len, true);
    scalar_resolve(n->text, len, YAML_KUSTOMIZE, &s);
    if (s.kind == SCALAR_STRING)
        return spelled_string_styled(n->text, len, false);
    value = spelled_new(&s, n->text, len);
    return value ? value : spelled_text_of(n->text, MANNER_FLOAT);
}

static int read_scalar(struct reading *r, const yaml_event_t *event, struct node *n)
{
    size_t len = event->data.scalar.length;

    n->anchor = copy_anchor(event->data.scalar.anchor);
    n->tag = copy_tag(event->data.scalar.tag);
    n->text = xstrndup((const char *)event->data.scalar.value, len);
    n->style = event->data.scalar.style;
    if (strlen(n->text) != len)
        return error_set(r->err, ERROR_INVALID, "a NUL character in the text");
    n->value = scalar_read(n, len);
    return n->value ? 0 : error_set(r->err, ERROR_INVALID, "the text is not UTF-8");
}

static int read_alias(struct reading *r, const yaml_event_t *event, struct node *n)
{
    n->anchor = copy_anchor(event->data.alias.anchor);
    n->value = json_object();
    if (map_has(&r->anchors, n->anchor))
        return 0;
    return error_set(r->err, ERROR_INVALID, "the anchor \"%s\" is unknown", n->anchor);
}

static void note_end(struct node *n, const yaml_event_t *event)
{
    n->end_line = event->end_mark.line;
    n->end_column = event->end_mark.column;
}

static int read_node(struct reading *r, const yaml_event_t *event, struct node **out);

/* The next node of a collection; `*out` is NULL at its end. */
static int read_child(struct reading *r, struct node *parent, struct node **out)
{
    yaml_event_t event;
    int rc = next_event(r, &event);

    *out = NULL;
    if (rc < 0)
        return -1;
    if (event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT) {
        note_end(parent, &event);
    } else {
        rc = read_node(r, &event, out);
        ptrvec_push(&parent->children, *out);
    }
    yaml_event_delete(&event);
    return rc;
}

static int read_list(struct reading *r, struct node *n)
{
    struct node *item;

    n->value = json_array();
    for (;;) {
        if (read_child(r, n, &item) < 0)
            return -1;
        if (!item)
            return 0;
        json_array_append(n->value, item->value);
    }
}

static int read_map(struct reading *r, struct node *n)
{
    struct node *key;
    struct node *value;

    n->value = json_object();
    for (;;) {
        if (read_child(r, n, &key) < 0)
            return -1;
        if (!key)
            return 0;
        if (key->type != YAML_SCALAR_EVENT)
            return error_set(r->err, ERROR_INVALID, "a mapping key must be a scalar");
        if (read_child(r, n, &value) < 0)
            return -1;
        key->is_repeated = json_object_get(n->value, key->text);
        if (!key->is_repeated)
            json_object_set(n->value, key->text, value->value);
    }
}

static int read_collection(struct reading *r, const yaml_event_t *event, struct node *n)
{
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    int rc;

    if (is_map) {
        n->anchor = copy_anchor(event->data.mapping_start.anchor);
        n->tag = copy_tag(event->data.mapping_start.tag);
        n->style = event->data.mapping_start.style;
    } else {
        n->anchor = copy_anchor(event->data.sequence_start.anchor);
        n->tag = copy_tag(event->data.sequence_start.tag);
        n->style = event->data.sequence_start.style;
    }
    if (n->anchor)
        map_set(&r->anchors, n->anchor, n);
    if (++r->depth > MAX_DEPTH)
        return error_set(r->err, ERROR_TOO_LARGE, "the text is nested too deeply");
    rc = is_map ? read_map(r, n) : read_list(r, n);
    r->depth--;
    return rc;
}

/* `*out` is what there is of the node, also on failure. */
static int read_node(struct reading *r, const yaml_event_t *event, struct node **out)
{
    struct node *n = *out = xcalloc(1, sizeof(*n));
    int rc;

    n->type = event->type;
    n->line = event->start_mark.line;
    n->column = event->start_mark.column;
    note_end(n, event);
    switch (event->type) {
    case YAML_ALIAS_EVENT: return read_alias(r, event, n);
    case YAML_SCALAR_EVENT:
        rc = read_scalar(r, event, n);
        if (n->anchor)
            map_set(&r->anchors, n->anchor, n);
        return rc;
    default: return read_collection(r, event, n);
    }
}

/* Up to the first node; `*out` stays NULL where there is none. */
static int read_document(struct reading *r, struct node **out)
{
    for (;;) {
        yaml_event_t event;
        yaml_event_type_t type;
        int rc = next_event(r, &event);

        if (rc < 0)
            return -1;
        type = event.type;
        if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT &&
            type != YAML_STREAM_END_EVENT)
            rc = read_node(r, &event, out);
        yaml_event_delete(&event);
        if (rc < 0 || *out || type == YAML_STREAM_END_EVENT)
            return rc;
    }
}

/* Where a scalar may hold one a # is taken for a comment as well. */
static bool may_have_comments(const char *text)
{
    bool at_start = true;

    for (; *text; text++) {
        if (*text == '#' && at_start)
            return true;
        at_start = strchr(" \t\n", *text) != NULL;
    }
    return false;
}

int yaml_text_parse(const char *text, struct yaml_text **out, struct error **err)
{
    cleanup_yaml_text struct yaml_text *t = xcalloc(1, sizeof(*t));
    struct reading r = {.err = err};
    int rc;

    if (!yaml_parser_initialize(&r.parser))
        abort(); /* out of memory */
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, strlen(text));
    rc = read_document(&r, &t->root);
    yaml_parser_delete(&r.parser);
    map_clear(&r.anchors);
    if (rc < 0)
        return -1;
    if (!t->root)
        return 0;
    t->has_comments = may_have_comments(text);
    t->has_strange_comments = t->has_comments && !yaml_comments_find(t, text);
    *out = TAKE(t);
    return 0;
}
