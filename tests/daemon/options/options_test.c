/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options/options.h"

#include "daemon/options/options_table.h"
#include "lib/base/buf.h"
#include "tests/test.h"

#include <stdlib.h>
#include <unistd.h>

#define MAX_ARGS 48

/* What is installed on this machine must not count. */
__attribute__((constructor)) static void read_no_installed_file(void)
{
    setenv("GITOPSD_CONFIG", "/dev/null", 1);
}

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
    EXPECT_INT(o.stall_timeout_ms, 300000);
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
        "--git-timeout 5s --sync-timeout 0 --stall-timeout 90s --listen :9090 --state-dir /s "
        "--namespace gitops --cluster-name prod --log-level debug --log-format json "
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
    EXPECT_INT(o.stall_timeout_ms, 90000);
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
        {"--stall-timeout 0", "--stall-timeout 0: at least 1000 ms"},
        {"--git-timeout 1ms", "--git-timeout 1ms: at least 100 ms"},
        {"--allow-remote https://{a", "--allow-remote https://{a: "},
        {"--log-level loud", "loud"},
        {"--log-format xml", "xml"},
        {"--help=yes", "--help takes no value"},
        {"--selector a=b=c", "--selector a=b=c: "},
        {"--beside-argocd=maybe", "--beside-argocd maybe: must be true or false"},
        {"--log", "unknown option --log; did you mean --log-level?"},
        {"--pol-interval=5s", "unknown option --pol-interval; did you mean --poll-interval?"},
        {"--leader-elect yes", "--leader-elect yes: \"yes\" is none of auto, on, off"},
        {"--lease-duration 10ms", "--lease-duration 10ms: at least 1000 ms"},
        {"--lease-duration 24h", "--lease-duration 24h: at most 3600000 ms"},
        {"--lease-duration 5s", "lease-renew-deadline (10000 ms) must be less than"},
        {"--lease-retry-period 6s", "lease-retry-period (6000 ms) must be at most half"},
        {"--events Often", "--events Often: \"Often\" is none of all, none, "},
        {"--config /nonexistent.yaml", "configuration file /nonexistent.yaml: No such file"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *copy = NULL;
        cleanup_error struct error *err = NULL;
        struct options o;

        if (parse_line(rows[i].line, &copy, &o, &err) == 0)
            fail_msg("accepted: %s", rows[i].line);
        EXPECT_CONTAINS(error_message(err), rows[i].message);
        if (!strstr(rows[i].line, "nonexistent"))
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

static void expect_help(const struct option_def *def, const char *text)
{
    cleanup_free char *flag = xasprintf("\n  --%s%s%s", def->name, def->argument ? " " : "",
                                        def->argument ? def->argument : "");

    EXPECT_CONTAINS(text, flag);
}

TEST(the_help_names_every_option_and_fits_a_terminal)
{
    cleanup_free char *text = options_usage();

    for (size_t i = 0; i < option_count; i++)
        expect_help(&option_table[i], text);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strcspn(line, "\n") > 80)
            fail_msg("too long: %.*s", (int)strcspn(line, "\n"), line);
}

/* ---- places ---- */

/* The configuration file with this content, and a command line. The file's name is %s in it. */
static int parse_file(const char *content, const char *line, struct options *out,
                      struct error **err)
{
    cleanup_free char *dir = xstrdup(test_tmpdir());
    cleanup_free char *all = xasprintf("--config %s/gitopsd.yaml %s", dir, line);
    cleanup_free char *copy = NULL;

    test_write_file(dir, "gitopsd.yaml", content);
    return parse_line(all, &copy, out, err);
}

TEST(the_command_line_counts_before_the_environment_and_that_before_the_file)
{
    struct error *err = NULL;
    struct options o;

    setenv("GITOPSD_POLL_INTERVAL", "2s", 1);
    setenv("GITOPSD_GIT_TIMEOUT", "20s", 1);
    setenv("GITOPSD_WATCH_NAMESPACE", "a,b", 1);
    EXPECT_OK(parse_file("poll-interval: 3s\ngit-timeout: 30s\nsync-timeout: 300s\n"
                         "watch-namespace: [c]\nallow-remote:\n- https://a.example/**\n",
                         "--poll-interval 1s", &o, &err));
    unsetenv("GITOPSD_POLL_INTERVAL");
    unsetenv("GITOPSD_GIT_TIMEOUT");
    unsetenv("GITOPSD_WATCH_NAMESPACE");
    EXPECT_INT(o.poll_ms, 1000);
    EXPECT_INT(o.git_timeout_ms, 20000);
    EXPECT_INT(o.sync_timeout_ms, 300000);
    EXPECT_INT(o.prune_limit, 10);
    EXPECT_INT(o.watch_namespaces.len, 2); /* no mixture */
    EXPECT_STR(o.watch_namespaces.items[1], "b");
    EXPECT_INT(o.allow_remote.len, 1);
    options_clear(&o);
}

TEST(a_file_may_hold_any_scalar_and_a_list_of_one_without_brackets)
{
    struct error *err = NULL;
    struct options o;

    EXPECT_OK(parse_file("# all of it\nprune-limit: 7\nleader-elect: off\napp: a.yaml\n"
                         "'cluster-name': \"12\"\ncontext:\n",
                         "", &o, &err));
    EXPECT_INT(o.prune_limit, 7);
    EXPECT_INT(o.leader_elect, LEADER_ELECT_OFF);
    EXPECT_INT(o.apps.len, 1);
    EXPECT_STR(o.cluster_name, "12");
    EXPECT_NULL(o.context);
    options_clear(&o);
    EXPECT_OK(parse_file("", "", &o, &err));
    options_clear(&o);
}

TEST(everything_that_is_wrong_in_a_file_is_told_at_once)
{
    static const char *const lines[] = {
        ":2: unknown setting \"git-timout\"; did you mean git-timeout?\n",
        ":4: poll-interval",
        ":3: log-level loud",
        "GITOPSD_PRUNE_LIMIT many: must be a number",
    };
    cleanup_error struct error *err = NULL;
    struct options o;

    setenv("GITOPSD_PRUNE_LIMIT", "many", 1);
    EXPECT_INT(parse_file("listen: :9090\ngit-timout: 3s\nlog-level: loud\npoll-interval: fast\n",
                          "", &o, &err),
               -1);
    unsetenv("GITOPSD_PRUNE_LIMIT");
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        EXPECT_CONTAINS(error_message(err), lines[i]);
    EXPECT_INT(error_kind(err), ERROR_INVALID);
    EXPECT_STR(o.listen, ":9090");
    options_clear(&o);
}

TEST(what_is_wrong_in_a_file_is_named_with_its_line)
{
    static const struct {
        const char *content, *message;
    } rows[] = {
        {"\nnamespace: a\npol-interval: 3s\n",
         "gitopsd.yaml:3: unknown setting \"pol-interval\"; did you mean poll-interval?"},
        {"# x\npoll-interval: often\n", "gitopsd.yaml:2: poll-interval: "},
        {"prune-limit: many\n", "gitopsd.yaml:1: prune-limit many: must be a number from 0"},
        {"prune-limit: [1]\n", "gitopsd.yaml:1: prune-limit: must be a single value"},
        {"app:\n- {a: b}\n", "gitopsd.yaml:1: app: must be a single value"},
        {"events: Often\n", "gitopsd.yaml:1: events Often: "},
        {"config: other.yaml\n", "gitopsd.yaml:1: config can be said on the command line only"},
        {"help: true\n", "gitopsd.yaml:1: help can be said on the command line only"},
        {"- poll-interval\n", "gitopsd.yaml:1: must be a mapping"},
        {"a: b\n---\nc: d\n", "gitopsd.yaml: has 2 YAML documents"},
        {"namespace: a\nnamespace: b\n", "gitopsd.yaml:2"},
        {"namespace: [\n", "gitopsd.yaml:"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_error struct error *err = NULL;
        struct options o;

        if (parse_file(rows[i].content, "", &o, &err) == 0)
            fail_msg("accepted: %s", rows[i].content);
        EXPECT_CONTAINS(error_message(err), rows[i].message);
        options_clear(&o);
    }
}

TEST(what_is_wrong_in_the_environment_is_named)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *copy = NULL;
    struct options o;

    setenv("GITOPSD_LOG_LEVEL", "loud", 1);
    EXPECT_INT(parse_line("", &copy, &o, &err), -1);
    unsetenv("GITOPSD_LOG_LEVEL");
    EXPECT_CONTAINS(error_message(err), "GITOPSD_LOG_LEVEL loud: ");
    options_clear(&o);
}

TEST(what_counts_is_told_with_its_place_and_can_be_read_again)
{
    struct error *err = NULL;
    cleanup_free char *text = NULL;
    struct options o;

    setenv("GITOPSD_CLUSTER_NAME", "a: b", 1);
    setenv("GITOPSD_POL_INTERVAL", "2s", 1);
    setenv("GITOPSD_PORT", "tcp://10.0.0.1:80", 1); /* of a Service, and fine */
    EXPECT_OK(parse_file("poll-interval: 3s\nallow-remote: ['https://a.example/**', '#']\n",
                         "--log-level debug", &o, &err));
    text = options_effective(&o);
    options_clear(&o);
    unsetenv("GITOPSD_CLUSTER_NAME");
    unsetenv("GITOPSD_POL_INTERVAL");
    unsetenv("GITOPSD_PORT");
    EXPECT_CONTAINS(text,
                    "# GITOPSD_POL_INTERVAL is no setting; did you mean GITOPSD_POLL_INTERVAL?\n");
    EXPECT_NULL(strstr(text, "GITOPSD_PORT"));
    EXPECT_CONTAINS(text, "log-level: debug # --log-level\n");
    EXPECT_CONTAINS(text, "cluster-name: 'a: b' # GITOPSD_CLUSTER_NAME\n");
    EXPECT_CONTAINS(text, "/gitopsd.yaml:1\n");
    EXPECT_CONTAINS(text, "git-timeout: 60s # default\n");
    EXPECT_CONTAINS(text, "# kubeconfig: not set\n");
    EXPECT_OK(parse_file(text, "", &o, &err));
    EXPECT_INT(o.poll_ms, 3000);
    EXPECT_INT(o.allow_remote.len, 2);
    EXPECT_STR(o.allow_remote.items[1], "#");
    EXPECT_STR(o.cluster_name, "a: b");
    options_clear(&o);
}

/* Each setting of the example, no comment any more. */
static char *uncommented(const char *example)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;

    for (const char *line = example; *line;) {
        size_t len = strcspn(line, "\n");

        if (line[0] == '#' && line[1] != ' ' && line[1])
            buf_put(&out, line + 1, len - 1);
        else if (str_has_prefix(line, "#  - "))
            buf_printf(&out, "  - %.*s", (int)len - 5, line + 5);
        buf_putc(&out, '\n');
        line += len + (line[len] == '\n');
    }
    return xstrdup(out.data);
}

TEST(the_example_has_every_setting_with_its_default)
{
    cleanup_free char *example = options_example();
    cleanup_free char *content = uncommented(example);
    cleanup_error struct error *err = NULL;
    struct options o;

    for (size_t i = 0; i < option_count; i++) {
        cleanup_free char *line = xasprintf("\n#%s:", option_table[i].name);

        EXPECT_INT(strstr(example, line) != NULL, !option_table[i].flag_only);
    }
    if (parse_file(content, "", &o, &err) < 0)
        fail_msg("%s\n%s", error_message(err), content);
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].fallback)
            EXPECT_STR(o.values[i].texts.items[0], option_table[i].fallback);
    options_clear(&o);
}

TEST(the_installed_example_and_the_documentation_are_up_to_date)
{
    cleanup_free char *example = options_example();
    cleanup_free char *installed = test_read_file("config/gitopsd.example.yaml");
    cleanup_free char *page = test_read_file("docs/operating.md");

    EXPECT(installed && page);
    EXPECT_STR(installed, example); /* gitopsd --example-config > config/gitopsd.example.yaml */
    for (size_t i = 0; i < option_count; i++) {
        cleanup_free char *flag = xasprintf("`--%s", option_table[i].name);

        EXPECT_CONTAINS(page, flag);
    }
    for (const char *at = page; (at = strstr(at, "`--")); at++) {
        cleanup_free char *name = xstrndup(at + 3, strspn(at + 3, "abcdefghijklmnopqrstuvwxyz-"));

        if (option_find(name) < 0)
            fail_msg("docs/operating.md: there is no option --%s", name);
    }
}

/* ---- reloading ---- */

TEST(what_can_be_reloaded_is_and_the_rest_is_named)
{
    cleanup_strvec struct strvec changed = {0};
    cleanup_strvec struct strvec kept = {0};
    struct error *err = NULL;
    struct options o, now;

    EXPECT_OK(parse_file("poll-interval: 3s\nlisten: 127.0.0.1:1\nprune-limit: 1\n", "", &o, &err));
    EXPECT_OK(
        parse_file("poll-interval: 4s\nlisten: 127.0.0.1:2\nlog-level: debug\n", "", &now, &err));
    options_reload(&o, &now, &changed, &kept);
    options_clear(&now);
    EXPECT_INT(o.poll_ms, 4000);
    EXPECT_INT(o.prune_limit, 10);
    EXPECT_INT(o.log_level, LOG_DEBUG);
    EXPECT_STR(o.listen, "127.0.0.1:1");
    EXPECT_INT(changed.len, 3);
    EXPECT(strvec_has(&changed, "log-level"));
    EXPECT(strvec_has(&kept, "listen"));
    options_clear(&o);
}
