/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_custom: the customizations of argocd-cm, one key each
 * (resource.customizations.TYPE.GROUP_KIND) or all in the older map resource.customizations. Only
 * in the map may a kind be a glob: the keys of a ConfigMap cannot hold `*`.
 * Actions are let through: nobody reads them.
 */
#ifndef GITOPSD_DAEMON_SETTINGS_SETTINGS_CUSTOM_H
#define GITOPSD_DAEMON_SETTINGS_SETTINGS_CUSTOM_H

#include "daemon/settings/settings.h"

#define SETTINGS_CUSTOM_PREFIX "resource.customizations."

/* Takes the value of one such key into `s`. Nothing of it is taken on an error. */
int settings_custom_read(struct settings *s, const char *key, const char *text, struct error **err);
int settings_custom_read_map(struct settings *s, const char *text, struct error **err);

/* None of any type. */
void settings_custom_init(struct settings *s);
void settings_custom_clear(struct settings *s);

#endif
