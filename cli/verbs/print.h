/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print: what verbs put on standard output: tables in columns, as kubectl's, and objects as JSON,
 * YAML or names. The progress line is erased first.
 */
#ifndef GITOPSD_CLI_VERBS_PRINT_H
#define GITOPSD_CLI_VERBS_PRINT_H

#include "cli/options.h"
#include "cli/term.h"
#include "lib/base/buf.h"

#include <jansson.h>

/* ---- tables ---- */

#define PRINT_MAX_COLUMNS 16

struct print_cell {
    char *text;
    enum tint tint;
};

struct print_table {
    const char *const *headings; /* ended by NULL; borrowed */
    struct ptrvec rows;          /* struct print_cell[PRINT_MAX_COLUMNS] */
};

/* A new row, whose cells are filled from the left. */
void print_row(struct print_table *t);
/* The next cell of the last row; an empty text becomes "-". */
void print_cell(struct print_table *t, const char *text);
void print_tinted(struct print_table *t, enum tint tint, const char *text);
/* With the tint of the word (tint_of_state). */
void print_state(struct print_table *t, const char *state);
/* The rows below their headings, each column as wide as its widest cell. */
void print_table_put(const struct print_table *t, struct buf *out);
void print_table_clear(struct print_table *t);
#define cleanup_print_table __attribute__((cleanup(print_table_clear)))

/* How many columns a text takes: its characters, as UTF-8. */
size_t print_width(const char *text);
/* "45s", "12m", "3h", "2d", "1y", as kubectl's AGE; "" for a time that cannot be read. Heap. */
char *print_age(const char *rfc3339);
char *print_age_between(int64_t from_ms, int64_t to_ms);
/* Commits of 40 digits by their first 8; what joins several is kept. Heap. */
char *print_revision(const char *revision);

/* ---- whole outputs ---- */

/* Is -o json, yaml or name asked for? */
bool print_wants_objects(const struct options *o);
/* The objects by -o: JSON and YAML have one alone as it is (where `is_one`), else as a List;
 * names are "application.argoproj.io/web". */
int print_objects(const struct options *o, json_t *items, bool is_one, struct error **err);
/* Append "deployment.apps/web" and a new line. */
void print_name(struct buf *out, const char *kind, const char *group, const char *name);
/* One document, as YAML or as JSON. */
int print_document(const json_t *document, bool as_yaml, struct error **err);
/* To standard output. */
void print_text(const struct buf *text);
/* One line to standard error: what is worth knowing, and is no output. */
void print_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
