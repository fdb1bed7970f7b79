/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_node: how a yaml_text is made (yaml_restyle.h), for the files that read and write it. */
#ifndef GITOPSD_LIB_DOC_YAML_NODE_H
#define GITOPSD_LIB_DOC_YAML_NODE_H

#include "lib/base/vec.h"
#include "lib/doc/yaml_restyle.h"

#include <yaml.h>

/* A node as it was read. Strings are NULL where there is nothing. */
struct node {
    yaml_event_type_t type; /* the event that began it */
    char *anchor;           /* of an alias: whose it is */
    char *tag;
    char *text; /* of a scalar */
    int style;
    bool is_repeated;       /* a key that was there before: its value cannot be found, and stays */
    struct ptrvec children; /* of a map: keys and values by turns */
    json_t *value;          /* as it was read: a reference, by which a change shows */
    /* Lines and columns in characters, from 0. The end is that of scalars and of what is in
     * brackets. */
    size_t line, column, end_line, end_column;
    char *head;    /* comments on the lines above it */
    char *comment; /* behind it */
};

struct yaml_text {
    struct node *root;
    char *top;    /* comments in front of everything, with the empty lines between them */
    char *bottom; /* those behind everything */
    bool has_comments;
    bool has_strange_comments; /* which cannot be written */
};

/* What the value that is the map's child `i` has become. */
const json_t *node_value(const struct node *map, size_t i);

/* Give the comments to the nodes; false where one has no known place. */
bool yaml_comments_find(struct yaml_text *t, const char *text);

/* Append `text`, what `t` was written as without its comments, with them. False where they have no
 * known place. */
bool yaml_comments_write(const struct yaml_text *t, const char *text, struct buf *out);

#endif
