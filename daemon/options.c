/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options.h"

#include "lib/base/glob.h"
#include "lib/base/time.h"

#include <getopt.h>
#include <unistd.h>

#define DEFAULT_POLL_MS 10000
#define DEFAULT_SYNC_TIMEOUT_MS (UINT64_C(3) * 3600 * 1000)
#define DEFAULT_GIT_TIMEOUT_MS 60000
#define MIN_POLL_MS 100
#define DEFAULT_PRUNE_LIMIT 10
#define DEFAULT_PRUNE_LIMIT_PERCENT 50
#define MAX_PRUNE_LIMIT 1000000

const char *options_usage(void)
{
    return "Usage: gitopsd [options]\n"
           "\n"
           "Make one Kubernetes cluster follow Git. Applications are the objects\n"
           "applications.argoproj.io in the cluster, or files given with --app.\n"
           "\n"
           "  --kubeconfig FILE     the cluster (default: $KUBECONFIG, ~/.kube/config, or the\n"
           "                        service account of the pod)\n"
           "  --context NAME        context of the kubeconfig (default: its current-context)\n"
           "  --app FILE|DIR        read Applications from YAML files instead of the cluster;\n"
           "                        may be repeated; SIGHUP reads them again\n"
           "  --allow-remote PATTERN\n"
           "                        what kustomizations may use from elsewhere, by its URL, such\n"
           "                        as 'https://github.com/ORG/**' (* stops at a slash); may be\n"
           "                        repeated (default: nothing)\n"
           "  --poll-interval TIME  how often every repository is asked (default 10s)\n"
           "  --git-timeout TIME    deadline of one ls-remote; a fetch has four times that\n"
           "                        (default 60s)\n"
           "  --listen ADDR:PORT    /healthz, /readyz, /metrics, /api/v1/applications\n"
           "                        (default 127.0.0.1:8080)\n"
           "  --state-dir DIR       clones of the repositories, a cache (default:\n"
           "                        $STATE_DIRECTORY, /var/lib/gitopsd as root, else\n"
           "                        ~/.cache/gitopsd/state)\n"
           "  --namespace NAME      the control namespace, whose Applications are tracked by\n"
           "                        their bare name (default argocd)\n"
           "  --watch-namespace NAME\n"
           "                        see and write only these namespaces, and Applications of the\n"
           "                        control namespace: for rights in them alone; may be repeated\n"
           "                        (default: all)\n"
           "  --selector LABELS     only Applications with these labels, such as\n"
           "                        gitopsd.io/managed=true (default: all)\n"
           "  --beside-argocd       only Applications that Argo CD leaves alone, because they "
           "have\n"
           "                        the annotation argocd.argoproj.io/skip-reconcile: \"true\"\n"
           "  --cluster-name NAME   also serve Applications whose destination has this name\n"
           "  --events REASONS      Kubernetes Events that are made: all, none, or reasons such\n"
           "                        as OperationCompleted,ResourceUpdated (default all)\n"
           "  --prune-limit COUNT   a sync that would prune more objects than this, and more of\n"
           "                        the application than --prune-limit-percent, waits until a\n"
           "                        person approves; 0: no limit (default 10)\n"
           "  --prune-limit-percent PERCENT\n"
           "                        (default 50)\n"
           "  --sync-timeout TIME   a sync that takes longer, because a hook or an object does "
           "not\n"
           "                        get ready, is ended as failed; 0: never (default 3h)\n"
           "  --log-level LEVEL     debug, info, warn or error (default info)\n"
           "  --log-format FORMAT   logfmt or json (default logfmt)\n"
           "  --version             print the version\n"
           "  --help                print this text\n"
           "\n"
           "Example: gitopsd --kubeconfig ~/.kube/config --app app.yaml\n";
}

static int parse_duration_option(const char *name, const char *text, uint64_t *out,
                                 struct error **err)
{
    if (duration_parse(text, out, err) < 0)
        return error_wrap(err, "--%s", name);
    if (*out < MIN_POLL_MS)
        return error_set(err, ERROR_INVALID, "--%s %s: at least %d ms", name, text, MIN_POLL_MS);
    return 0;
}

static char *default_state_dir(void)
{
    const char *systemd = getenv("STATE_DIRECTORY");
    const char *home = getenv("HOME");
    const char *cache = getenv("XDG_CACHE_HOME");

    if (systemd && *systemd)
        return xstrdup(systemd);
    if (geteuid() == 0)
        return xstrdup("/var/lib/gitopsd");
    if (cache && *cache)
        return xasprintf("%s/gitopsd/state", cache);
    return xasprintf("%s/.cache/gitopsd/state", home && *home ? home : "/tmp");
}

static int add_pattern(struct strvec *patterns, const char *pattern, struct error **err)
{
    if (glob_check(pattern, err) < 0)
        return error_wrap(err, "--allow-remote %s", pattern);
    strvec_push(patterns, pattern);
    return 0;
}

static int parse_events(const char *text, struct options *out, struct error **err)
{
    static const char *const words[] = {"ResourceUpdated", "OperationStarted", "OperationCompleted",
                                        "StatusRefreshed"};
    const char *at = text;

    out->events = text;
    if (streq(text, "all") || streq(text, "none"))
        return 0;
    for (size_t len = strcspn(at, ","); *at; at += len + (at[len] == ','), len = strcspn(at, ",")) {
        bool known = false;

        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            known |= strlen(words[i]) == len && strncmp(words[i], at, len) == 0;
        if (!known)
            return error_set(err, ERROR_INVALID,
                             "--events %s: \"%.*s\" is none of all, none, ResourceUpdated, "
                             "OperationStarted, OperationCompleted, StatusRefreshed",
                             text, (int)len, at);
    }
    return 0;
}

static int parse_count(const char *name, const char *text, unsigned long max, unsigned long *out,
                       struct error **err)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || value > max)
        return error_set(err, ERROR_INVALID, "--%s %s: must be a number from 0 to %lu", name, text,
                         max);
    *out = value;
    return 0;
}

/* `opt` is getopt's optopt: a letter, one of our numbers, or 0 for an unknown long option. */
static int refuse_option(const char *word, int opt, struct error **err)
{
    if (opt > ' ')
        return error_set(err, ERROR_INVALID, "unknown option -%c; see gitopsd --help", opt);
    if (opt)
        return error_set(err, ERROR_INVALID, "%.*s takes no value; see gitopsd --help",
                         (int)strcspn(word, "="), word);
    return error_set(err, ERROR_INVALID, "unknown option %s; see gitopsd --help", word);
}

int options_parse(int argc, char **argv, struct options *out, struct error **err)
{
    enum {
        KUBECONFIG = 1,
        CONTEXT,
        APP,
        ALLOW_REMOTE,
        POLL,
        GIT_TIMEOUT,
        LISTEN,
        STATE_DIR,
        NAMESPACE,
        WATCH_NAMESPACE,
        SELECTOR,
        BESIDE_ARGOCD,
        CLUSTER_NAME,
        EVENTS,
        PRUNE_LIMIT,
        PRUNE_LIMIT_PERCENT,
        SYNC_TIMEOUT,
        LEVEL,
        FORMAT,
        VERSION,
        HELP,
    };
    static const struct option table[] = {
        {"kubeconfig", required_argument, NULL, KUBECONFIG},
        {"context", required_argument, NULL, CONTEXT},
        {"app", required_argument, NULL, APP},
        {"allow-remote", required_argument, NULL, ALLOW_REMOTE},
        {"poll-interval", required_argument, NULL, POLL},
        {"git-timeout", required_argument, NULL, GIT_TIMEOUT},
        {"listen", required_argument, NULL, LISTEN},
        {"state-dir", required_argument, NULL, STATE_DIR},
        {"namespace", required_argument, NULL, NAMESPACE},
        {"watch-namespace", required_argument, NULL, WATCH_NAMESPACE},
        {"selector", required_argument, NULL, SELECTOR},
        {"beside-argocd", no_argument, NULL, BESIDE_ARGOCD},
        {"cluster-name", required_argument, NULL, CLUSTER_NAME},
        {"events", required_argument, NULL, EVENTS},
        {"prune-limit", required_argument, NULL, PRUNE_LIMIT},
        {"prune-limit-percent", required_argument, NULL, PRUNE_LIMIT_PERCENT},
        {"sync-timeout", required_argument, NULL, SYNC_TIMEOUT},
        {"log-level", required_argument, NULL, LEVEL},
        {"log-format", required_argument, NULL, FORMAT},
        {"version", no_argument, NULL, VERSION},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    unsigned long limit = DEFAULT_PRUNE_LIMIT;
    unsigned long percent = DEFAULT_PRUNE_LIMIT_PERCENT;
    int result = 0;
    int c;

    *out = (struct options){.listen = "127.0.0.1:8080",
                            .control_namespace = "argocd",
                            .events = "all",
                            .poll_ms = DEFAULT_POLL_MS,
                            .git_timeout_ms = DEFAULT_GIT_TIMEOUT_MS,
                            .sync_timeout_ms = DEFAULT_SYNC_TIMEOUT_MS,
                            .log_level = LOG_INFO};
    opterr = 0;
    optind = 0;
    while (result == 0 && (c = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
        switch (c) {
        case KUBECONFIG: out->kubeconfig = optarg; break;
        case CONTEXT: out->context = optarg; break;
        case APP: strvec_push(&out->apps, optarg); break;
        case ALLOW_REMOTE: result = add_pattern(&out->allow_remote, optarg, err); break;
        case POLL:
            result = parse_duration_option("poll-interval", optarg, &out->poll_ms, err);
            break;
        case GIT_TIMEOUT:
            result = parse_duration_option("git-timeout", optarg, &out->git_timeout_ms, err);
            break;
        case SYNC_TIMEOUT:
            if (duration_parse(optarg, &out->sync_timeout_ms, err) < 0)
                result = error_wrap(err, "--sync-timeout");
            break;
        case LISTEN: out->listen = optarg; break;
        case STATE_DIR:
            free((char *)out->state_dir);
            out->state_dir = xstrdup(optarg);
            break;
        case NAMESPACE: out->control_namespace = optarg; break;
        case WATCH_NAMESPACE: strvec_push(&out->watch_namespaces, optarg); break;
        case SELECTOR: out->selector = optarg; break;
        case BESIDE_ARGOCD: out->beside_argocd = true; break;
        case CLUSTER_NAME: out->cluster_name = optarg; break;
        case EVENTS: result = parse_events(optarg, out, err); break;
        case PRUNE_LIMIT:
            result = parse_count("prune-limit", optarg, MAX_PRUNE_LIMIT, &limit, err);
            break;
        case PRUNE_LIMIT_PERCENT:
            result = parse_count("prune-limit-percent", optarg, 100, &percent, err);
            break;
        case LEVEL: result = log_level_parse(optarg, &out->log_level, err); break;
        case FORMAT: result = log_format_parse(optarg, &out->log_format, err); break;
        case VERSION: out->version = true; break;
        case HELP:
        case 'h': out->help = true; break;
        case ':':
            result = error_set(err, ERROR_INVALID, "%s needs a value; see gitopsd --help",
                               argv[optind - 1]);
            break;
        default: result = refuse_option(argv[optind - 1], optopt, err);
        }
    }
    if (result == 0 && optind < argc)
        result = error_set(err, ERROR_INVALID,
                           "unexpected argument \"%s\"; Applications are given with --app",
                           argv[optind]);
    if (result == 0 && out->beside_argocd && out->apps.len)
        result = error_set(err, ERROR_INVALID,
                           "--beside-argocd is about Applications in the cluster; without --app");
    out->prune_limit = limit;
    out->prune_limit_percent = (unsigned)percent;
    if (result == 0 && !out->state_dir)
        out->state_dir = default_state_dir();
    return result;
}

void options_clear(struct options *options)
{
    strvec_clear(&options->apps);
    strvec_clear(&options->allow_remote);
    strvec_clear(&options->watch_namespaces);
    free((char *)options->state_dir);
    options->state_dir = NULL;
}
