/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: what a person may say about how gitopsd runs, and from where.
 * One table (options_table.c) has them all. Each value comes from the command line (--poll-interval
 * 5s), the environment (GITOPSD_POLL_INTERVAL=5s), the configuration file (poll-interval: 5s) or is
 * the default, the first of these that has it; a list is that of one place, never a mixture.
 * Errors: ERROR_INVALID, beginning with the place: "--poll-interval", "GITOPSD_POLL_INTERVAL",
 *         "/etc/gitopsd/gitopsd.yaml:3: poll-interval".
 */
#ifndef GITOPSD_DAEMON_OPTIONS_OPTIONS_H
#define GITOPSD_DAEMON_OPTIONS_OPTIONS_H

#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/vec.h"

#define OPTIONS_FILE "/etc/gitopsd/gitopsd.yaml" /* read where there is one */
#define OPTIONS_MAX 64

/* auto: where the Applications are those of the cluster. */
enum leader_elect { LEADER_ELECT_AUTO, LEADER_ELECT_ON, LEADER_ELECT_OFF };

/* Where the value of one option comes from. */
struct option_value {
    struct strvec texts; /* as they were written; one, unless it is a list */
    char *place;         /* NULL: it is the default */
};

struct options {
    int argc;
    char **argv;            /* borrowed */
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
    const char *events;         /* --events: "all", "none" or a list of reasons */
    const char *cluster_name;   /* NULL: only "in-cluster" */
    size_t prune_limit;         /* --prune-limit: see plan_options; 0: none */
    size_t prune_limit_percent; /* --prune-limit-percent */
    uint64_t poll_ms;
    uint64_t git_timeout_ms;
    uint64_t sync_timeout_ms;  /* --sync-timeout; 0: none */
    uint64_t stall_timeout_ms; /* --stall-timeout: see progress.h */
    enum leader_elect leader_elect;
    const char *lease_name;
    uint64_t lease_duration_ms;
    uint64_t lease_renew_deadline_ms; /* less than that */
    uint64_t lease_retry_ms;          /* and this is less again */
    enum log_level log_level;
    enum log_format log_format;
    const char *config; /* the configuration file that was read; NULL: none */
    bool check_config;
    bool example_config;
    bool help;
    bool version;
    struct option_value values[OPTIONS_MAX]; /* by their index in the table; own all strings */
};

/* `argv` is only read. The error has a line for each thing that is wrong in environment and file,
 * or the first one of `argv`. On an error `out` is to be cleared, too. */
int options_parse(int argc, char **argv, struct options *out, struct error **err);
void options_clear(struct options *options);

/* Does a Lease decide whether this process acts? */
bool options_elect(const struct options *options);

/* What can change while gitopsd runs becomes what `now` says. `changed` gets the names of those
 * options, `kept` of the others that differ. */
void options_reload(struct options *options, struct options *now, struct strvec *changed,
                    struct strvec *kept);

/* options_print.c; heap strings. The help; what counts and where it comes from, as a configuration
 * file; one that says of every option what it is and its default. */
char *options_usage(void);
char *options_effective(const struct options *options);
char *options_example(void);

#endif
