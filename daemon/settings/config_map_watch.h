/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_map_watch: what one ConfigMap says, as it is now.
 * Thread: the loop thread; callbacks run there.
 */
#ifndef GITOPSD_DAEMON_SETTINGS_CONFIG_MAP_WATCH_H
#define GITOPSD_DAEMON_SETTINGS_CONFIG_MAP_WATCH_H

#include "lib/kube/discovery.h"

struct config_map_watch;

struct config_map_callbacks {
    /* `data` never changes (a ref keeps it), NULL where there is no such ConfigMap. When a list
     * told it, also where it is the same as before, and when it changed. */
    void (*changed)(void *arg, const json_t *data);
    /* It cannot be read, and is tried again; what was told last stays. */
    void (*failed)(void *arg, const struct error *err);
};

/* `d` is ref'd. `label_selector`: without these labels it counts as missing; NULL: whatever it
 * has. NULL where the server has no ConfigMaps. */
struct config_map_watch *config_map_watch_start(struct kube_client *client,
                                                struct kube_discovery *d, const char *namespace,
                                                const char *name, const char *label_selector,
                                                const struct config_map_callbacks *callbacks,
                                                void *arg);
/* No callback runs after this. Before kube_client_free. NULL is allowed. */
void config_map_watch_free(struct config_map_watch *w);

#endif
