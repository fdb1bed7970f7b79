/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi: where the API server's OpenAPI v3 documents are, and the text of one of them.
 * There is one document for each group version. The index names them all, each with a hash of its
 * content in the URL, so that a document is only fetched again when it changed.
 * Thread: the loop thread; documents have megabytes and are to be parsed elsewhere.
 * Errors: as of client.h. ERROR_NOT_FOUND: the server has no OpenAPI v3 (before 1.23).
 *         ERROR_TOO_LARGE: a document of more than 64 MiB.
 */
#ifndef GITOPSD_LIB_KUBE_OPENAPI_H
#define GITOPSD_LIB_KUBE_OPENAPI_H

#include "lib/base/buf.h"
#include "lib/kube/client.h"

/* ---- the index ---- */

struct openapi_index;
void openapi_index_free(struct openapi_index *index);
/* The path and query of the document. NULL: it has none. */
const char *openapi_index_url(const struct openapi_index *index, const char *group,
                              const char *version);
/* Every URL of it, in no order: start with *it at 0; NULL at the end. */
const char *openapi_index_next(const struct openapi_index *index, size_t *it);
/* Does the URL change with the content? */
bool openapi_url_has_hash(const char *url);

/* `index` is given to `done`; NULL on error. Exactly once, unless the fetch is canceled. */
typedef void openapi_index_done_fn(void *arg, struct openapi_index *index, const struct error *err);
struct openapi_index_fetch;
struct openapi_index_fetch *openapi_index_start(struct kube_client *client,
                                                openapi_index_done_fn *done, void *arg);
/* `done` does not run any more. */
void openapi_index_cancel(struct openapi_index_fetch *f);

/* ---- a document ---- */

/* `text` may be taken with buf_take; NULL on error. Exactly once, unless the fetch is canceled. */
typedef void openapi_document_done_fn(void *arg, struct buf *text, const struct error *err);
struct openapi_document_fetch;
struct openapi_document_fetch *openapi_document_start(struct kube_client *client, const char *url,
                                                      openapi_document_done_fn *done, void *arg);
/* `done` does not run any more. */
void openapi_document_cancel(struct openapi_document_fetch *f);

DEFINE_CLEANUP(openapi_index, struct openapi_index, openapi_index_free)
#define cleanup_openapi_index __attribute__((cleanup(cleanup_openapi_index_fn)))

#endif
