/* SPDX-License-Identifier: Apache-2.0 */
/* defaults_pod: the defaults of a PodSpec, wherever it is, and those of a Service. */
#ifndef GITOPSD_TESTS_SANDBOX_DEFAULTS_POD_H
#define GITOPSD_TESTS_SANDBOX_DEFAULTS_POD_H

#include "tests/sandbox/sandbox.h"

/* Those of the Pod or of the template that an object of the kind has; of others nothing. */
void defaults_pod_of(const struct kind *kind, json_t *object);
/* Also its addresses. */
void defaults_service(struct sandbox *s, json_t *object);

/* What the admission plugins that are always on give to a new Pod: nobody comes to own it. */
void defaults_admitted(const struct kind *kind, json_t *object);

#endif
