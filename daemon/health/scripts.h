/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scripts: which health script of argocd-cm counts for a kind.
 * The one named after the kind ("GROUP/KIND", or "KIND" in the core group), else one whose name
 * matches as a glob: `*` matches a slash, too, so that "*" is for every kind, and "all" is every
 * kind of a named group. Of several the one with the most characters besides the wildcards wins,
 * then the first by alphabet (Argo CD takes any). An empty script is none.
 *
 * Source: Argo CD, util/lua (argocd-behaviour 6.2, 6.6).
 */
#ifndef GITOPSD_DAEMON_HEALTH_SCRIPTS_H
#define GITOPSD_DAEMON_HEALTH_SCRIPTS_H

#include "daemon/settings/settings.h"

struct health_script {
    const char *text; /* borrowed from the settings; NULL: there is none */
    bool open_libs;
};

struct health_script health_script_find(const struct settings *s, const char *group,
                                        const char *kind);
bool health_script_equal(const struct health_script *a, const struct health_script *b);

#endif
