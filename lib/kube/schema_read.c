/* SPDX-License-Identifier: Apache-2.0 */
/* From the reduced form to types in memory. A first pass counts and collects the names, so that
 * the second one fills arrays of the right size. */
#include "lib/base/map.h"
#include "lib/kube/schema_graph.h"

struct reader {
    struct kube_schema *schema;
    struct map names; /* the string -> where it is in schema->names, from the second pass on */
    struct buf word;  /* the one in hand, decoded */
    size_t names_bytes;
    bool filling;                      /* the second pass */
    size_t types, fields, keys, kinds; /* so many were seen in this pass */
};

/* The rest of a line. */
struct line {
    const char *at;
    const char *end;
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool ends_word(char c)
{
    return c == ' ' || c == ':' || c == '=';
}

/* The next word, in r->word; what ended it is still there. */
static bool read_word(struct reader *r, struct line *line)
{
    buf_truncate(&r->word, 0);
    for (; line->at < line->end && !ends_word(*line->at); line->at++) {
        char c = *line->at;

        if (c == '%') {
            if (line->end - line->at < 3 || hex_digit(line->at[1]) < 0 ||
                hex_digit(line->at[2]) < 0)
                return false;
            c = (char)(hex_digit(line->at[1]) << 4 | hex_digit(line->at[2]));
            line->at += 2;
        }
        if (!c)
            return false;
        buf_putc(&r->word, c);
    }
    return true;
}

static bool read_char(struct line *line, char c)
{
    if (line->at == line->end || *line->at != c)
        return false;
    line->at++;
    return true;
}

/* The word as an interned name; "" in the first pass. */
static bool read_name(struct reader *r, struct line *line, const char **out)
{
    struct map_entry *entry;

    if (!read_word(r, line))
        return false;
    entry = map_entry(&r->names, r->word.data);
    if (!r->filling && !entry->value) {
        entry->value = r;
        r->names_bytes += r->word.len + 1;
    }
    *out = r->filling ? entry->value : "";
    return true;
}

static bool read_type(struct reader *r, struct line *line, const struct kube_type **out)
{
    const char *letter;
    size_t index = 0;

    if (line->at == line->end)
        return false;
    letter = memchr(schema_letters, *line->at, SCHEMA_SCALARS);
    if (letter) {
        line->at++;
        *out = &schema_scalars[letter - schema_letters];
        return true;
    }
    if (hex_digit(*line->at) < 0)
        return false;
    for (; line->at < line->end && *line->at >= '0' && *line->at <= '9'; line->at++) {
        index = index * 10 + (size_t)(*line->at - '0');
        if (index > UINT32_MAX)
            return false;
    }
    *out = r->filling ? &r->schema->types[index] : NULL;
    return !r->filling || index < r->schema->type_count;
}

static bool read_default(struct reader *r, struct line *line, const json_t **out)
{
    json_t *value;

    if (!read_word(r, line))
        return false;
    if (!r->filling)
        return true;
    value = json_loads(r->word.data, JSON_DECODE_ANY, NULL);
    if (!value)
        return false;
    ptrvec_push(&r->schema->defaults, value);
    *out = value;
    return true;
}

static bool read_field(struct reader *r, struct line *line, struct kube_field *f)
{
    return read_name(r, line, &f->name) && read_char(line, ':') && read_type(r, line, &f->type) &&
           (!read_char(line, '=') || read_default(r, line, &f->default_value));
}

static bool read_struct(struct reader *r, struct line *line, struct kube_type *t)
{
    size_t first = r->fields;

    t->shape = KUBE_STRUCT;
    t->atomic = read_char(line, '!');
    t->preserves_unknown = read_char(line, '+');
    while (read_char(line, ' ')) {
        struct kube_field field = {.name = ""};

        if (!read_field(r, line, &field))
            return false;
        if (r->filling) {
            if (r->fields > first && strcmp(r->schema->fields[r->fields - 1].name, field.name) >= 0)
                return false;
            r->schema->fields[r->fields] = field;
        }
        r->fields++;
    }
    t->fields = r->filling ? r->schema->fields + first : NULL;
    t->count = (unsigned)(r->fields - first);
    return true;
}

static bool read_map(struct reader *r, struct line *line, struct kube_type *t)
{
    t->shape = KUBE_MAP;
    t->atomic = read_char(line, '!');
    return read_char(line, ' ') && read_type(r, line, &t->items);
}

static bool read_list(struct reader *r, struct line *line, struct kube_type *t)
{
    size_t first = r->keys;

    t->shape = KUBE_LIST;
    if (read_char(line, 's'))
        t->list_type = KUBE_LIST_SET;
    else if (read_char(line, 'm'))
        t->list_type = KUBE_LIST_MAP;
    else if (!read_char(line, 'a'))
        return false;
    if (!read_char(line, ' ') || !read_type(r, line, &t->items))
        return false;
    while (t->list_type == KUBE_LIST_MAP && read_char(line, ' ')) {
        const char *key;

        if (!read_name(r, line, &key))
            return false;
        if (r->filling)
            r->schema->keys[r->keys] = key;
        r->keys++;
    }
    t->keys = r->filling ? r->schema->keys + first : NULL;
    t->count = (unsigned)(r->keys - first);
    return t->list_type != KUBE_LIST_MAP || t->count > 0;
}

static bool read_group_version(struct reader *r, struct line *line, struct schema_kind *kind)
{
    const char *slash = memchr(line->at, '/', (size_t)(line->end - line->at));
    struct line group = {.at = line->at, .end = slash};

    if (!slash || !read_name(r, &group, &kind->group) || group.at != slash)
        return false;
    line->at = slash + 1;
    return read_name(r, line, &kind->version);
}

static bool read_kind(struct reader *r, struct line *line)
{
    struct kube_schema *s = r->schema;
    struct schema_kind kind = {.type = NULL};

    if (!read_char(line, ' ') || !read_group_version(r, line, &kind) || !read_char(line, ' ') ||
        !read_name(r, line, &kind.kind) || !read_char(line, ' ') || !read_type(r, line, &kind.type))
        return false;
    if (r->filling) {
        if (r->kinds > 0 &&
            schema_kind_compare(&s->kinds[r->kinds - 1], kind.group, kind.version, kind.kind) <= 0)
            return false;
        s->kinds[r->kinds] = kind;
    }
    r->kinds++;
    return true;
}

static bool read_line(struct reader *r, struct line *line)
{
    struct kube_type type = {.count = 0};
    bool ok;

    if (read_char(line, 'k'))
        return read_kind(r, line) && line->at == line->end;
    if (read_char(line, '{'))
        ok = read_struct(r, line, &type);
    else if (read_char(line, 'm'))
        ok = read_map(r, line, &type);
    else
        ok = read_char(line, 'l') && read_list(r, line, &type);
    if (ok && r->filling)
        r->schema->types[r->types] = type;
    r->types++;
    return ok && line->at == line->end;
}

static int read_pass(struct reader *r, const char *text, size_t len, struct error **err)
{
    const char *end = text + len;
    size_t number = 2;

    r->types = r->fields = r->keys = r->kinds = 0;
    for (text += strlen(SCHEMA_HEADER); text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        struct line line = {.at = text, .end = newline};

        if (!newline || !read_line(r, &line))
            return error_set(err, ERROR_INVALID, "reduced schema: line %zu is damaged", number);
        text = newline + 1;
    }
    return 0;
}

static void place_names(struct reader *r)
{
    char *at = xmalloc(r->names_bytes + 1);
    struct map_entry *entry;
    size_t it = 0;

    r->schema->names = at;
    while ((entry = map_next(&r->names, &it))) {
        entry->value = at;
        at = stpcpy(at, entry->key) + 1;
    }
}

static void make_room(struct reader *r)
{
    struct kube_schema *s = r->schema;

    s->type_count = r->types;
    s->field_count = r->fields;
    s->key_count = r->keys;
    s->kind_count = r->kinds;
    s->types = xcalloc(r->types, sizeof(*s->types));
    s->fields = xcalloc(r->fields, sizeof(*s->fields));
    s->keys = xcalloc(r->keys, sizeof(*s->keys));
    s->kinds = xcalloc(r->kinds, sizeof(*s->kinds));
    s->bytes = sizeof(*s) + r->types * sizeof(*s->types) + r->fields * sizeof(*s->fields) +
               r->keys * sizeof(*s->keys) + r->kinds * sizeof(*s->kinds) + r->names_bytes;
    place_names(r);
}

int kube_schema_read(const char *text, size_t len, struct kube_schema **out, struct error **err)
{
    cleanup_kube_schema struct kube_schema *s = NULL;
    struct reader r = {.word = BUF_UNLIMITED};
    int result = 0;

    if (len > SCHEMA_REDUCED_MAX_BYTES)
        return error_set(err, ERROR_TOO_LARGE, "reduced schema: %zu bytes, at most %lu", len,
                         SCHEMA_REDUCED_MAX_BYTES);
    if (len < strlen(SCHEMA_HEADER) || memcmp(text, SCHEMA_HEADER, strlen(SCHEMA_HEADER)) != 0)
        return error_set(err, ERROR_INVALID, "reduced schema: not of this version");
    r.schema = s = xcalloc(1, sizeof(*s));
    atomic_init(&s->refs, 1);
    result = read_pass(&r, text, len, err);
    if (result == 0) {
        make_room(&r);
        r.filling = true;
        result = read_pass(&r, text, len, err);
    }
    map_clear(&r.names);
    buf_clear(&r.word);
    if (result == 0)
        *out = TAKE(s);
    return result;
}
