/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options.h"

#include "tests/test.h"

#include <stdlib.h>
#include <unistd.h>

#define MAX_ARGS 48

/* The words of `line` as a command line. The copy outlives the options, which borrow from it. */
static int parse_line(const char *line, char **copy, struct options *out, struct error **err)
{
    char *argv[MAX_ARGS] = {"gitopsd"};
    int argc = 1;

    *copy = xstrdup(line);
    for (char *word = strtok(*copy, " "); word && argc < MAX_ARGS - 1; word = strtok(NULL, " "))
        argv[argc++] = word;
    return options_parse(argc, argv, out, err);
}

TEST(without_arguments_there_are_defaults)
{
    cleanup_free char *copy = NULL;
    struct error *err = NULL;
    struct options o;

    setenv("STATE_DIRECTORY", "/run/state", 1);
    EXPECT_OK(parse_line("", &copy, &o, &err));
    EXPECT_NULL(o.kubeconfig);
    EXPECT_NULL(o.context);
    EXPECT_NULL(o.cluster_name);
    EXPECT_INT(o.apps.len, 0);
    EXPECT_INT(o.allow_remote.len, 0);
    EXPECT_STR(o.listen, "127.0.0.1:8080");
    EXPECT_STR(o.state_dir, "/run/state");
    EXPECT_STR(o.control_namespace, "argocd");
    EXPECT_INT(o.poll_ms, 10000);
    EXPECT_INT(o.git_timeout_ms, 60000);
    EXPECT_INT(o.sync_timeout_ms, 3 * 3600 * 1000);
    EXPECT_INT(o.prune_limit, 10);
    EXPECT_INT(o.prune_limit_percent, 50);
    EXPECT_INT(o.log_level, LOG_INFO);
    EXPECT_INT(o.log_format, LOG_LOGFMT);
    EXPECT(!o.help && !o.version);
    options_clear(&o);
    EXPECT_NULL(o.state_dir);
}

TEST(every_option_is_read)
{
    cleanup_free char *copy = NULL;
    struct error *err = NULL;
    struct options o;

    EXPECT_OK(parse_line(
        "--kubeconfig k --context c --app a.yaml --app=dir --poll-interval 1m30s "
        "--git-timeout 5s --sync-timeout 0 --listen :9090 --state-dir /s --namespace gitops "
        "--cluster-name prod --log-level debug --log-format json "
        "--allow-remote https://a.example/** --allow-remote git@b.example:c/* "
        "--prune-limit 0 --prune-limit-percent 25 --selector team=a,!old",
        &copy, &o, &err));
    EXPECT_INT(o.prune_limit, 0);
    EXPECT_INT(o.prune_limit_percent, 25);
    EXPECT_STR(o.kubeconfig, "k");
    EXPECT_STR(o.context, "c");
    EXPECT_INT(o.apps.len, 2);
    EXPECT_STR(o.apps.items[0], "a.yaml");
    EXPECT_STR(o.apps.items[1], "dir");
    EXPECT_INT(o.allow_remote.len, 2);
    EXPECT_STR(o.allow_remote.items[1], "git@b.example:c/*");
    EXPECT_INT(o.poll_ms, 90000);
    EXPECT_INT(o.git_timeout_ms, 5000);
    EXPECT_INT(o.sync_timeout_ms, 0);
    EXPECT_STR(o.listen, ":9090");
    EXPECT_STR(o.state_dir, "/s");
    EXPECT_STR(o.control_namespace, "gitops");
    EXPECT_STR(o.cluster_name, "prod");
    EXPECT_STR(o.selector, "team=a,!old");
    EXPECT(!o.beside_argocd);
    EXPECT_INT(o.log_level, LOG_DEBUG);
    EXPECT_INT(o.log_format, LOG_JSON);
    options_clear(&o);
}

TEST(beside_argocd_applications_are_in_the_cluster)
{
    cleanup_free char *copy = NULL;
    cleanup_free char *other = NULL;
    cleanup_error struct error *err = NULL;
    struct options o;

    EXPECT_OK(parse_line("--beside-argocd", &copy, &o, &err));
    EXPECT(o.beside_argocd);
    options_clear(&o);
    EXPECT_INT(parse_line("--beside-argocd --app a.yaml", &other, &o, &err), -1);
    EXPECT_CONTAINS(error_message(err), "without --app");
    options_clear(&o);
}

TEST(the_last_of_two_wins)
{
    cleanup_free char *copy = NULL;
    struct error *err = NULL;
    struct options o;

    EXPECT_OK(
        parse_line("--state-dir /a --state-dir /b --listen x:1 --listen y:2", &copy, &o, &err));
    EXPECT_STR(o.state_dir, "/b");
    EXPECT_STR(o.listen, "y:2");
    options_clear(&o);
}

TEST(help_and_version)
{
    static const struct {
        const char *line;
        bool help, version;
    } rows[] = {{"--help", true, false}, {"-h", true, false}, {"--version", false, true}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *copy = NULL;
        struct error *err = NULL;
        struct options o;

        EXPECT_OK(parse_line(rows[i].line, &copy, &o, &err));
        EXPECT_INT(o.help, rows[i].help);
        EXPECT_INT(o.version, rows[i].version);
        options_clear(&o);
    }
}

TEST(what_is_wrong_is_named)
{
    static const struct {
        const char *line, *message;
    } rows[] = {
        {"--unknown", "unknown option --unknown; see gitopsd --help"},
        {"-x", "unknown option -x; see gitopsd --help"},
        {"-hx", "unknown option -x; see gitopsd --help"},
        {"--kubeconfig", "--kubeconfig needs a value; see gitopsd --help"},
        {"--app a --listen", "--listen needs a value; see gitopsd --help"},
        {"app.yaml", "unexpected argument \"app.yaml\"; Applications are given with --app"},
        {"--app a.yaml b.yaml", "unexpected argument \"b.yaml\""},
        {"--poll-interval often", "--poll-interval: "},
        {"--prune-limit many", "--prune-limit many: must be a number from 0 to 1000000"},
        {"--prune-limit -1", "--prune-limit -1: must be a number"},
        {"--prune-limit-percent 101", "--prune-limit-percent 101: must be a number from 0 to 100"},
        {"--poll-interval 0", "--poll-interval 0: at least 100 ms"},
        {"--poll-interval 99ms", "--poll-interval 99ms: at least 100 ms"},
        {"--git-timeout -5s", "--git-timeout: "},
        {"--sync-timeout soon", "--sync-timeout: "},
        {"--git-timeout 1ms", "--git-timeout 1ms: at least 100 ms"},
        {"--allow-remote https://{a", "--allow-remote https://{a: "},
        {"--log-level loud", "loud"},
        {"--log-format xml", "xml"},
        {"--help=yes", "--help takes no value"},
        {"--log", "unknown option --log; see"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *copy = NULL;
        cleanup_error struct error *err = NULL;
        struct options o;

        if (parse_line(rows[i].line, &copy, &o, &err) == 0)
            fail_msg("accepted: %s", rows[i].line);
        EXPECT_CONTAINS(error_message(err), rows[i].message);
        EXPECT_INT(error_kind(err), ERROR_INVALID);
        options_clear(&o);
    }
}

TEST(the_state_directory_comes_from_the_environment)
{
    struct {
        const char *systemd, *cache, *home, *want;
    } rows[] = {
        {"/run/x", "/c", "/h", "/run/x"},
        {"", "/c", "/h", "/c/gitopsd/state"},
        {NULL, NULL, "/h", "/h/.cache/gitopsd/state"},
        {NULL, "", "", "/tmp/.cache/gitopsd/state"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *copy = NULL;
        struct error *err = NULL;
        struct options o;

        rows[i].systemd ? setenv("STATE_DIRECTORY", rows[i].systemd, 1)
                        : unsetenv("STATE_DIRECTORY");
        rows[i].cache ? setenv("XDG_CACHE_HOME", rows[i].cache, 1) : unsetenv("XDG_CACHE_HOME");
        setenv("HOME", rows[i].home, 1);
        EXPECT_OK(parse_line("", &copy, &o, &err));
        /* root keeps its state where a service does */
        EXPECT_STR(o.state_dir, geteuid() == 0 && i > 0 ? "/var/lib/gitopsd" : rows[i].want);
        options_clear(&o);
    }
}

TEST(the_help_names_every_option)
{
    static const char *const names[] = {
        "--kubeconfig", "--context",   "--app",       "--poll-interval", "--git-timeout",
        "--listen",     "--state-dir", "--namespace", "--cluster-name",  "--log-level",
        "--log-format", "--version",   "--help",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        EXPECT_CONTAINS(options_usage(), names[i]);
}
