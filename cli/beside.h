/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beside: the programs that gitopsctl becomes to do what needs more libraries: loading those would
 * make each start of gitopsctl slower. lib/base/program.h says where they are.
 */
#ifndef GITOPSD_CLI_BESIDE_H
#define GITOPSD_CLI_BESIDE_H

#include "lib/base/error.h"

/* Become `gitopsctl-NAME` with these arguments (ended by NULL). Returns only when that fails. */
int beside_exec(const char *name, char **argv, struct error **err);

#endif
