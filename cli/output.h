/* SPDX-License-Identifier: Apache-2.0 */
/* output: where rendered objects go, as `kustomize build -o` puts them, or in which of kubectl's
 * forms they are printed. */
#ifndef GITOPSD_CLI_OUTPUT_H
#define GITOPSD_CLI_OUTPUT_H

#include "lib/base/error.h"

#include <jansson.h>

/* `where`: "json" (one List), "name" and "yaml" (as NULL) are printed; a directory that exists gets
 * a file for each object; all else is one file, created or replaced. `objects` were built with
 * kustomize_options.exact where output_is_exact(where). */
int output_write(const json_t *objects, const char *where, struct error **err);
bool output_is_exact(const char *where);

#endif
