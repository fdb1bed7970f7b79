/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_shipped: the keys of the argocd-cm that Argo CD's manifests install. They count where
 * the key is absent.
 * Source: Argo CD, manifests/base/config/argocd-cm.yaml. Annotations that are named there by jq
 * paths are JSON pointers here; they say the same.
 */
#ifndef GITOPSD_DAEMON_SETTINGS_SETTINGS_SHIPPED_H
#define GITOPSD_DAEMON_SETTINGS_SETTINGS_SHIPPED_H

#include <stddef.h>

struct settings_shipped {
    const char *key;
    const char *text; /* YAML */
};

const struct settings_shipped *settings_shipped(size_t *count);

#endif
