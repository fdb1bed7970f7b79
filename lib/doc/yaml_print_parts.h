/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_print_parts: inside yaml_print only. yaml_print.c writes documents, mappings and sequences,
 * yaml_print_text.c the strings in them, and yaml_print_keys.c tells in which order keys stand.
 */
#ifndef GITOPSD_LIB_DOC_YAML_PRINT_PARTS_H
#define GITOPSD_LIB_DOC_YAML_PRINT_PARTS_H

#include "lib/doc/yaml.h"

#define PRINT_INDENT 2
#define PRINT_FEW_PAIRS 16 /* maps that need no memory of their own, and a simple sort */

struct printer {
    struct buf *out;
    struct error **err;
    bool failed;
    bool spelled; /* a document of spelled values */
    size_t line;  /* where the current one begins in `out` */
};

static inline void put(struct printer *p, const char *text, size_t len)
{
    if (p->failed)
        return;
    if (len > p->out->max - p->out->len)
        p->failed = buf_append(p->out, text, len, p->err) < 0;
    else
        buf_put(p->out, text, len);
}

static inline void put_line_break(struct printer *p)
{
    put(p, "\n", 1);
    p->line = p->out->len;
}

static inline void put_spaces(struct printer *p, size_t count)
{
    while (count) {
        size_t n = count < 32 ? count : 32;

        put(p, "                                ", n);
        count -= n;
    }
}

/* ---- yaml_print_text.c ---- */

/* Bytes of the character that begins so, in UTF-8. */
static inline size_t width_of(unsigned char c)
{
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Which characters mean nothing special in a scalar. 3: wherever they stand; 1: but not as the
 * first; 0: they may. */
extern const unsigned char yaml_harmless[256];

/* Letters, digits and what harms nowhere, and no number nor word: nearly all keys and values. */
bool yaml_is_harmless(const char *text, size_t len);

/* What a string's characters allow. */
struct yaml_traits {
    bool multiline;
    bool plain_allowed;
    bool single_allowed;
    bool literal_allowed;
};

struct yaml_traits yaml_traits_of(const char *text, size_t len);

/* `indent` is that of the surrounding collection. True: a line break was written behind it. */
bool yaml_put_text(struct printer *p, const char *s, size_t len, const struct yaml_traits *t,
                   size_t indent, bool simple_key);

/* A string as the value of a key or in a sequence; the rest as yaml_put_text(). */
bool yaml_put_string(struct printer *p, const char *s, size_t len, size_t indent);

/* ---- yaml_print_keys.c ---- */

struct yaml_pair {
    const char *key;
    size_t len;
    const json_t *value;
};

/* Into `pairs`, which has room for all of `map`; keys and values are borrowed. Returns how many
 * there are. */
size_t yaml_sorted_pairs(const json_t *map, struct yaml_pair *pairs);

#endif
