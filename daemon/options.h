/* SPDX-License-Identifier: Apache-2.0 */
/* options: the command line of gitopsd. */
#ifndef GITOPSD_DAEMON_OPTIONS_H
#define GITOPSD_DAEMON_OPTIONS_H

#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/vec.h"

struct options {
    const char *kubeconfig; /* NULL: $KUBECONFIG, ~/.kube/config, or the pod's account */
    const char *context;
    struct strvec apps;             /* --app: files and directories */
    struct strvec allow_remote;     /* --allow-remote: patterns */
    struct strvec watch_namespaces; /* --watch-namespace; none: all */
    const char *selector;           /* --selector: see catalog.h; NULL: all Applications */
    bool beside_argocd;             /* --beside-argocd */
    const char *listen;
    const char *state_dir;
    const char *control_namespace;
    const char *events;           /* --events: "all", "none" or a list of reasons */
    const char *cluster_name;     /* NULL: only "in-cluster" */
    size_t prune_limit;           /* --prune-limit: see plan_options; 0: none */
    unsigned prune_limit_percent; /* --prune-limit-percent */
    uint64_t poll_ms;
    uint64_t git_timeout_ms;
    uint64_t sync_timeout_ms; /* --sync-timeout; 0: none */
    enum log_level log_level;
    enum log_format log_format;
    bool help;
    bool version;
};

/* Strings are borrowed from argv and the environment. */
int options_parse(int argc, char **argv, struct options *out, struct error **err);
void options_clear(struct options *options);
const char *options_usage(void);

#endif
