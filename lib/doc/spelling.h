/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spelling: values that remember how they were written.
 *
 * A json_t holds what a plain scalar means: 0x1F is 31, 1.50 is 1.5. kustomize looks at the text
 * now and then (an annotation made a string, a replacement, a name), so its loader reads documents
 * with yaml_parse_spelled(), where a plain scalar that is written otherwise than it prints stays
 * *spelled* until spelled_resolve():
 *   numbers and dates   a JSON string: SPELLED_MARK and the text
 *   nulls and booleans  a static json_null or json_true of its own for each way to write it; the
 *                       macros of jansson see through these, but json_equal() does not
 * Real strings that begin with SPELLED_MARK get one more in front: make strings from foreign bytes
 * with spelled_string(), and resolve whatever leaves the engine.
 *
 * In kustomize a scalar is a text with a type and a style beside it, which stay when the text
 * changes. What of them does not follow from the text is its *manner*: one character behind a NUL
 * at the end of a JSON string, where nobody sees it who takes the value for a C string.
 */
#ifndef GITOPSD_LIB_DOC_SPELLING_H
#define GITOPSD_LIB_DOC_SPELLING_H

#include "lib/base/error.h"
#include "lib/doc/scalar.h"

#include <jansson.h>

#define SPELLED_MARK '\x01'

/* As yaml_parse() in the dialect YAML_KUSTOMIZE, with spelled scalars. */
int yaml_parse_spelled(const char *name, const char *text, size_t len, json_t **out,
                       struct error **err);

/* As written; NULL where `v` prints as it was written (but for nulls inside [] and {}), and for
 * what is no scalar. */
const char *spelled_text(const json_t *v);

/* A new reference to the number, boolean, ... that it means; to `v` itself where it is not spelled.
 */
json_t *spelled_value(json_t *v);

/* Everything below `doc` becomes plain values. NULL, or the name of a field whose text is not of
 * its type (borrowed from `doc`; "" for a list's item): it becomes what the text means. */
const char *spelled_resolve(json_t *doc);

/* The same, but `doc` stays a document of spelled values: integers between int64 and uint64, which
 * a json_t cannot hold, keep all their digits, and strings with a mark in front keep it. Such a
 * document is for yaml_print_spelled(), or to be resolved later. */
const char *spelled_resolve_exact(json_t *doc);

/* A null written as nothing: `emptyDir:`. Survives json_deep_copy(). */
bool json_is_unwritten_null(const json_t *v);

/* A null inside [] or {}, where an empty text would be written ''. NULL where `text` is none. */
json_t *spelled_null_in_flow(const char *text);
bool spelled_is_null_in_flow(const json_t *v);

/* A string of any UTF-8 bytes, in quotes if it needs them; NULL where they are not UTF-8. */
json_t *spelled_string(const char *text, size_t len);

enum spelled_manner {
    MANNER_USUAL = 0,
    MANNER_QUOTED = 'q',  /* a string in quotes that needs none */
    MANNER_PLAIN = 'p',   /* a string without the quotes that it needs */
    MANNER_UNTYPED = 'u', /* no type: means what its text means, also when that changes */
    /* These have a type that the text does not fit. */
    MANNER_NULL = 'n',
    MANNER_BOOL = 'b',
    MANNER_INT = 'i',
    MANNER_FLOAT = 'f',
    MANNER_TIMESTAMP = 't',
};

enum spelled_manner spelled_manner(const json_t *v);

/* The same string, with quotes or without. */
json_t *spelled_string_styled(const char *text, size_t len, bool quoted);
/* What is a string because it stands in quotes, whether it needs them or not. */
bool spelled_is_quoted(const json_t *v);
/* The text without a type, or with a type that it does not fit. */
json_t *spelled_text_of(const char *text, enum spelled_manner manner);

/* What `s`, not a string and written as `text`, becomes in a document. NULL where the number is
 * infinite or .nan: JSON has no such values. */
json_t *spelled_new(const struct scalar *s, const char *text, size_t len);

#endif
