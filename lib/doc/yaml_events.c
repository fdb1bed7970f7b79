/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/yaml_events.h"

#define MAX_DEPTH 256
/* What aliases may add to a stream: values copied, and bytes of text among them. */
#define MAX_ALIAS_NODES 200000
#define MAX_ALIAS_BYTES (16 << 20)

struct anchor {
    json_t *value; /* NULL while its node is being read */
};

static int read_node(struct reader *r, json_t **out);

static void free_anchor(void *p)
{
    struct anchor *a = p;

    json_decref(a->value);
    free(a);
}

int reader_fail_at(struct reader *r, enum error_kind kind, const yaml_mark_t *mark,
                   const char *text)
{
    return error_set(r->err, kind, "%s:%zu:%zu: %s", r->name, r->line + mark->line + 1,
                     mark->column + 1, text);
}

int reader_fail(struct reader *r, const char *text)
{
    return reader_fail_at(r, ERROR_INVALID, &r->event.start_mark, text);
}

/* libyaml gives no line for what is no character at all, only how far it had read. */
static int fail_reader(struct reader *r)
{
    yaml_mark_t mark = {0};
    size_t offset = r->parser.problem_offset;

    for (size_t i = 0; i < offset && i < r->len; i++) {
        mark.column++;
        if (r->text[i] == '\n') {
            mark.line++;
            mark.column = 0;
        }
    }
    return reader_fail_at(r, ERROR_INVALID, &mark, r->parser.problem);
}

static int fail_parser(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    cleanup_free char *text = NULL;

    if (p->error == YAML_READER_ERROR)
        return fail_reader(r);
    text = p->context ? xasprintf("%s %s", p->problem ? p->problem : "invalid YAML", p->context)
                      : xstrdup(p->problem ? p->problem : "invalid YAML");
    return reader_fail_at(r, ERROR_INVALID, &p->problem_mark, text);
}

static int next_event(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = false;
    if (!yaml_parser_parse(&r->parser, &r->event))
        return fail_parser(r);
    r->has_event = true;
    return 0;
}

/* Merge keys of one mapping. In kustomize explicit keys always win; in kubectl a merge replaces
 * what stands before it. */
struct merging {
    json_t
        *explicit_keys; /* set of those written in the mapping itself; NULL: all of its keys are */
    bool merged;
    enum yaml_dialect dialect;
};

static void merge_one(struct merging *m, json_t *map, const json_t *from)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)from, key, value)
        if (m->dialect == YAML_KUBECTL || !json_object_get(map, key))
            json_object_set_nocheck(map, key, value);
}

static int merge(struct reader *r, struct merging *m, json_t *map, const json_t *value)
{
    size_t count = json_array_size(value);

    if (json_is_object(value)) {
        merge_one(m, map, value);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        if (!json_is_object(json_array_get(value, i)))
            count = 0;
    if (!count && !(json_is_array(value) && json_array_size(value) == 0))
        return reader_fail(r, "a merge key needs a mapping or a list of mappings");
    for (size_t i = 0; i < count; i++) /* the first of the list wins */
        merge_one(m, map,
                  json_array_get(value, r->how.dialect == YAML_KUBECTL ? count - 1 - i : i));
    return 0;
}

static int read_entry(struct reader *r, struct merging *m, json_t *map, json_t **later)
{
    bool merges = reader_is_merge_key(r);
    const json_t *explicit_keys = m->explicit_keys ? m->explicit_keys : map;
    yaml_mark_t mark = r->event.start_mark;
    cleanup_free char *key = NULL;
    cleanup_free char *message = NULL;
    cleanup_json json_t *value = NULL;

    if (merges)
        key = xstrdup("<<");
    else if (reader_key(r, &key) < 0)
        return -1;
    if (merges ? m->merged : !r->how.last_wins && json_object_get(explicit_keys, key) != NULL) {
        message = xasprintf("mapping key \"%s\" is already defined", key);
        return reader_fail_at(r, ERROR_INVALID, &mark, message);
    }
    if (next_event(r) < 0 || read_node(r, &value) < 0)
        return -1;
    if (!merges) {
        if (m->explicit_keys)
            json_object_set_new_nocheck(m->explicit_keys, key, json_true());
        json_object_set_new_nocheck(map, key, TAKE(value));
        return 0;
    }
    m->merged = true;
    if (r->how.dialect == YAML_KUBECTL) {
        m->explicit_keys = json_copy(map);
        return merge(r, m, map, value);
    }
    *later = TAKE(value); /* explicit keys that are still to come win, too */
    return 0;
}

static int read_entries(struct reader *r, struct merging *m, json_t *map)
{
    cleanup_json json_t *later = NULL;

    for (;;) {
        if (next_event(r) < 0)
            return -1;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            break;
        if (read_entry(r, m, map, &later) < 0)
            return -1;
    }
    return later ? merge(r, m, map, later) : 0;
}

static int read_mapping(struct reader *r, json_t **out)
{
    cleanup_json json_t *map = json_object();
    struct merging m = {.dialect = r->how.dialect};
    int rc = read_entries(r, &m, map);

    json_decref(m.explicit_keys);
    if (rc < 0)
        return -1;
    *out = TAKE(map);
    return 0;
}

static int read_sequence(struct reader *r, json_t **out)
{
    cleanup_json json_t *list = json_array();

    for (;;) {
        json_t *item;

        if (next_event(r) < 0)
            return -1;
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        if (read_node(r, &item) < 0)
            return -1;
        json_array_append_new(list, item);
    }
    *out = TAKE(list);
    return 0;
}

/* Count what a copy of `value` costs; false when the budget is used up. */
static bool charge(struct reader *r, const json_t *value)
{
    const char *key;
    json_t *child;
    size_t i;

    r->alias_bytes += json_string_length(value);
    if (++r->alias_nodes > MAX_ALIAS_NODES || r->alias_bytes > MAX_ALIAS_BYTES)
        return false;
    json_object_foreach ((json_t *)value, key, child) {
        r->alias_bytes += strlen(key);
        if (!charge(r, child))
            return false;
    }
    json_array_foreach (value, i, child)
        if (!charge(r, child))
            return false;
    return true;
}

/* How many collections stand inside each other. */
static unsigned height(const json_t *value)
{
    unsigned most = 0;
    const char *key;
    json_t *child;
    size_t i;

    if (!json_is_object(value) && !json_is_array(value))
        return 0;
    json_object_foreach ((json_t *)value, key, child) {
        unsigned h = height(child);

        most = h > most ? h : most;
    }
    json_array_foreach (value, i, child) {
        unsigned h = height(child);

        most = h > most ? h : most;
    }
    return most + 1;
}

static int read_alias(struct reader *r, json_t **out)
{
    const char *name = (const char *)r->event.data.alias.anchor;
    const struct anchor *a = map_find(&r->anchors, name);
    cleanup_free char *message = NULL;

    if (!a) {
        message = xasprintf("unknown anchor \"%s\" referenced", name);
        return reader_fail(r, message);
    }
    if (!a->value) {
        message = xasprintf("the value of anchor \"%s\" contains itself", name);
        return reader_fail(r, message);
    }
    if (!charge(r, a->value))
        return reader_fail_at(r, ERROR_TOO_LARGE, &r->event.start_mark,
                              "aliases expand to more than the document may hold");
    if (r->depth + height(a->value) > MAX_DEPTH)
        return reader_fail_at(r, ERROR_TOO_LARGE, &r->event.start_mark, "nested too deeply");
    *out = json_deep_copy(a->value);
    return 0;
}

static const char *anchor_of(const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_SCALAR_EVENT: return (const char *)e->data.scalar.anchor;
    case YAML_MAPPING_START_EVENT: return (const char *)e->data.mapping_start.anchor;
    case YAML_SEQUENCE_START_EVENT: return (const char *)e->data.sequence_start.anchor;
    default: return NULL;
    }
}

static bool is_flow(const yaml_event_t *e)
{
    return e->type == YAML_MAPPING_START_EVENT
               ? e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
               : e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
}

static int read_value(struct reader *r, json_t **out)
{
    bool flow;
    int rc;

    switch (r->event.type) {
    case YAML_SCALAR_EVENT: return reader_scalar(r, out);
    case YAML_ALIAS_EVENT: return read_alias(r, out);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT: break;
    default: return reader_fail(r, "a value is expected here");
    }
    if (r->depth == MAX_DEPTH)
        return reader_fail_at(r, ERROR_TOO_LARGE, &r->event.start_mark, "nested too deeply");
    flow = is_flow(&r->event);
    r->depth++;
    r->flow += flow;
    rc = r->event.type == YAML_MAPPING_START_EVENT ? read_mapping(r, out) : read_sequence(r, out);
    r->depth--;
    r->flow -= flow;
    return rc;
}

/* From the current event on, which starts a node; the last event of the node is then current. */
static int read_node(struct reader *r, json_t **out)
{
    const char *name = anchor_of(&r->event);
    struct anchor *former;
    struct anchor *a;
    cleanup_free char *key = NULL;

    if (!name)
        return read_value(r, out);
    key = xstrdup(name);
    a = xcalloc(1, sizeof(*a));
    former = map_set(&r->anchors, key, a); /* an inner anchor of this name may replace it */
    if (former)
        free_anchor(former);
    if (read_value(r, out) < 0)
        return -1;
    if (map_find(&r->anchors, key) == a)
        a->value = json_incref(*out);
    return 0;
}

/* The anchor keeps a reference of what the document also holds: nobody changes either of them
 * before the document is done, and then the anchors go. */
static int read_document(struct reader *r, json_t *docs)
{
    cleanup_json json_t *doc = NULL;
    bool empty;

    if (next_event(r) < 0)
        return -1;
    /* Nothing at all, in contrast to a written null, "" or ~. */
    empty = r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.length == 0 &&
            r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !r->event.data.scalar.tag &&
            !r->event.data.scalar.anchor;
    if (read_node(r, &doc) < 0 || next_event(r) < 0)
        return -1;
    map_clear_with(&r->anchors, free_anchor);
    if (!empty)
        json_array_append_new(docs, TAKE(doc));
    return 0;
}

static int read_stream(struct reader *r, json_t *docs)
{
    do {
        if (next_event(r) < 0)
            return -1;
        if (r->event.type == YAML_DOCUMENT_START_EVENT && read_document(r, docs) < 0)
            return -1;
    } while (r->event.type != YAML_STREAM_END_EVENT);
    return 0;
}

int reader_run(struct reader *r, json_t *docs)
{
    int rc;

    if (!yaml_parser_initialize(&r->parser))
        abort(); /* out of memory */
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->text, r->len);
    rc = read_stream(r, docs);
    if (r->has_event)
        yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
    map_clear_with(&r->anchors, free_anchor);
    return rc;
}
