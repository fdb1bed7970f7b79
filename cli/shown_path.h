/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shown_path: the paths in an error of the kustomize engine as people know them. Builds of a
 * directory on disk read a tree that begins at "/", and name files from there:
 * "home/eva/shop/a.yaml".
 */
#ifndef GITOPSD_CLI_SHOWN_PATH_H
#define GITOPSD_CLI_SHOWN_PATH_H

#include "lib/base/error.h"

/* Paths that begin as `real` does (absolute, resolved): those below `cwd` are told from there, the
 * others with their "/". Returns -1. */
int shown_path_error(const char *real, const char *cwd, struct error **err);

#endif
