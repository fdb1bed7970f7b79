/* SPDX-License-Identifier: Apache-2.0 */
/* What all verbs of gitopsctl share, as the whole program does it. */
#include "lib/base/buf.h"
#include "tests/test.h"

#include <stdio.h>
#include <sys/wait.h>

/* What `gitopsctl ARGUMENTS` prints on both outputs. */
static char *gitopsctl(const char *arguments, int *code)
{
    const char *bin = getenv("GITOPSD_BIN");
    cleanup_free char *command =
        xasprintf("%s/gitopsctl %s 2>&1", bin ? bin : "build/asan/bin", arguments);
    struct buf out = BUF_UNLIMITED;
    char piece[4096];
    FILE *f = popen(command, "r");
    size_t n;

    EXPECT(f != NULL);
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_put(&out, piece, n);
    *code = WEXITSTATUS(pclose(f));
    return buf_take(&out);
}

static void expect_line(const char *arguments, int code, const char *first_line)
{
    int found;
    cleanup_free char *text = gitopsctl(arguments, &found);

    text[strcspn(text, "\n")] = '\0';
    if (found != code || !streq(text, first_line))
        fail_msg("gitopsctl %s: %d %s\nexpected: %d %s", arguments, found, text, code, first_line);
}

TEST(a_command_line_that_makes_no_sense_ends_with_2)
{
    expect_line("gte", 2, "gitopsctl: there is no verb gte; did you mean gitopsctl get?");
    expect_line("zzzz", 2, "gitopsctl: there is no verb zzzz");
    expect_line("--namespace x", 2, "gitopsctl: which verb? 'gitopsctl --help' lists all.");
    expect_line("get --namspace x", 2,
                "gitopsctl get: unknown option --namspace; did you mean --namespace?");
    expect_line("get -o xml", 2,
                "gitopsctl get: --output xml: must be one of table|wide|json|yaml|name");
    expect_line("get -A shop", 2,
                "gitopsctl get: names and --all-namespaces exclude each other: use NAMESPACE/NAME");
    expect_line("render a b", 2,
                "gitopsctl render: what is b? Expected: gitopsctl render [PATH | "
                "REPO@REVISION:PATH | URL]");
    expect_line("render --colour never", 2,
                "gitopsctl render: unknown option --colour; did you mean --color?");
    expect_line("help gte", 2, "gitopsctl: there is no verb gte; did you mean gitopsctl get?");
}

TEST(options_may_stand_before_the_verb)
{
    expect_line("-n x --context=a --kubeconfig /nonexistent get", 1,
                "gitopsctl get: load kubeconfig: /nonexistent: No such file or directory");
    expect_line("--help get", 0, "gitopsctl get - list Applications and where each one stands");
}

/* Each verb has help of lines that a terminal of 100 columns shows, with examples. */
TEST(every_verb_has_help)
{
    int code;
    cleanup_free char *list = gitopsctl("--help", &code);
    size_t count = 0;

    EXPECT_INT(code, 0);
    for (char *line = strtok(list, "\n"); line; line = strtok(NULL, "\n")) {
        cleanup_free char *command = NULL;
        cleanup_free char *help = NULL;
        char name[32];

        if (!str_has_prefix(line, "  ") || sscanf(line, "%31s", name) != 1)
            continue;
        count++;
        command = xasprintf("%s --help", name);
        help = gitopsctl(command, &code);
        EXPECT_INT(code, 0);
        EXPECT(strstr(help, "\nUsage:\n  gitopsctl ") != NULL);
        for (const char *at = help; *at; at += strcspn(at, "\n") + 1)
            if (strcspn(at, "\n") > 100)
                fail_msg("%s: longer than 100 columns: %.*s", command, (int)strcspn(at, "\n"), at);
    }
    EXPECT(count >= 5);
}

TEST(without_a_verb_the_list_is_printed_and_that_is_an_error)
{
    int code;
    cleanup_free char *none = gitopsctl("", &code);
    cleanup_free char *help = NULL;

    EXPECT_INT(code, 2);
    help = gitopsctl("--help", &code);
    EXPECT_INT(code, 0);
    EXPECT_STR(none, help);
}
