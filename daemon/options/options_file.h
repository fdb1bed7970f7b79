/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options_file: the configuration file: a YAML mapping from the names of options to their values; a
 * list where an option may be repeated. A null counts as if the key were not there.
 * Errors: ERROR_INVALID with FILE:LINE; ERROR_NOT_FOUND, ERROR_DENIED where it cannot be read.
 */
#ifndef GITOPSD_DAEMON_OPTIONS_OPTIONS_FILE_H
#define GITOPSD_DAEMON_OPTIONS_OPTIONS_FILE_H

#include "daemon/options/options_table.h"

/* Fill those of `values` (as many as the table has) that are still empty. */
int options_file_load(const char *path, struct option_value *values, struct error **err);

#endif
