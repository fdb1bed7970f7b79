/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reread: what becomes of a document that kustomize writes as JSON and reads as YAML, as it does
 * with kustomization files and with what it prints. JSON may have characters in its strings that
 * YAML has not, and U+0085 is a line break to YAML: it folds, as all of them do within quotes.
 */
#ifndef GITOPSD_LIB_DOC_REREAD_H
#define GITOPSD_LIB_DOC_REREAD_H

#include "lib/base/error.h"

#include <jansson.h>

/* Changes `doc` in its place. ERROR_INVALID names the field, never a value. */
int doc_reread(json_t *doc, struct error **err);

#endif
