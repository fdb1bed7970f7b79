/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render: `gitopsctl render PATH`: what `kustomize build PATH` prints.
 */
#ifndef GITOPSD_CLI_RENDER_H
#define GITOPSD_CLI_RENDER_H

#include "lib/base/error.h"

#define RENDER_USAGE                                                                               \
    "render [--reorder none|legacy|unspecified] [--load-restrictor "                               \
    "LoadRestrictionsRootOnly|LoadRestrictionsNone] [-o FILE] [PATH]"

/* `argv` without the command's name, ended by NULL. */
int render_main(char **argv, struct error **err);

#endif
