/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protobuf: request bodies of the type application/vnd.kubernetes.protobuf, in which kubectl sends
 * what it makes itself (create, run). Answers are always JSON, which every client accepts.
 * In that encoding a zero cannot be told from what is not there; it is taken for the latter, but
 * where that means something else (replicas).
 */
#ifndef GITOPSD_TESTS_SANDBOX_PROTOBUF_H
#define GITOPSD_TESTS_SANDBOX_PROTOBUF_H

#include "lib/base/error.h"

#include <jansson.h>

/* The object as a document, with its apiVersion and kind. ERROR_INVALID where it cannot be read,
 * ERROR_UNSUPPORTED for other kinds than those of the table. */
int protobuf_read(const char *data, size_t len, json_t **out, struct error **err);

#endif
