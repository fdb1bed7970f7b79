/* SPDX-License-Identifier: Apache-2.0 */
/*
 * documents: from the YAML documents of a file or a patch to resources: lists opened, empty
 * documents dropped, kind and name demanded.
 */
#ifndef GITOPSD_KUSTOMIZE_DOCUMENTS_H
#define GITOPSD_KUSTOMIZE_DOCUMENTS_H

#include "kustomize/resource.h"

/* The documents of a text, separated as kustomize does it: by lines that begin with "---" and hold
 * nothing else. A document ends at "...", and what stands between that and the next separator is
 * not looked at. Values remember how they were written. */
int documents_parse(const char *name, const char *text, size_t len, json_t **docs,
                    struct error **err);

/* Appends new resources to `out`; on failure those already appended stay there. They are deep
 * copies, or with `takes` the documents' own objects, for a caller that then drops `docs`. */
int documents_resources(const json_t *docs, bool takes, const struct schemas *schemas,
                        struct ptrvec *out, struct error **err);

/* ERROR_INVALID where kind or metadata.name is missing. */
int object_check(const json_t *object, struct error **err);

void resources_free(struct ptrvec *resources);
#define cleanup_resources __attribute__((cleanup(resources_free)))

#endif
