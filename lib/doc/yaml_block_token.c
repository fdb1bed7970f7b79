/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/yaml_block_token.h"

#define MAX_COLUMN 1000

const unsigned char block_class[256] = {
    [0 ... '\n' - 1] = ODD, ['\n'] = LINE_END, ['\n' + 1 ... ' ' - 1] = ODD, [' '] = SPACE,
    ['#'] = HASH,           [':'] = COLON,     [127 ... 255] = ODD,
};

bool block_ends_line(const struct block *b, const char *s, const char **next)
{
    if (s < b->end && *s == '#')
        while (s < b->end && (block_class[(unsigned char)*s] < LINE_END || *s == '\t'))
            s++;
    *next = s;
    return s == b->end || *s == '\n';
}

/* "---" or "...", alone or with a space behind it. */
static bool is_marker(const struct block *b, const char *line, const char *marker)
{
    return b->end - line >= 3 && memcmp(line, marker, 3) == 0 &&
           (block_class_at(b, line + 3) == SPACE || block_class_at(b, line + 3) == LINE_END);
}

bool block_find_line(struct block *b, const char *line)
{
    while (line < b->end) {
        const char *s = block_skip_spaces(b, line);

        if (s < b->end && *s != '\n' && *s != '#') {
            b->at = s;
            b->column = s == line && is_marker(b, line, "---") ? SEPARATOR : (int)(s - line);
            return s - line < MAX_COLUMN && !(s == line && is_marker(b, line, "..."));
        }
        if (!block_ends_line(b, s, &line))
            return false;
        line += line < b->end;
    }
    b->at = line;
    b->column = END_OF_TEXT;
    return true;
}

bool block_next_line(struct block *b)
{
    return block_find_line(b, b->at + (b->at < b->end));
}

/* May a plain scalar begin so? */
static bool starts_plain(const struct block *b)
{
    switch (*b->at) {
    case '-': return b->at + 1 < b->end && block_class[(unsigned char)b->at[1]] == PLAIN;
    case '?':
    case ',':
    case '[':
    case ']':
    case '{':
    case '}':
    case '&':
    case '*':
    case '!':
    case '|':
    case '>':
    case '\'':
    case '"':
    case '%':
    case '@':
    case '`': return false;
    default: return block_class[(unsigned char)*b->at] == PLAIN;
    }
}

/* To the colon of a key or to the end of the line. */
static bool read_plain(struct block *b, struct token *t)
{
    const char *s = b->at;

    *t = (struct token){.text = s};
    for (;; s++) {
        switch (block_class_at(b, s)) {
        case PLAIN: continue;
        case SPACE:
            if (s[-1] != ' ') /* where it ends, if only spaces follow */
                t->len = (size_t)(s - t->text);
            continue;
        case COLON:
            if (s + 1 < b->end && block_class[(unsigned char)s[1]] == PLAIN)
                continue;
            t->is_key = block_class_at(b, s + 1) == SPACE || block_class_at(b, s + 1) == LINE_END;
            break;
        case HASH:
            if (s[-1] != ' ')
                continue;
            break;
        default: break;
        }
        break;
    }
    if (s[-1] != ' ')
        t->len = (size_t)(s - t->text);
    b->at = s;
    return t->is_key || block_ends_line(b, s, &b->at);
}

static bool read_quoted(struct block *b, struct token *t)
{
    char quote = *b->at;
    const char *s = b->at + 1;
    const char *rest;

    *t = (struct token){.text = s, .quoted = true};
    while (s < b->end && block_class[(unsigned char)*s] < LINE_END && *s != quote && *s != '\\')
        s++;
    if (s == b->end || *s != quote)
        return false; /* an escape, a second line */
    t->len = (size_t)(s - t->text);
    b->at = ++s;
    if (s < b->end && *s == ':') {
        t->is_key = block_class_at(b, s + 1) == SPACE || block_class_at(b, s + 1) == LINE_END;
        return t->is_key;
    }
    rest = block_skip_spaces(b, s);
    if (rest == s && block_class_at(b, s) != LINE_END)
        return false;
    return block_ends_line(b, rest, &b->at);
}

bool block_read_token(struct block *b, struct token *t)
{
    if (*b->at == '"' || *b->at == '\'')
        return read_quoted(b, t);
    return starts_plain(b) && read_plain(b, t);
}
