/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_events: all of YAML, from the events of libyaml to documents. yaml_events.c is the structure
 * (collections, anchors, merge keys), yaml_events_scalar.c what a scalar and a key are.
 * Inside lib/doc only; callers use yaml.h and spelling.h.
 */
#ifndef GITOPSD_LIB_DOC_YAML_EVENTS_H
#define GITOPSD_LIB_DOC_YAML_EVENTS_H

#include "lib/base/map.h"
#include "lib/doc/yaml_block.h"

#include <yaml.h>

/* One reading of a text. Its user sets `name`, `text`, `len`, `line`, `how` and `err`; the rest
 * begins as zero, and nothing of it is left to be freed. */
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

/* ---- yaml_events.c ---- */

/* Append the documents of all that `r` has as text; after a failure, those before it. */
int reader_run(struct reader *r, json_t *docs);

/* Set the error "NAME:LINE:COLUMN: text", for this place or for where the current event begins. */
int reader_fail_at(struct reader *r, enum error_kind kind, const yaml_mark_t *mark,
                   const char *text);
int reader_fail(struct reader *r, const char *text);

/* ---- yaml_events_scalar.c ---- */

/* What the current event, a scalar, means as a value. */
int reader_scalar(struct reader *r, json_t **out);

/* A key as text. kustomize keeps what is written; kubectl prints the value that it reads. */
int reader_key(struct reader *r, char **out);

/* Is the current event "<<", unquoted, or a key with the tag !!merge? */
bool reader_is_merge_key(const struct reader *r);

#endif
