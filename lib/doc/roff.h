/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roff: text for manual pages, in the macros of man(7). Whatever the text, none of it is taken for
 * a request or an escape.
 */
#ifndef GITOPSD_LIB_DOC_ROFF_H
#define GITOPSD_LIB_DOC_ROFF_H

#include "lib/base/buf.h"

/* Within a line. */
void roff_put(struct buf *out, const char *text);
/* Lines: an empty one begins a paragraph, and those that begin with a blank stay as they are. */
void roff_put_paragraphs(struct buf *out, const char *text);
/* Lines that all stay as they are. */
void roff_put_literal(struct buf *out, const char *text);
/* ".TH" and ".SH NAME"; `name` in lower case. */
void roff_put_head(struct buf *out, const char *name, int section, const char *summary);
void roff_put_section(struct buf *out, const char *title);
/* ".TP" with an option: "-o, --output VALUE". `letter` 0 and `value` NULL: none. */
void roff_put_option(struct buf *out, char letter, const char *name, const char *value);

#endif
