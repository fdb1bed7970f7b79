/* SPDX-License-Identifier: Apache-2.0 */
/* kubeconfig: the file with which clients find the sandbox. */
#ifndef GITOPSD_TESTS_SANDBOX_KUBECONFIG_H
#define GITOPSD_TESTS_SANDBOX_KUBECONFIG_H

#include "tests/sandbox/sandbox.h"

/* `certificate` may be NULL. The file is readable by its owner alone. */
int kubeconfig_write(const char *path, const struct sandbox *s, const char *context,
                     const char *certificate, struct error **err);

#endif
