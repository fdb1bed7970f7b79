/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crd: what the files of `crds` tell about custom resources. These are OpenAPI definitions whose
 * properties are marked as annotations, label selectors, names or references to other objects;
 * the marks become field specs.
 */
#ifndef GITOPSD_KUSTOMIZE_CRD_H
#define GITOPSD_KUSTOMIZE_CRD_H

#include "lib/base/error.h"

#include <jansson.h>

/*
 * A configuration as files of `configurations` hold it (nameReference, commonLabels, ...), to be
 * freed by the caller. `name` is the file, for messages. ERROR_INVALID: the text is no map of
 * definitions, or one refers to itself. ERROR_TOO_LARGE: types share types in too many ways.
 */
int crd_parse(const char *name, const char *text, size_t len, json_t **out, struct error **err);

#endif
