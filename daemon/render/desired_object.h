/* SPDX-License-Identifier: Apache-2.0 */
/*
 * desired_object: inside desired only: from a rendered object to one that can be applied.
 * Errors name the object, and nothing of its content.
 */
#ifndef GITOPSD_DAEMON_RENDER_DESIRED_OBJECT_H
#define GITOPSD_DAEMON_RENDER_DESIRED_OBJECT_H

#include "lib/base/error.h"

#include <jansson.h>

/* Append the objects of `objects` to `flat`: nulls dropped, Lists replaced by their items. */
int desired_flatten(json_t *objects, json_t *flat, struct error **err);

/* apiVersion, kind and metadata.name (of a hook: or generateName), all strings; `number` counts
 * from 1, for the message. */
int desired_object_check(const json_t *object, size_t number, struct error **err);

/* Leave out what only the server writes, nulls, and empty rules that a controller fills in; a
 * Secret's stringData becomes data. In place. */
int desired_object_normalise(json_t *object, struct error **err);

#endif
