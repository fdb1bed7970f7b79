/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buf.h"

#include "tests/test.h"

#include <sys/wait.h>

/* What `gitopsctl health ARGUMENTS` prints in the directory of the test, its output first. */
static char *health(int *code, const char *dir, const char *arguments)
{
    const char *bin = getenv("GITOPSD_BIN");
    cleanup_free char *root = realpath(bin ? bin : "build/asan/bin", NULL);
    cleanup_free char *command = xasprintf("cd %s && %s/gitopsctl health %s 2>errors; code=$?; "
                                           "cat errors; exit $code",
                                           dir, root, arguments);
    struct buf out = BUF_UNLIMITED;
    FILE *f = popen(command, "r");
    char chunk[4096];
    size_t n;
    int status;

    assert_non_null(f);
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        buf_put(&out, chunk, n);
    status = pclose(f);
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return buf_take(&out);
}

struct command {
    const char *arguments;
    int code;
    const char *want; /* all that is printed */
};

static void expect_all(const struct command *commands, size_t count)
{
    const char *dir = test_tmpdir();

    test_write_file(dir, "job.yaml",
                    "apiVersion: batch/v1\nkind: Job\nstatus:\n  conditions:\n"
                    "  - {type: Failed, status: \"True\", message: too late}\n");
    test_write_file(dir, "pod.json",
                    "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"status\": {\"phase\": "
                    "\"Succeeded\"}, \"metadata\": {\"deletionTimestamp\": \"x\"}}");
    test_write_file(dir, "map.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    test_write_file(dir, "two.yaml", "kind: A\n---\nkind: B\n");
    test_write_file(dir, "no.yaml", "kind: A\n");
    test_write_file(dir, "twice.yaml",
                    "apiVersion: v1\nkind: Pod\nstatus: {phase: Running}\n"
                    "status: {phase: Succeeded}\n");
    test_write_file(dir, "bad.yaml", "kind: [\n");
    test_write_file(dir, "kind.lua", "return {status = 'Healthy', message = obj.kind}\n");
    test_write_file(dir, "open.lua",
                    "return {status = 'Healthy', message = string.lower(obj.kind)}\n");
    test_write_file(dir, "endless.lua", "while true do end\n");
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *got = NULL;
        int code;

        got = health(&code, dir, commands[i].arguments);
        if (code != commands[i].code || !streq(got, commands[i].want))
            fail_msg("gitopsctl health %s: %d\n%s\nexpected: %d\n%s", commands[i].arguments, code,
                     got, commands[i].code, commands[i].want);
    }
}

TEST(one_object_is_told_by_its_kind)
{
    static const struct command commands[] = {
        {"job.yaml", 0, "Degraded: too late\n"},
        {"- <job.yaml", 0, "Degraded: too late\n"},
        {"twice.yaml", 0, "Healthy: \n"}, /* the last one counts, as for kubectl */
        {"pod.json", 0, "Progressing: Pending deletion\n"},
        {"map.yaml", 0,
         "no health: nothing is known of v1 ConfigMap, and it has no conditions that tell\n"},
    };

    expect_all(commands, ARRAY_LEN(commands));
}

TEST(one_object_is_told_by_a_script)
{
    static const struct command commands[] = {
        {"job.yaml --script kind.lua", 0, "Healthy: Job\n"},
        {"--script=kind.lua job.yaml", 0, "Healthy: Job\n"},
        {"job.yaml --script - <kind.lua", 0, "Healthy: Job\n"},
        {"pod.json --script kind.lua", 0, "Healthy: Pod\n"}, /* whatever else is true of it */
        {"job.yaml --script /dev/null", 0, "no health: the script returned no status\n"},
        {"job.yaml --script open.lua --open-libs", 0, "Healthy: job\n"},
        {"job.yaml --script open.lua", 0,
         "Healthy: job\n"
         "note: in argocd-cm this script needs resource.customizations.useOpenLibs...: \"true\"; "
         "without it: health.lua:1: attempt to index global 'string' (a nil value)\n"},
        {"job.yaml --script job.yaml", 0,
         "Unknown: health.lua:1: function arguments expected near '/'\n"},
    };

    expect_all(commands, ARRAY_LEN(commands));
}

TEST(a_script_that_does_not_end_is_ended)
{
    static const struct command commands[] = {
        {"map.yaml --script endless.lua", 0, "Unknown: the health script took longer than 1 s\n"},
    };

    expect_all(commands, ARRAY_LEN(commands));
}

TEST(what_cannot_be_told_says_why)
{
#define HELP "'gitopsctl health --help' says how it is used.\n"
    static const struct command commands[] = {
        {"", 2, "gitopsctl health: something is missing: gitopsctl health OBJECT.yaml|-\n" HELP},
        {"a b", 2, "gitopsctl health: what is b? Expected: gitopsctl health OBJECT.yaml|-\n" HELP},
        {"--scrip=x job.yaml", 2,
         "gitopsctl health: unknown option --scrip; did you mean --script?\n" HELP},
        {"job.yaml --script", 2, "gitopsctl health: --script: its value is missing: FILE\n" HELP},
        {"- --script -", 2, "gitopsctl health: only one of object and script can be \"-\"\n" HELP},
        {"none.yaml", 2, "gitopsctl health: none.yaml: No such file or directory\n"},
        {"job.yaml --script none.lua", 2,
         "gitopsctl health: none.lua: No such file or directory\n"},
        {".", 2, "gitopsctl health: .: Is a directory\n"},
        {"two.yaml", 2, "gitopsctl health: two.yaml: holds 2 documents, not one object\n"},
        {"/dev/null", 2, "gitopsctl health: /dev/null: holds 0 documents, not one object\n"},
        {"no.yaml", 2,
         "gitopsctl health: no.yaml: no Kubernetes object: it has no apiVersion or no kind\n"},
        {"- <no.yaml", 2,
         "gitopsctl health: standard input: no Kubernetes object: it has no apiVersion or no "
         "kind\n"},
        {"bad.yaml", 2,
         "gitopsctl health: bad.yaml:2:1: did not find expected node content while parsing a flow "
         "node\n"},
    };

    expect_all(commands, ARRAY_LEN(commands));
}
