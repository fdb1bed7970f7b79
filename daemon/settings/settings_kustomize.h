/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_kustomize: how kustomizations are built, by the key kustomize.buildOptions of argocd-cm:
 * the options of `kustomize build`, separated by blanks. What cannot be done is refused by name.
 * Thread: any.
 */
#ifndef GITOPSD_DAEMON_SETTINGS_SETTINGS_KUSTOMIZE_H
#define GITOPSD_DAEMON_SETTINGS_SETTINGS_KUSTOMIZE_H

#include "kustomize/options.h"

struct settings_kustomize {
    enum kustomize_restrictor restrictor;
    enum kustomize_reorder reorder;
};

/* `*out` is written on success only. */
int settings_kustomize_read(const char *text, struct settings_kustomize *out, struct error **err);

#endif
