/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "tests/test.h"

static const struct option_spec own[] = {
    {"output", 'o', "table|json", "how"},
    {"resource", 0, "KEY", "which"},
    {"prune", 0, NULL, "prune"},
    {"wide", 'w', NULL, "wide"},
    {.name = NULL},
};
static const struct option_spec shared[] = {
    {"all", 'A', NULL, "all"},
    {"namespace", 'n', "NAME", "where"},
    {"timeout", 0, "DURATION", "how long"},
    {"secret", 0, NULL, NULL},
    {.name = NULL},
};
#define TABLES                                                                                     \
    {                                                                                              \
        .tables = { own, shared }                                                                  \
    }

/* `line` is split at spaces, in place. */
static int parse(struct options *o, char *line, struct error **err)
{
    static char *argv[16];
    size_t n = 0;

    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        argv[n++] = word;
    argv[n] = NULL;
    return options_parse(o, argv, err);
}

TEST(options_are_written_in_many_ways)
{
    static const char *const lines[] = {"-o json",         "-ojson",        "-o=json",
                                        "--output json",   "--output=json", "-wAo json",
                                        "-o table -o json"};

    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        cleanup_options struct options o = TABLES;
        cleanup_error struct error *err = NULL;
        cleanup_free char *line = xstrdup(lines[i]);

        EXPECT_INT(parse(&o, line, &err), 0);
        EXPECT_STR(options_text(&o, "output"), "json");
        EXPECT_INT(o.arguments.len, 0);
    }
}

TEST(arguments_stand_anywhere)
{
    cleanup_options struct options o = TABLES;
    cleanup_error struct error *err = NULL;
    char line[] = "a --prune b - -n x -- -w --odd";

    EXPECT_INT(parse(&o, line, &err), 0);
    EXPECT_INT(o.arguments.len, 5);
    EXPECT_STR(options_argument(&o, 0), "a");
    EXPECT_STR(options_argument(&o, 2), "-");
    EXPECT_STR(options_argument(&o, 4), "--odd");
    EXPECT(options_argument(&o, 5) == NULL);
    EXPECT(options_has(&o, "prune"));
    EXPECT(!options_has(&o, "wide"));
    EXPECT_STR(options_text(&o, "namespace"), "x");
}

TEST(a_flag_is_taken_back_and_a_list_grows)
{
    cleanup_options struct options o = TABLES;
    cleanup_strvec struct strvec values = {0};
    cleanup_error struct error *err = NULL;
    char line[] = "--prune --prune=false --wide=true --resource a --resource=b=c";

    EXPECT_INT(parse(&o, line, &err), 0);
    EXPECT(!options_has(&o, "prune"));
    EXPECT(options_has(&o, "wide"));
    options_list(&o, "resource", &values);
    EXPECT_INT(values.len, 2);
    EXPECT_STR(values.items[0], "a");
    EXPECT_STR(values.items[1], "b=c");
}

TEST(durations_have_units)
{
    cleanup_options struct options o = TABLES;
    cleanup_error struct error *err = NULL;
    char line[] = "--timeout 1m30s";
    char wrong[] = "--timeout soon";

    EXPECT_INT(options_duration_ms(&o, "timeout", 7), 7);
    EXPECT_INT(parse(&o, line, &err), 0);
    EXPECT_INT(options_duration_ms(&o, "timeout", 7), 90000);
    EXPECT_INT(parse(&o, wrong, &err), -1);
    EXPECT(str_has_prefix(error_message(err), "--timeout: "));
}

TEST(what_is_wrong_is_named)
{
    static const struct {
        const char *line;
        const char *message;
    } cases[] = {
        {"--outptu json", "unknown option --outptu; did you mean --output?"},
        {"--name=x", "unknown option --name; did you mean --namespace?"},
        {"--secre", "unknown option --secre"},
        {"--zzz", "unknown option --zzz"},
        {"-x", "unknown option -x"},
        {"-wx", "unknown option -x"},
        {"-o", "-o: its value is missing: table|json"},
        {"--resource", "--resource: its value is missing: KEY"},
        {"-o xml", "--output xml: must be one of table|json"},
        {"-o tab", "--output tab: must be one of table|json"},
        {"-o=", "--output : must be one of table|json"},
        {"--prune=maybe", "--prune takes no value, but true or false: maybe"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_options struct options o = TABLES;
        cleanup_error struct error *err = NULL;
        cleanup_free char *line = xstrdup(cases[i].line);

        EXPECT_INT(parse(&o, line, &err), -1);
        EXPECT_STR(error_message(err), cases[i].message);
    }
}
