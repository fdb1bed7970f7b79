/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"
#include "lib/base/map.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml_block.h"

#include <yaml.h>

#define MAX_DEPTH 256
/* What aliases may add to a stream: values copied, and bytes of text among them. */
#define MAX_ALIAS_NODES 200000
#define MAX_ALIAS_BYTES (16 << 20)

#define TAG_PREFIX "tag:yaml.org,2002:"

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    bool has_event;
    const char *name;
    const char *text;
    size_t len;
    size_t line; /* on which `text` begins, from 0 */
    struct yaml_reading how;
    struct map anchors; /* name to struct anchor, of the current document */
    unsigned depth;
    unsigned flow; /* how many of them are written with {} or [] */
    size_t alias_nodes;
    size_t alias_bytes;
    struct error **err;
};

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

static int fail_at(struct reader *r, enum error_kind kind, const yaml_mark_t *mark,
                   const char *text)
{
    return error_set(r->err, kind, "%s:%zu:%zu: %s", r->name, r->line + mark->line + 1,
                     mark->column + 1, text);
}

static int fail(struct reader *r, const char *text)
{
    return fail_at(r, ERROR_INVALID, &r->event.start_mark, text);
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
    return fail_at(r, ERROR_INVALID, &mark, r->parser.problem);
}

static int fail_parser(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    cleanup_free char *text = NULL;

    if (p->error == YAML_READER_ERROR)
        return fail_reader(r);
    text = p->context ? xasprintf("%s %s", p->problem ? p->problem : "invalid YAML", p->context)
                      : xstrdup(p->problem ? p->problem : "invalid YAML");
    return fail_at(r, ERROR_INVALID, &p->problem_mark, text);
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

/* The part behind "tag:yaml.org,2002:", the whole tag if it is another one, "" without a tag. */
static const char *short_tag(const yaml_char_t *tag)
{
    const char *s = (const char *)tag;

    if (!s || !*s)
        return "";
    return str_has_prefix(s, TAG_PREFIX) ? s + strlen(TAG_PREFIX) : s;
}

static bool is_quoted(const struct reader *r)
{
    return r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

static int make_string(struct reader *r, const char *text, size_t len, json_t **out)
{
    if (memchr(text, '\0', len))
        return fail(r, "a NUL character in a string");
    *out =
        r->how.spelled ? spelled_string_styled(text, len, is_quoted(r)) : json_stringn(text, len);
    return *out ? 0 : fail(r, "the text is not UTF-8");
}

static int make_binary(struct reader *r, const char *text, size_t len, json_t **out)
{
    cleanup_buf struct buf data = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;

    if (base64_decode(text, len, &data, &err) < 0)
        return fail(r, "!!binary value contains invalid base64 data");
    return make_string(r, data.data, data.len, out);
}

/* Does a value of this kind satisfy an explicit tag? */
static bool tag_accepts(const char *tag, enum scalar_kind kind)
{
    switch (kind) {
    case SCALAR_NULL: return streq(tag, "null");
    case SCALAR_BOOL: return streq(tag, "bool");
    case SCALAR_INT: return streq(tag, "int") || streq(tag, "float");
    case SCALAR_FLOAT: return streq(tag, "float");
    case SCALAR_TIMESTAMP: return streq(tag, "timestamp");
    case SCALAR_STRING: break;
    }
    return false;
}

static bool is_resolvable(const char *tag)
{
    static const char *const tags[] = {"null", "bool", "int", "float", "timestamp"};

    for (size_t i = 0; i < ARRAY_LEN(tags); i++)
        if (streq(tag, tags[i]))
            return true;
    return false;
}

/* What the current scalar means, tag and quotes considered. */
static int resolve_event(struct reader *r, struct scalar *s)
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t len = r->event.data.scalar.length;
    const char *tag = short_tag(r->event.data.scalar.tag);
    bool quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    cleanup_free char *message = NULL;

    s->kind = SCALAR_STRING;
    if (streq(tag, "!") && r->how.dialect == YAML_KUSTOMIZE)
        tag = "";
    if (!*tag) {
        if (!quoted)
            scalar_resolve(text, len, r->how.dialect, s);
        return 0;
    }
    if (!is_resolvable(tag))
        return 0;
    scalar_resolve(text, len, r->how.dialect, s);
    if (tag_accepts(tag, scalar_type(s)))
        return 0;
    message = xasprintf("the value cannot be read as a !!%s", tag);
    return fail(r, message);
}

static int make_scalar(struct reader *r, json_t **out)
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t len = r->event.data.scalar.length;
    struct scalar s;

    /* kustomize passes each object on as text, where nothing inside {} turns into ''. */
    if (r->flow && len == 0 && r->how.dialect == YAML_KUSTOMIZE && !r->event.data.scalar.tag)
        return make_string(r, text, len, out);
    if (streq(short_tag(r->event.data.scalar.tag), "binary"))
        return make_binary(r, text, len, out);
    if (resolve_event(r, &s) < 0)
        return -1;
    if (s.kind == SCALAR_STRING || (s.kind == SCALAR_TIMESTAMP && r->how.dialect == YAML_KUBECTL))
        return make_string(r, text, len, out);
    if (r->how.spelled && r->flow && s.kind == SCALAR_NULL && (*out = spelled_null_in_flow(text)))
        return 0;
    *out = r->how.spelled ? spelled_new(&s, text, len) : scalar_value(&s);
    return *out ? 0 : fail(r, "infinity and .nan have no place in JSON");
}

/* A key as text. kustomize keeps what is written; kubectl prints the value that it reads. */
static int make_key(struct reader *r, char **out)
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t len = r->event.data.scalar.length;
    struct scalar s;
    char number[32];

    if (r->event.type != YAML_SCALAR_EVENT)
        return fail(r, "a mapping key must be a scalar");
    if (memchr(text, '\0', len))
        return fail(r, "a NUL character in a mapping key");
    if (resolve_event(r, &s) < 0)
        return -1;
    if (s.kind == SCALAR_NULL)
        return fail(r, "a mapping key must not be null");
    if (r->how.dialect == YAML_KUSTOMIZE)
        s.kind = SCALAR_STRING;
    switch (s.kind) {
    case SCALAR_BOOL: *out = xstrdup(s.boolean ? "true" : "false"); break;
    case SCALAR_INT: *out = xasprintf("%lld", (long long)s.integer); break;
    case SCALAR_FLOAT:
        scalar_format_float(s.number, 32, number);
        *out = xstrdup(number);
        break;
    default: *out = xstrndup(text, len); break;
    }
    return 0;
}

static bool is_merge_key(const struct reader *r)
{
    const yaml_event_t *e = &r->event;

    if (e->type != YAML_SCALAR_EVENT || !streq((const char *)e->data.scalar.value, "<<"))
        return false;
    return (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !*short_tag(e->data.scalar.tag)) ||
           streq(short_tag(e->data.scalar.tag), "merge");
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
        return fail(r, "a merge key needs a mapping or a list of mappings");
    for (size_t i = 0; i < count; i++) /* the first of the list wins */
        merge_one(m, map,
                  json_array_get(value, r->how.dialect == YAML_KUBECTL ? count - 1 - i : i));
    return 0;
}

static int read_entry(struct reader *r, struct merging *m, json_t *map, json_t **later)
{
    bool merges = is_merge_key(r);
    const json_t *explicit_keys = m->explicit_keys ? m->explicit_keys : map;
    yaml_mark_t mark = r->event.start_mark;
    cleanup_free char *key = NULL;
    cleanup_free char *message = NULL;
    cleanup_json json_t *value = NULL;

    if (merges)
        key = xstrdup("<<");
    else if (make_key(r, &key) < 0)
        return -1;
    if (merges ? m->merged : !r->how.last_wins && json_object_get(explicit_keys, key) != NULL) {
        message = xasprintf("mapping key \"%s\" is already defined", key);
        return fail_at(r, ERROR_INVALID, &mark, message);
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
        return fail(r, message);
    }
    if (!a->value) {
        message = xasprintf("the value of anchor \"%s\" contains itself", name);
        return fail(r, message);
    }
    if (!charge(r, a->value))
        return fail_at(r, ERROR_TOO_LARGE, &r->event.start_mark,
                       "aliases expand to more than the document may hold");
    if (r->depth + height(a->value) > MAX_DEPTH)
        return fail_at(r, ERROR_TOO_LARGE, &r->event.start_mark, "nested too deeply");
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
    case YAML_SCALAR_EVENT: return make_scalar(r, out);
    case YAML_ALIAS_EVENT: return read_alias(r, out);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT: break;
    default: return fail(r, "a value is expected here");
    }
    if (r->depth == MAX_DEPTH)
        return fail_at(r, ERROR_TOO_LARGE, &r->event.start_mark, "nested too deeply");
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

/* Numbers as they come from YAML: a whole one is an integer. */
static void whole_numbers(json_t *container)
{
    const char *key;
    size_t i;
    json_t *value;

    json_object_foreach (container, key, value) {
        whole_numbers(value);
        if (json_is_real(value))
            json_object_set_new(container, key, scalar_number(json_real_value(value)));
    }
    json_array_foreach (container, i, value) {
        whole_numbers(value);
        if (json_is_real(value))
            json_array_set_new(container, i, scalar_number(json_real_value(value)));
    }
}

/* JSON has one escape that YAML refuses: a character as a pair of surrogates. */
static json_t *parse_as_json(const char *text, size_t len)
{
    cleanup_json json_t *docs = NULL;
    size_t start = 0;
    json_t *doc;

    while (start < len && strchr(" \t\r\n", text[start]) && text[start])
        start++;
    if (start == len || (text[start] != '{' && text[start] != '[') || !memmem(text, len, "\\u", 2))
        return NULL;
    doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    if (!doc)
        return NULL;
    whole_numbers(doc);
    docs = json_array();
    json_array_append_new(docs, doc);
    return TAKE(docs);
}

/* Append the documents of all that `r` has as text. */
static int read_events(struct reader *r, json_t *docs)
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

static size_t count_lines(const char *text, size_t len)
{
    size_t lines = 0;

    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return lines;
}

/* The first `done` bytes are in `docs` already, which this takes. */
static int parse(const char *name, const char *text, size_t len, size_t done,
                 const struct yaml_reading *how, json_t *docs, json_t **out, struct error **err)
{
    cleanup_json json_t *all = docs;
    cleanup_error struct error *problem = NULL;
    struct reader r = {
        .name = name,
        .text = text + done,
        .len = len - done,
        .line = count_lines(text, done),
        .how = *how,
        .err = &problem,
    };
    json_t *json;

    if (read_events(&r, docs) == 0) {
        *out = TAKE(all);
        return 0;
    }
    json = parse_as_json(text, len);
    if (!json) {
        *err = TAKE(problem);
        return -1;
    }
    *out = json;
    return 0;
}

int yaml_parse_events(const char *name, const char *text, size_t len,
                      const struct yaml_reading *how, json_t **out, struct error **err)
{
    return parse(name, text, len, 0, how, json_array(), out, err);
}

int yaml_parse_quickly(const char *name, const char *text, size_t len,
                       const struct yaml_reading *how, json_t **out, struct error **err)
{
    json_t *docs = json_array();
    size_t done = yaml_block_read(text, len, how, docs);

    if (done < len)
        return parse(name, text, len, done, how, docs, out, err);
    *out = docs;
    return 0;
}

int yaml_parse(const char *name, const char *text, size_t len, enum yaml_dialect dialect,
               json_t **out, struct error **err)
{
    return yaml_parse_quickly(name, text, len, &(struct yaml_reading){.dialect = dialect}, out,
                              err);
}

int yaml_parse_last_wins(const char *name, const char *text, size_t len, enum yaml_dialect dialect,
                         json_t **out, struct error **err)
{
    return yaml_parse_quickly(
        name, text, len, &(struct yaml_reading){.dialect = dialect, .last_wins = true}, out, err);
}

int yaml_parse_spelled(const char *name, const char *text, size_t len, json_t **out,
                       struct error **err)
{
    return yaml_parse_quickly(name, text, len,
                              &(struct yaml_reading){.dialect = YAML_KUSTOMIZE, .spelled = true},
                              out, err);
}
