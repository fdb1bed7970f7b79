/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comments of a text that is written again. libyaml drops them, so they are found in the lines of
 * the text, and put into the lines of the output, where the nodes they belong to stand. Only those
 * are known whose place is beyond doubt: lines above a key or an item, in its column; the lines in
 * front of everything, and those at the end; what stands behind a value on its line. go-yaml moves
 * others about (deeper than what follows, behind a key, inside brackets).
 */
#include "lib/doc/yaml_node.h"

/* What is known of one line. */
struct line {
    struct node *key;        /* the first one that begins here */
    struct node *item;       /* of a list: the first one that begins here */
    struct node *value;      /* the last one that ends here */
    bool is_first;           /* of its collection: the key, or the item */
    bool is_text;            /* of a block scalar */
    bool is_odd;             /* of another node that takes several lines */
    const struct node *head; /* whose comment stands above this line of the output */
    const char *comment;     /* behind this line of the output */
};

struct lines {
    struct line *items;
    size_t len;
};

static struct lines lines_of(const char *text)
{
    struct lines l = {.len = 2};

    for (; *text; text++)
        l.len += *text == '\n';
    l.items = xcalloc(l.len, sizeof(*l.items));
    return l;
}

static void lines_clear(struct lines *l)
{
    free(l->items);
}
#define cleanup_lines __attribute__((cleanup(lines_clear)))

static bool is_block_scalar(const struct node *n)
{
    return n->type == YAML_SCALAR_EVENT &&
           (n->style == YAML_LITERAL_SCALAR_STYLE || n->style == YAML_FOLDED_SCALAR_STYLE);
}

static bool is_block_collection(const struct node *n)
{
    return (n->type == YAML_MAPPING_START_EVENT && n->style != YAML_FLOW_MAPPING_STYLE) ||
           (n->type == YAML_SEQUENCE_START_EVENT && n->style != YAML_FLOW_SEQUENCE_STYLE);
}

static void note_span(struct lines *l, const struct node *n)
{
    if (is_block_scalar(n))
        for (size_t i = n->line + 1; i < n->end_line + (n->end_column > 0); i++)
            l->items[i].is_text = true;
    else if (n->end_line > n->line)
        for (size_t i = n->line; i <= n->end_line; i++)
            l->items[i].is_odd = true;
}

static void note_value(struct lines *l, struct node *n)
{
    struct node *known = l->items[n->end_line].value;

    note_span(l, n);
    if (!is_block_scalar(n) && (!known || known->end_column < n->end_column))
        l->items[n->end_line].value = n;
}

static void note_node(struct lines *l, struct node *n)
{
    if (!is_block_collection(n)) {
        note_value(l, n);
        return;
    }
    for (size_t i = 0; i < n->children.len; i++) {
        struct node *child = n->children.items[i];
        struct line *line = &l->items[child->line];

        line->is_first = line->is_first || i == 0;
        if (n->type == YAML_SEQUENCE_START_EVENT) {
            line->item = line->item ? line->item : child;
        } else if (i % 2 == 0) {
            line->key = line->key ? line->key : child;
            note_span(l, child);
            continue;
        }
        note_node(l, child);
    }
}

/* Of a line, in characters; `*s` is moved on to it. False where the line is shorter. */
static bool skip_columns(const char **s, size_t columns)
{
    for (; columns; columns--) {
        if (!**s || **s == '\n')
            return false;
        do
            (*s)++;
        while ((**s & 0xc0) == 0x80);
    }
    return true;
}

/* Comments that stand on lines of their own, so far: paragraphs, with empty lines between them. */
struct group {
    struct buf text;
    size_t column;
    size_t paragraphs;
    bool after_blank; /* an empty line is before the first one */
    bool is_ended;    /* one is behind the last one */
};

static bool add_own_line(struct group *g, const char *s, size_t len, size_t column)
{
    if (g->text.len && g->column != column)
        return false;
    g->column = column;
    g->paragraphs += !g->text.len || g->is_ended;
    buf_printf(&g->text, "%s%.*s", !g->text.len ? "" : g->is_ended ? "\n\n" : "\n", (int)len, s);
    g->is_ended = false;
    return s[len - 1] != ' ' && s[len - 1] != '\t' && s[len - 1] != '\r';
}

static bool give_head(struct group *g, const struct line *line, const char *s, size_t column)
{
    bool is_item = s[0] == '-' && (s[1] == ' ' || s[1] == '\n');
    struct node *owner = is_item ? line->item : line->key;

    if (!g->text.len)
        return true;
    if (!owner || g->column != column || (!is_item && owner->column != column))
        return false;
    if ((g->is_ended && g->paragraphs > 1) ||
        (line->is_first && (g->is_ended || g->paragraphs > 1)))
        return false;
    if (g->is_ended && !g->after_blank)
        buf_puts(&g->text, "\n\n");
    owner->head = buf_take(&g->text);
    return true;
}

/* `s` begins a line of content. */
static bool take_line_comment(const struct line *line, const char *s)
{
    size_t len = strcspn(s, "\n");
    const char *end = s + len;
    const char *rest = s;

    if (line->is_odd || !line->value || !skip_columns(&rest, line->value->end_column)) {
        for (const char *c = s; c < end; c++)
            if (*c == '#' && (c == s || c[-1] == ' ' || c[-1] == '\t'))
                return false;
        return true;
    }
    rest += strspn(rest, " ");
    if (rest == end)
        return true;
    if (*rest != '#' || end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r')
        return false;
    line->value->comment = xstrndup(rest, (size_t)(end - rest));
    return true;
}

/* A group in front of everything, with an empty line behind it. */
static bool add_top(struct yaml_text *t, struct group *g)
{
    cleanup_free char *text = buf_take(&g->text);
    char *top = xasprintf("%s%s\n\n", t->top ? t->top : "", text);

    free(t->top);
    t->top = top;
    g->paragraphs = 0;
    return g->column == 0;
}

static bool find_comments(struct yaml_text *t, const char *text, const struct lines *l,
                          struct group *g)
{
    bool at_top = true;

    for (size_t i = 0; *text; i++) {
        const char *s = text + strspn(text, " ");
        size_t len = strcspn(s, "\n");
        size_t column = (size_t)(s - text);

        if (l->items[i].is_text) {
            g->after_blank = !len;
        } else if (!len) {
            if (g->text.len && at_top && !add_top(t, g))
                return false;
            g->is_ended = g->text.len > 0;
            g->after_blank = g->after_blank || !g->text.len;
        } else if (*s == '#') {
            if (!add_own_line(g, s, len, column))
                return false;
        } else {
            if (str_has_prefix(text, "---") || str_has_prefix(text, "%") ||
                str_has_prefix(text, "...") || !give_head(g, &l->items[i], s, column) ||
                !take_line_comment(&l->items[i], text))
                return false;
            at_top = false;
            *g = (struct group){.text = BUF_UNLIMITED};
        }
        text = s + len;
        text += *text == '\n';
    }
    if (g->text.len)
        t->bottom = xasprintf("%s%s", g->after_blank ? "\n" : "", g->text.data);
    return !g->text.len || (g->column == 0 && !at_top);
}

/* Does libyaml count the lines and columns as it is done here? */
static bool has_plain_lines(const char *text)
{
    return !strchr(text, '\r') && !strstr(text, "\xc2\x85") && !strstr(text, "\xe2\x80\xa8") &&
           !strstr(text, "\xe2\x80\xa9") && !strstr(text, "\xef\xbb\xbf");
}

bool yaml_comments_find(struct yaml_text *t, const char *text)
{
    cleanup_lines struct lines l = lines_of(text);
    struct group g = {.text = BUF_UNLIMITED};
    bool known = has_plain_lines(text);

    if (known) {
        note_node(&l, t->root);
        known = find_comments(t, text, &l, &g);
    }
    buf_clear(&g.text);
    return known;
}

/* ---- writing ---- */

static bool place_node(const struct lines *l, const struct node *old, const json_t *v,
                       const struct node *new);

static bool place_children(const struct lines *l, const struct node *old, const struct node *new)
{
    bool is_map = old->type == YAML_MAPPING_START_EVENT;

    if (new->type != old->type || new->children.len < old->children.len)
        return false;
    for (size_t i = 0; i < old->children.len; i++) {
        const struct node *child = old->children.items[i];
        const struct node *there = new->children.items[i];
        const json_t *v = child->value;

        if (!is_map)
            v = json_array_get(old->value, i);
        else if (i % 2)
            v = node_value(old, i);
        if (child->head && (v == child->value || child->type == YAML_SCALAR_EVENT))
            l->items[there->line].head = child;
        if ((!is_map || i % 2) && !place_node(l, child, v, there))
            return false;
    }
    return true;
}

/* `v` is what `old` has become, and `new` where it was written. What was replaced as a whole loses
 * its comments. */
static bool place_node(const struct lines *l, const struct node *old, const json_t *v,
                       const struct node *new)
{
    bool is_scalar = old->type == YAML_SCALAR_EVENT;

    if (v != old->value && !is_scalar)
        return true;
    if (is_block_collection(old))
        return place_children(l, old, new);
    if (!old->comment)
        return true;
    if (is_block_scalar(new) || new->end_line != new->line)
        return false;
    l->items[new->end_line].comment = old->comment;
    return true;
}

static void put_head(struct buf *out, const char *head, size_t indent)
{
    while (*head) {
        size_t len = strcspn(head, "\n");

        buf_printf(out, "%*s%.*s\n", len ? (int)indent : 0, "", (int)len, head);
        head += len;
        head += *head == '\n';
    }
}

static void put_lines(struct buf *out, const struct lines *l, const char *text)
{
    for (size_t i = 0; *text; i++) {
        size_t len = strcspn(text, "\n");

        if (l->items[i].head)
            put_head(out, l->items[i].head->head, strspn(text, " "));
        buf_put(out, text, len);
        if (l->items[i].comment)
            buf_printf(out, " %s", l->items[i].comment);
        text += len;
        if (*text)
            buf_putc(out, *text++);
    }
}

bool yaml_comments_write(const struct yaml_text *t, const char *text, struct buf *out)
{
    cleanup_error struct error *ignored = NULL;
    cleanup_yaml_text struct yaml_text *written = NULL;
    cleanup_lines struct lines l = lines_of(text);

    if (!has_plain_lines(text) || yaml_text_parse(text, &written, &ignored) < 0 || !written ||
        !place_node(&l, t->root, t->root->value, written->root))
        return false;
    if (t->top)
        buf_puts(out, t->top);
    put_lines(out, &l, text);
    if (t->bottom)
        buf_printf(out, "\n%s", t->bottom);
    return true;
}
