/* SPDX-License-Identifier: Apache-2.0 */
/* output: where rendered objects go, as `kustomize build -o` puts them. */
#ifndef GITOPSD_CLI_OUTPUT_H
#define GITOPSD_CLI_OUTPUT_H

#include "lib/base/error.h"

#include <jansson.h>

/* `objects` were built with kustomize_options.exact. `path`: NULL for standard output; a directory
 * that exists gets a file for each object; all else is one file, created or replaced. */
int output_write(const json_t *objects, const char *path, struct error **err);

#endif
