/* SPDX-License-Identifier: Apache-2.0 */
/* help: what a verb does and how it is used, for people. */
#ifndef GITOPSD_CLI_HELP_H
#define GITOPSD_CLI_HELP_H

#include "cli/verb.h"

#include <stdio.h>

void help_print(const struct verb *verb, FILE *out);

#endif
