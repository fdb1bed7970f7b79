/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_restyle: a document written in the style of the text that it was read from: the quotes of
 * its scalars, flow or block, the order of keys. Indentation and blank lines are those of go-yaml.
 */
#ifndef GITOPSD_LIB_DOC_YAML_RESTYLE_H
#define GITOPSD_LIB_DOC_YAML_RESTYLE_H

#include "lib/base/buf.h"

#include <jansson.h>

/*
 * `doc` was read from the first document of `text` with yaml_parse_spelled() and changed since.
 * No newline ends the output.
 * ERROR_UNSUPPORTED for what would be lost: comments, anchors, tags.
 */
int yaml_restyle(const char *text, const json_t *doc, struct buf *out, struct error **err);

#endif
