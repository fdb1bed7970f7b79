/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edit: what `kustomize edit` does to a kustomization file, done to its parsed document before it
 * is built (struct kustomize_options, `edit`). The file itself stays as it is.
 * Behaviour: kustomize v5.8, commands `edit set` and `edit add`. Errors are its own words.
 * Thread: any; the document is the caller's.
 */
#ifndef GITOPSD_KUSTOMIZE_EDIT_H
#define GITOPSD_KUSTOMIZE_EDIT_H

#include "lib/base/error.h"
#include "lib/base/vec.h"

#include <jansson.h>

/* `edit set nameprefix`, `namesuffix` and `namespace`: the field of the file. */
void kustomize_edit_set(json_t *doc, const char *field, const char *value);
/* `edit set image`: "NAME:TAG", "NAME@DIGEST", "NAME=NEW[:TAG][@DIGEST]"; "*" keeps what the file
 * says. All images of the file are sorted by name afterwards, which may change what is built. */
int kustomize_edit_images(json_t *doc, const struct strvec *images, struct error **err);
/* `edit set replicas`; sorts like the images. */
void kustomize_edit_replicas(json_t *doc, const char *name, json_int_t count);

enum kustomize_label_flags {
    KUSTOMIZE_FORCE = 1,             /* replace what the file says; else that is an error */
    KUSTOMIZE_WITHOUT_SELECTOR = 2,  /* labels only */
    KUSTOMIZE_INCLUDE_TEMPLATES = 4, /* likewise, and only with the one above */
};
/* `edit add label` and `edit add annotation`: an object of strings. */
int kustomize_edit_labels(json_t *doc, const json_t *labels, unsigned flags, struct error **err);
int kustomize_edit_annotations(json_t *doc, const json_t *annotations, unsigned flags,
                               struct error **err);
/* `edit add component`: one directory; nothing happens where it is there already. */
void kustomize_edit_component(json_t *doc, const char *path);
/* Append to `patches`, as written there. */
void kustomize_edit_patches(json_t *doc, const json_t *patches);

#endif
