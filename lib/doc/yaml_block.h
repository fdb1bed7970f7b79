/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_block: a short way for the plain YAML that nearly all manifests are written in.
 *
 * libyaml takes most of the time of a build: it turns each character into a token, an event and a
 * string of its own. This reader knows only block mappings and sequences, scalars of one line
 * without escapes, literal blocks, {} and [], comments and "---", in ASCII. Whatever else it finds
 * (and whatever is wrong) it leaves to libyaml, from the document on in which it stands: it never
 * reports an error, and never reads anything otherwise than libyaml does.
 * Private to lib/doc and its tests; callers use yaml.h and spelling.h.
 */
#ifndef GITOPSD_LIB_DOC_YAML_BLOCK_H
#define GITOPSD_LIB_DOC_YAML_BLOCK_H

#include "lib/doc/yaml.h"

struct yaml_reading {
    enum yaml_dialect dialect;
    bool spelled;   /* spelling.h */
    bool last_wins; /* of a repeated key; else it is refused */
};

/* Append documents to `docs`. Returns how many bytes they take: `len`, or where the first document
 * begins that is not read, at its "---" or at 0. */
size_t yaml_block_read(const char *text, size_t len, const struct yaml_reading *how, json_t *docs);

/* As the functions of yaml.h. */
int yaml_parse_quickly(const char *name, const char *text, size_t len,
                       const struct yaml_reading *how, json_t **out, struct error **err);

/* All by libyaml, to compare with. */
int yaml_parse_events(const char *name, const char *text, size_t len,
                      const struct yaml_reading *how, json_t **out, struct error **err);

#endif
