/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crd_end: a CustomResourceDefinition that is deleted stays, by a finalizer, until the objects of
 * its kind are gone; meanwhile nothing new can be created.
 */
#ifndef GITOPSD_TESTS_SANDBOX_CRD_END_H
#define GITOPSD_TESTS_SANDBOX_CRD_END_H

#include "tests/sandbox/sandbox.h"

#define CRD_CLEANUP "customresourcecleanup.apiextensions.k8s.io"

/* Of a definition that was marked for its end: delete its objects, and it where none is left. */
void crd_end(struct sandbox *s, const char *name);
/* An object of the kind is gone: is it the last one of a definition that ends? */
void crd_end_after(struct sandbox *s, const struct kind *kind);
/* May an object of this kind be created? */
int crd_end_admit(struct sandbox *s, const struct kind *kind, const char *name, json_t **refused);

#endif
