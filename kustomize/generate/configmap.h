/* SPDX-License-Identifier: Apache-2.0 */
/*
 * configmap: the ConfigMap of a configMapGenerator entry. The name suffix hash is not added here.
 */
#ifndef GITOPSD_KUSTOMIZE_GENERATE_CONFIGMAP_H
#define GITOPSD_KUSTOMIZE_GENERATE_CONFIGMAP_H

#include "kustomize/generate/keyvalue.h"

#include <jansson.h>

/* One entry of configMapGenerator or secretGenerator. All is borrowed. */
struct generator_args {
    const char *name;          /* needed */
    const char *namespace;     /* NULL or "": none */
    const char *type;          /* Secret only; NULL or "": Opaque */
    const json_t *labels;      /* objects of strings, from the merged options; NULL: none */
    const json_t *annotations; /* the same */
    bool immutable;
    struct keyvalue_sources sources;
};

/* Fields as kustomize writes them: `data` where there is text, `binaryData` for what is not
 * UTF-8. A key that appears twice is ERROR_INVALID. */
int configmap_generate(const struct generator_args *args, keyvalue_read_fn *read, void *arg,
                       json_t **out, struct error **err);

/* What both generators begin with: an object of this kind with its metadata and immutable, and the
 * pairs for its data, each key once. */
int generator_begin(const char *kind, const struct generator_args *args, keyvalue_read_fn *read,
                    void *arg, struct keyvalues *pairs, json_t **object, struct error **err);
/* base64, broken into lines of 70 characters where it is longer, as kustomize does. New reference.
 */
json_t *generator_base64(const struct keyvalue *pair);

#endif
