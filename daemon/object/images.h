/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images: which container images an object names, in its pod or pod template.
 * Pure functions.
 */
#ifndef GITOPSD_DAEMON_OBJECT_IMAGES_H
#define GITOPSD_DAEMON_OBJECT_IMAGES_H

#include "lib/base/vec.h"

#include <jansson.h>

/* As the result of a sync tells them: of the containers, in their order, each once. Source: Argo
 * CD, syncResult.resources[].images. */
void images_of_containers(const json_t *object, struct strvec *out);

/* Likewise of an object as compact JSON; parsed only where there are containers. */
void images_of_text(const char *object, struct strvec *out);

/* As the summary of an application tells them: of all containers, the initial ones included, of
 * what is to run: nothing of a workload that is scaled to zero. */
void images_of_pods(const json_t *object, struct strvec *out);

#endif
