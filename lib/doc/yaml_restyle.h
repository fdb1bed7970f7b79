/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_restyle: a YAML text that is read, changed, and written again in its own style: the quotes
 * of its scalars, flow or block, the order of keys, anchors and tags. Indentation and blank lines
 * are those of go-yaml.
 */
#ifndef GITOPSD_LIB_DOC_YAML_RESTYLE_H
#define GITOPSD_LIB_DOC_YAML_RESTYLE_H

#include "lib/base/buf.h"

#include <jansson.h>

struct yaml_text;

/* The first document of `text`. ERROR_INVALID where it is no YAML, or where a json_t cannot hold
 * it; `*out` is NULL where there is no document. */
int yaml_text_parse(const char *text, struct yaml_text **out, struct error **err);
void yaml_text_free(struct yaml_text *t);

/*
 * The document as kustomize sees it, in spelled values (spelling.h); borrowed, to be changed in
 * place. What has a tag of its own is a string; an alias is an empty map that may be replaced, but
 * not filled; a merge key is the key "<<".
 */
json_t *yaml_text_root(const struct yaml_text *t);

/*
 * No newline ends the output.
 * ERROR_UNSUPPORTED for comments that go-yaml would move; ERROR_INVALID where an alias was filled.
 */
int yaml_text_print(const struct yaml_text *t, struct buf *out, struct error **err);

DEFINE_CLEANUP(yaml_text, struct yaml_text, yaml_text_free)
#define cleanup_yaml_text __attribute__((cleanup(cleanup_yaml_text_fn)))

#endif
