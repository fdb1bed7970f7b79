/* SPDX-License-Identifier: Apache-2.0 */
/* defaults_fill: put into an object what it lacks, at any depth of objects. */
#ifndef GITOPSD_TESTS_SANDBOX_DEFAULTS_FILL_H
#define GITOPSD_TESTS_SANDBOX_DEFAULTS_FILL_H

#include "lib/base/mem.h"

#include <jansson.h>

/* What `defaults` has and `object` lacks. Both are objects. */
void fill_json(json_t *object, const json_t *defaults);
/* `text` is JSON of our own. Nothing happens to what is no object. */
void fill_text(json_t *object, const char *text);

#endif
