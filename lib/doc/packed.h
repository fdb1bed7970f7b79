/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packed: a JSON document that is kept for long and read rarely, as its compact text: a tenth of
 * what its tree takes, and one piece of memory.
 * Keys are sorted in the text, so that equal documents have equal texts.
 * Memory: reference counted, so that equal documents can be one. NULL stands for no document, and
 *         every function accepts it.
 * Thread: any; a document and its references belong to one thread at a time.
 */
#ifndef GITOPSD_LIB_DOC_PACKED_H
#define GITOPSD_LIB_DOC_PACKED_H

#include "lib/base/mem.h"

#include <jansson.h>

struct packed;

struct packed *packed_new(const json_t *document);
/* `like` with one more reference, where that is the same document. */
struct packed *packed_new_like(const json_t *document, struct packed *like);
struct packed *packed_ref(struct packed *p);
void packed_unref(struct packed *p);

/* Its tree: a new reference. */
json_t *packed_load(const struct packed *p);
bool packed_equal(const struct packed *a, const struct packed *b);
bool packed_is_array(const struct packed *p);
/* hash64() of the text. */
uint64_t packed_hash(const struct packed *p);

#endif
