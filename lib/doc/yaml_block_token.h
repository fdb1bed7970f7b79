/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_block_token: the lines of a plain YAML text, and the scalars and keys in them, for
 * yaml_block.c. What is returned points into the text. False is no error: the text has something
 * that this reader leaves to libyaml.
 */
#ifndef GITOPSD_LIB_DOC_YAML_BLOCK_TOKEN_H
#define GITOPSD_LIB_DOC_YAML_BLOCK_TOKEN_H

#include "lib/doc/yaml_block.h"

/* Columns of what is no line of a node. */
#define END_OF_TEXT (-2)
#define SEPARATOR (-1)

struct block {
    const char *at; /* where a line's content begins, once block_next_line() found it */
    const char *end;
    int column; /* of `at` */
    unsigned depth;
    const struct yaml_reading *how;
};

/* A scalar of one line, or a key. */
struct token {
    const char *text;
    size_t len;
    bool quoted;
    bool is_key; /* a colon stands behind it */
};

/* What a byte means inside a plain scalar. */
enum { PLAIN, SPACE, COLON, HASH, LINE_END, ODD };
extern const unsigned char block_class[256];

static inline unsigned char block_class_at(const struct block *b, const char *s)
{
    return s == b->end ? LINE_END : block_class[(unsigned char)*s];
}

static inline const char *block_skip_spaces(const struct block *b, const char *s)
{
    while (s < b->end && *s == ' ')
        s++;
    return s;
}

/* Is `s`, behind a space, the end of what the line says? Then *next is the line's end. */
bool block_ends_line(const struct block *b, const char *s, const char **next);

/* The first line from `line` on that has content; false where a comment is odd, or at the "..." of
 * a document's end. */
bool block_find_line(struct block *b, const char *line);

/* From the end of a line on. */
bool block_next_line(struct block *b);

/* The scalar or key at `b`, which moves behind it: to the colon of a key, or to the end of the
 * line. False at what this reader does not know. */
bool block_read_token(struct block *b, struct token *t);

#endif
