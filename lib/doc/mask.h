/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask: documents for people, without the values of Secrets.
 * Each value becomes a digest that is keyed with a random key: equal values stay equal within the
 * documents that one mask was used on, and nothing can be learned from one by trying values.
 */
#ifndef GITOPSD_LIB_DOC_MASK_H
#define GITOPSD_LIB_DOC_MASK_H

#include "lib/base/vec.h"

#include <jansson.h>

#define MASK_KEY_BYTES 32

struct mask {
    unsigned char key[MASK_KEY_BYTES];
};

/* With a fresh key. */
void mask_init(struct mask *m);

/*
 * Replace in place, at any depth of a v1 List too: of a v1 Secret every value of `data` and
 * `stringData` (both by what they decode to, so that one value has one digest), and in any object
 * the annotation kubectl.kubernetes.io/last-applied-configuration, which repeats it: of a Secret
 * its values likewise; where it is no JSON, the whole.
 * `annotations` (may be NULL) names further annotations whose values are masked in every object.
 */
void mask_object(const struct mask *m, json_t *object, const struct strvec *annotations);
/* A masked copy for people: without its status and the metadata that the server alone keeps. NULL
 * of NULL. New reference. */
json_t *mask_presentable(const struct mask *m, const json_t *object,
                         const struct strvec *annotations);

/* "digest:0123456789abcdef (12 bytes)". Heap string. */
char *mask_text(const struct mask *m, const void *value, size_t len);

#endif
