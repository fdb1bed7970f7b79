/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scalar: what an unquoted YAML scalar means, in the two dialects of yaml.h.
 * The rules are those of go-yaml v3 (YAML_KUSTOMIZE) and v2 (YAML_KUBECTL): YAML 1.1 without base
 * 60, with the integers of Go's literals.
 */
#ifndef GITOPSD_LIB_DOC_SCALAR_H
#define GITOPSD_LIB_DOC_SCALAR_H

#include "lib/doc/yaml.h"

#define SCALAR_TIMESTAMP_BYTES 48

enum scalar_kind {
    SCALAR_STRING,
    SCALAR_NULL,
    SCALAR_BOOL,
    SCALAR_INT,
    SCALAR_FLOAT, /* also integers between int64 and uint64: `wide` */
    SCALAR_TIMESTAMP,
};

struct scalar {
    enum scalar_kind kind;
    bool boolean;
    int64_t integer;
    double number;                          /* may be infinite or not a number */
    uint64_t wide;                          /* SCALAR_FLOAT: the integer that it is, or 0 */
    char timestamp[SCALAR_TIMESTAMP_BYTES]; /* RFC 3339, as Go writes it into JSON */
};

/* Is this a string in both dialects, as its first character and its length tell? False: look
 * closer. */
bool scalar_is_plain_text(const char *text, size_t len);

/* `text` is NUL-terminated after `len` bytes. */
void scalar_resolve(const char *text, size_t len, enum yaml_dialect dialect, struct scalar *out);

/* The kind that Go sees, to which wide integers are integers. */
enum scalar_kind scalar_type(const struct scalar *s);

/* What `s`, which is no string, means; a timestamp becomes text. A new reference, NULL where the
 * number is infinite or .nan: JSON has no such values. */
json_t *scalar_value(const struct scalar *s);
/* A whole one below 2^63 is an integer. NULL for infinity and NaN, which JSON has not. */
json_t *scalar_number(double number);

/* Would YAML 1.1 (the reader that is least like YAML 1.2) read this text as a string? */
bool scalar_is_string(const char *text, size_t len);

/* The shortest text that reads back as `value`, as Go's FormatFloat(value, 'g', -1, bits) writes
 * it: 1e+06, 1.5. `bits` is 64, or 32 to round to a float first. */
void scalar_format_float(double value, int bits, char out[32]);

/* A number without fraction, below 1e21, as Go writes it into JSON: its shortest digits, filled up
 * with zeros. Beyond 2^53 that is another integer than the exact value. */
void scalar_format_whole(double value, char out[32]);

#endif
