/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options/options_table.h"

#include "kustomize/selector.h"
#include "lib/base/glob.h"
#include "lib/base/suggest.h"

#include <ctype.h>

#define AT(field) offsetof(struct options, field)
#define MIN_MS 100

static int read_pattern(struct options *out, const char *value, struct error **err)
{
    (void)out;
    return glob_check(value, err);
}

static int read_events(struct options *out, const char *value, struct error **err)
{
    static const char *const words[] = {"ResourceUpdated", "OperationStarted", "OperationCompleted",
                                        "StatusRefreshed"};
    const char *at = value;

    (void)out;
    if (streq(value, "all") || streq(value, "none"))
        return 0;
    for (size_t len = strcspn(at, ","); *at; at += len + (at[len] == ','), len = strcspn(at, ",")) {
        bool known = false;

        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            known |= strlen(words[i]) == len && strncmp(words[i], at, len) == 0;
        if (!known)
            return error_set(err, ERROR_INVALID,
                             "\"%.*s\" is none of all, none, ResourceUpdated, OperationStarted, "
                             "OperationCompleted, StatusRefreshed",
                             (int)len, at);
    }
    return 0;
}

static int read_selector(struct options *out, const char *value, struct error **err)
{
    cleanup_label_selector struct label_selector *labels = NULL;

    (void)out;
    return label_selector_parse(value, &labels, err);
}

static int read_elect(struct options *out, const char *value, struct error **err)
{
    static const char *const words[] = {"auto", "on", "off"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (streq(value, words[i])) {
            out->leader_elect = (enum leader_elect)i;
            return 0;
        }
    return error_set(err, ERROR_INVALID, "\"%s\" is none of auto, on, off", value);
}

static int read_level(struct options *out, const char *value, struct error **err)
{
    return log_level_parse(value, &out->log_level, err);
}

static int read_format(struct options *out, const char *value, struct error **err)
{
    return log_format_parse(value, &out->log_format, err);
}

const struct option_def option_table[] = {
    {.name = "config",
     .offset = AT(config),
     .argument = "FILE",
     .flag_only = true,
     .help = "a YAML file with any of these options by their names, such as poll-interval: 5s "
             "(default: " OPTIONS_FILE " where there is one). The environment counts before it "
             "(GITOPSD_POLL_INTERVAL=5s), and the command line before both"},
    {.name = "kubeconfig",
     .offset = AT(kubeconfig),
     .argument = "FILE",
     .help = "the cluster (default: $KUBECONFIG, ~/.kube/config, or the service account of the "
             "pod)"},
    {.name = "context",
     .offset = AT(context),
     .argument = "NAME",
     .help = "context of the kubeconfig (default: its current-context)"},
    {.name = "app",
     .kind = OPTION_LIST,
     .offset = AT(apps),
     .argument = "FILE|DIR",
     .help = "read Applications from YAML files instead of the cluster; may be repeated; SIGHUP "
             "reads them again"},
    {.name = "allow-remote",
     .kind = OPTION_LIST,
     .offset = AT(allow_remote),
     .argument = "PATTERN",
     .read = read_pattern,
     .help =
         "what kustomizations may use from elsewhere, by its URL, such as "
         "'https://github.com/ORG/**' (* stops at a slash); may be repeated (default: nothing)"},
    {.name = "poll-interval",
     .kind = OPTION_DURATION,
     .offset = AT(poll_ms),
     .argument = "TIME",
     .fallback = "10s",
     .min = MIN_MS,
     .reloads = true,
     .help = "how often every repository is asked"},
    {.name = "git-timeout",
     .kind = OPTION_DURATION,
     .offset = AT(git_timeout_ms),
     .argument = "TIME",
     .fallback = "60s",
     .min = MIN_MS,
     .reloads = true,
     .help = "deadline of one ls-remote; a fetch has four times that"},
    {.name = "listen",
     .offset = AT(listen),
     .argument = "ADDR:PORT",
     .fallback = "127.0.0.1:8080",
     .help = "/healthz, /readyz, /metrics, /api/v1/applications"},
    {.name = "state-dir",
     .offset = AT(state_dir),
     .argument = "DIR",
     .help = "clones of the repositories, a cache (default: $STATE_DIRECTORY, /var/lib/gitopsd as "
             "root, else ~/.cache/gitopsd/state)"},
    {.name = "namespace",
     .offset = AT(control_namespace),
     .argument = "NAME",
     .fallback = "argocd",
     .help = "the control namespace, whose Applications are tracked by their bare name"},
    {.name = "watch-namespace",
     .kind = OPTION_LIST,
     .offset = AT(watch_namespaces),
     .argument = "NAME",
     .help = "see and write only these namespaces, and Applications of the control namespace: for "
             "rights in them alone; may be repeated (default: all)"},
    {.name = "selector",
     .offset = AT(selector),
     .argument = "LABELS",
     .read = read_selector,
     .help = "only Applications with these labels, such as gitopsd.io/managed=true (default: all)"},
    {.name = "beside-argocd",
     .kind = OPTION_BOOL,
     .offset = AT(beside_argocd),
     .fallback = "false",
     .help = "only Applications that Argo CD leaves alone, because they have the annotation "
             "argocd.argoproj.io/skip-reconcile: \"true\""},
    {.name = "cluster-name",
     .offset = AT(cluster_name),
     .argument = "NAME",
     .help = "also serve Applications whose destination has this name"},
    {.name = "events",
     .offset = AT(events),
     .argument = "REASONS",
     .fallback = "all",
     .read = read_events,
     .help = "Kubernetes Events that are made: all, none, or reasons such as "
             "OperationCompleted,ResourceUpdated"},
    {.name = "prune-limit",
     .kind = OPTION_COUNT,
     .offset = AT(prune_limit),
     .argument = "COUNT",
     .fallback = "10",
     .max = 1000000,
     .reloads = true,
     .help = "a sync that would prune more objects than this, and more of the application than "
             "--prune-limit-percent, waits until a person approves; 0: no limit"},
    {.name = "prune-limit-percent",
     .kind = OPTION_COUNT,
     .offset = AT(prune_limit_percent),
     .argument = "PERCENT",
     .fallback = "50",
     .max = 100,
     .reloads = true,
     .help = "how much of the application that is"},
    {.name = "sync-timeout",
     .kind = OPTION_DURATION,
     .offset = AT(sync_timeout_ms),
     .argument = "TIME",
     .fallback = "3h",
     .reloads = true,
     .help = "a sync that takes longer, because a hook or an object does not get ready, is ended "
             "as failed; 0: never"},
    {.name = "stall-timeout",
     .kind = OPTION_DURATION,
     .offset = AT(stall_timeout_ms),
     .argument = "TIME",
     .fallback = "5m",
     .min = 1000,
     .reloads = true,
     .help = "a stage that is so long past its own deadlines with what it has in hand is stuck: "
             "/healthz fails and the watchdog of systemd is not fed, so that a new process takes "
             "over"},
    {.name = "leader-elect",
     .kind = OPTION_WORD,
     .argument = "WHEN",
     .fallback = "auto",
     .read = read_elect,
     .help = "act only while holding a Lease in the control namespace, so that several gitopsd may "
             "run: on, off, or auto: on where there can be one, but off with --app"},
    {.name = "lease-name",
     .offset = AT(lease_name),
     .argument = "NAME",
     .fallback = "gitopsd",
     .help = "name of that Lease"},
    {.name = "lease-duration",
     .kind = OPTION_DURATION,
     .offset = AT(lease_duration_ms),
     .argument = "TIME",
     .fallback = "15s",
     .min = 1000,
     .max = 3600000,
     .help = "how long others wait for one that does not answer any more, in whole seconds"},
    {.name = "lease-renew-deadline",
     .kind = OPTION_DURATION,
     .offset = AT(lease_renew_deadline_ms),
     .argument = "TIME",
     .fallback = "10s",
     .min = MIN_MS,
     .help = "how long after its last renewal the leader still acts; less than --lease-duration"},
    {.name = "lease-retry-period",
     .kind = OPTION_DURATION,
     .offset = AT(lease_retry_ms),
     .argument = "TIME",
     .fallback = "2s",
     .min = MIN_MS,
     .help = "how often the lease is renewed, or asked for; at most half of "
             "--lease-renew-deadline"},
    {.name = "log-level",
     .kind = OPTION_WORD,
     .argument = "LEVEL",
     .fallback = "info",
     .reloads = true,
     .read = read_level,
     .help = "debug, info, warn or error"},
    {.name = "log-format",
     .kind = OPTION_WORD,
     .argument = "FORMAT",
     .fallback = "logfmt",
     .reloads = true,
     .read = read_format,
     .help = "logfmt or json"},
    {.name = "check-config",
     .kind = OPTION_SWITCH,
     .offset = AT(check_config),
     .flag_only = true,
     .help = "check all of this, print what counts and where it comes from, and end"},
    {.name = "example-config",
     .kind = OPTION_SWITCH,
     .offset = AT(example_config),
     .flag_only = true,
     .help = "print a configuration file that explains every option"},
    {.name = "version",
     .kind = OPTION_SWITCH,
     .offset = AT(version),
     .flag_only = true,
     .help = "print the version"},
    {.name = "help",
     .kind = OPTION_SWITCH,
     .offset = AT(help),
     .flag_only = true,
     .help = "print this text"},
};

const size_t option_count = ARRAY_LEN(option_table);
_Static_assert(ARRAY_LEN(option_table) <= OPTIONS_MAX, "struct options has too few values");

int option_find(const char *name)
{
    for (size_t i = 0; i < option_count; i++)
        if (streq(option_table[i].name, name))
            return (int)i;
    return -1;
}

char *option_suggestion(const char *name, const char *prefix)
{
    struct suggestion s = {.word = name};

    for (size_t i = 0; i < option_count; i++)
        suggestion_consider(&s, option_table[i].name);
    return suggestion_text(&s, prefix);
}

char *option_variable(const struct option_def *def)
{
    char *name = xasprintf("GITOPSD_%s", def->name);

    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    return name;
}
