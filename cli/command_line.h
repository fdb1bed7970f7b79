/* SPDX-License-Identifier: Apache-2.0 */
/* command_line: a verb and what stands behind its name: read, run, and its end told. */
#ifndef GITOPSD_CLI_COMMAND_LINE_H
#define GITOPSD_CLI_COMMAND_LINE_H

#include "cli/verb.h"

/* Read `argv` (behind the verb's name, ended by NULL), run the verb, tell errors on standard error,
 * flush standard output. Returns the exit status: 2 for a command line that makes no sense. */
int verb_run(const struct verb *verb, char **argv);

#endif
