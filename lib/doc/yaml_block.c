/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/spelling.h"
#include "lib/doc/yaml_block_token.h"

/* Deeper ones, and longer keys (libyaml has a limit for them), are left to libyaml. */
#define MAX_DEPTH 64
#define MAX_KEY_BYTES 1000
/* Of a scalar that may be something else than a string. */
#define MAX_WORD_BYTES 128

static bool read_node(struct block *b, int parent, json_t **out);

static bool resolve(const struct block *b, const struct token *t, struct scalar *out)
{
    char word[MAX_WORD_BYTES];

    out->kind = SCALAR_STRING;
    if (t->quoted || scalar_is_plain_text(t->text, t->len))
        return true;
    if (t->len >= sizeof(word))
        return false;
    memcpy(word, t->text, t->len);
    word[t->len] = '\0';
    scalar_resolve(word, t->len, b->how->dialect, out);
    return true;
}

static json_t *make_value(const struct block *b, const struct scalar *s, const char *text,
                          size_t len)
{
    char word[MAX_WORD_BYTES];

    if (!b->how->spelled)
        return scalar_value(s);
    memcpy(word, text, len);
    word[len] = '\0';
    return spelled_new(s, word, len);
}

static json_t *make_string(const struct block *b, const char *text, size_t len, bool quoted)
{
    if (!b->how->spelled || (!quoted && scalar_is_plain_text(text, len)))
        return json_stringn_nocheck(text, len);
    return spelled_string_styled(text, len, quoted);
}

/* NULL where there is no value: .nan. */
static bool make_scalar(const struct block *b, const struct token *t, json_t **out)
{
    struct scalar s;

    if (!resolve(b, t, &s))
        return false;
    if (s.kind == SCALAR_STRING || (s.kind == SCALAR_TIMESTAMP && b->how->dialect == YAML_KUBECTL))
        *out = make_string(b, t->text, t->len, t->quoted);
    else
        *out = make_value(b, &s, t->text, t->len);
    return *out;
}

static json_t *make_unwritten(const struct block *b)
{
    return make_value(b, &(struct scalar){.kind = SCALAR_NULL}, "", 0);
}

/* A key that kubectl would print otherwise than it is written, or a merge key, is left alone. */
static bool key_is_text(const struct block *b, const struct token *t)
{
    bool merges = !t->quoted && t->len == 2 && memcmp(t->text, "<<", 2) == 0;
    struct scalar s;

    if (!t->is_key || b->at - t->text > MAX_KEY_BYTES || merges || !resolve(b, t, &s))
        return false;
    return s.kind == SCALAR_STRING || (s.kind != SCALAR_NULL && b->how->dialect == YAML_KUSTOMIZE);
}

/* {} or []. */
static bool read_empty(struct block *b, json_t **out)
{
    const char *rest;

    if (b->end - b->at < 2 || b->at[1] != (*b->at == '{' ? '}' : ']'))
        return false;
    rest = block_skip_spaces(b, b->at + 2);
    if (rest == b->at + 2 && block_class_at(b, rest) != LINE_END)
        return false;
    *out = *b->at == '{' ? json_object() : json_array();
    return block_ends_line(b, rest, &b->at);
}

/* ---- literal blocks ---- */

/* The lines of a literal block; `indent` is 0 until the first one tells. */
struct literal {
    struct buf text;
    int indent;
    size_t breaks; /* behind the text so far */
};

/* One line that begins at *line, which moves to the next one. False at one that is odd; *ends at
 * one that is no longer the block's. */
static bool literal_line(const struct block *b, struct literal *l, int parent, const char **line,
                         bool *ends)
{
    const char *s = block_skip_spaces(b, *line);
    int column = (int)(s - *line);
    const char *start;

    if (s == b->end || *s == '\n') { /* with more spaces they are text; at the end, too odd */
        if (s == b->end || !l->indent || column > l->indent)
            return false;
        l->breaks++;
        *line = s + 1;
        return true;
    }
    if (*s == '\t' && (!l->indent || column < l->indent))
        return false;
    if (!l->indent && column > parent)
        l->indent = column;
    if (!l->indent)
        return false; /* an empty block */
    if (column < l->indent) {
        *ends = true;
        return true;
    }
    start = *line + l->indent;
    while (s < b->end && (block_class[(unsigned char)*s] < LINE_END || *s == '\t'))
        s++;
    if (s < b->end && *s != '\n')
        return false;
    for (; l->breaks; l->breaks--)
        buf_putc(&l->text, '\n');
    buf_put(&l->text, start, (size_t)(s - start));
    l->breaks = s < b->end;
    *line = s + (s < b->end);
    return true;
}

/* From the "|" on. */
static bool read_literal(struct block *b, int parent, json_t **out)
{
    struct literal l = {.text = BUF_UNLIMITED};
    const char *s = b->at + 1;
    char chomping = s < b->end && (*s == '-' || *s == '+') ? *s++ : 0;
    bool ends = false;
    bool ok = s < b->end && *s == '\n';

    if (parent < 0)
        return false;
    for (s += ok; ok && !ends && s < b->end;)
        ok = literal_line(b, &l, parent, &s, &ends);
    if (ok && l.indent) {
        if (chomping != '-' && l.breaks && chomping != '+')
            l.breaks = 1;
        for (; chomping != '-' && l.breaks; l.breaks--)
            buf_putc(&l.text, '\n');
        *out = make_string(b, l.text.data, l.text.len, true);
        b->at = s - (s[-1] == '\n');
    }
    buf_clear(&l.text);
    return ok && l.indent;
}

/* ---- collections ---- */

static bool is_entry(const struct block *b)
{
    unsigned char next = block_class_at(b, b->at + 1);

    return *b->at == '-' && (next == SPACE || next == LINE_END);
}

/* What stands behind the colon or the dash at `b`: on this line, on the next ones, or nothing.
 * `parent` is the column of the collection. */
static bool read_inline(struct block *b, int parent, bool is_value, json_t **out)
{
    const char *start = b->at;
    struct token t;

    b->at = block_skip_spaces(b, b->at);
    b->column += (int)(b->at - start);
    if (block_class_at(b, b->at) == LINE_END || *b->at == '#') {
        if (!block_ends_line(b, b->at, &b->at) || !block_next_line(b))
            return false;
        if (b->column > parent || (is_value && b->column == parent && is_entry(b)))
            return read_node(b, parent, out);
        *out = make_unwritten(b);
        return true;
    }
    if (!is_value)
        return read_node(b, parent, out);
    switch (*b->at) {
    case '{':
    case '[':
        if (!read_empty(b, out))
            return false;
        break;
    case '|':
        if (!read_literal(b, parent, out))
            return false;
        break;
    default:
        if (!block_read_token(b, &t) || t.is_key || !make_scalar(b, &t, out))
            return false;
        break;
    }
    return block_next_line(b);
}

static bool read_entries(struct block *b, struct token *key, int column, json_t *map)
{
    for (;;) {
        json_t *value = NULL;
        size_t count = json_object_size(map);
        bool ok;

        if (!key_is_text(b, key))
            return false;
        b->at++; /* the colon */
        ok = read_inline(b, column, true, &value);
        if (value)
            json_object_setn_new_nocheck(map, key->text, key->len, value);
        if (!ok || json_object_size(map) == count || b->column > column)
            return false;
        if (b->column < column)
            return true;
        if (is_entry(b) || !block_read_token(b, key))
            return false;
    }
}

static bool read_mapping(struct block *b, struct token *key, json_t **out)
{
    *out = json_object();
    return read_entries(b, key, b->column, *out);
}

/* `parent` is the column of the mapping or sequence that it is in: a sequence as the value of a key
 * may stand below the key itself. */
static bool read_sequence(struct block *b, int parent, json_t **out)
{
    int column = b->column;

    *out = json_array();
    for (;;) {
        json_t *item = NULL;
        bool ok;

        b->at++;
        b->column++;
        ok = read_inline(b, column, false, &item);
        if (item)
            json_array_append_new(*out, item);
        if (!ok || b->column > column)
            return false;
        if (b->column < column)
            return true;
        if (!is_entry(b))
            return column == parent;
    }
}

/* A node that begins at `b`, and what follows it to the next line that is not its own. */
static bool read_here(struct block *b, int parent, json_t **out)
{
    struct token t;

    if (is_entry(b))
        return read_sequence(b, parent, out);
    if (*b->at == '{' || *b->at == '[')
        return read_empty(b, out) && block_next_line(b);
    if (*b->at == '|')
        return read_literal(b, parent, out) && block_next_line(b);
    if (!block_read_token(b, &t))
        return false;
    if (t.is_key)
        return read_mapping(b, &t, out);
    return make_scalar(b, &t, out) && block_next_line(b);
}

static bool read_node(struct block *b, int parent, json_t **out)
{
    bool ok;

    if (b->depth == MAX_DEPTH)
        return false;
    b->depth++;
    ok = read_here(b, parent, out);
    b->depth--;
    return ok;
}

/* What the "---" at `b`, if there is one, begins. NULL where the document is empty. */
static bool read_document(struct block *b, json_t **out)
{
    if (b->column == SEPARATOR) {
        const char *rest = block_skip_spaces(b, b->at + 3);

        if (!block_ends_line(b, rest, &b->at) || !block_next_line(b))
            return false;
    }
    if (b->column < 0)
        return true;
    return read_node(b, -1, out) && b->column < 0;
}

size_t yaml_block_read(const char *text, size_t len, const struct yaml_reading *how, json_t *docs)
{
    struct block b = {.end = text + len, .how = how};
    size_t done = 0;

    if (!block_find_line(&b, text))
        return 0;
    while (b.column != END_OF_TEXT) {
        json_t *doc = NULL;

        if (!read_document(&b, &doc)) {
            json_decref(doc);
            return done;
        }
        if (doc)
            json_array_append_new(docs, doc);
        done = (size_t)(b.at - text);
    }
    return len;
}
