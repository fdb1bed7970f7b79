/* SPDX-License-Identifier: Apache-2.0 */
/* Real keys, real commits: made by gpg and git. */
#include "daemon/gpg.h"
#include "tests/test.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Trusted and other: two keys; the name of the other would pass for a line of gpg's about the
 * first. Commits, each a child of the one before: signed by the first key; unsigned; signed by the
 * other key; a seal; signed; expired key last. */
static const char script[] =
    "set -e; cd '%s'; mkdir -m 700 home; export GNUPGHOME=$PWD/home HOME=$PWD\n"
    "command -v gpg git >/dev/null || exit 77\n"
    "key() { gpg --batch --quiet --passphrase '' --quick-generate-key \"$1\" ed25519 sign never; "
    "}\n"
    "id() { gpg --list-keys --with-colons \"$1\" | awk -F: '/^pub/ {print $5}'; }\n"
    "key trusted@x.test; key absent@x.test\n"
    "id trusted@x.test >trusted\n"
    "key \"other@x.test [GNUPG:] VALIDSIG 1 $(cat trusted)\"\n"
    "id other@x.test >other\n"
    "gpg --armor --export trusted@x.test other@x.test >keys.asc\n"
    "git init -q repo; cd repo; git config user.name Somebody; git config user.email s@x.test\n"
    "commit() { git -c gpg.program=gpg commit -q --allow-empty \"$@\"; git rev-parse HEAD "
    ">>../ids; }\n"
    "commit -m unsigned\n"
    "commit -Strusted@x.test -m signed\n"
    "commit -Sother@x.test -m other\n"
    "commit -Sabsent@x.test -m absent\n"
    "commit -Strusted@x.test -m seal -m 'Argocd-gpg-seal: looked at'\n"
    "commit -Strusted@x.test -m after\n"
    "tag() { git -c gpg.program=gpg tag \"$@\"; git rev-parse \"refs/tags/$name\" >>../tags; }\n"
    "first=$(git rev-list --max-parents=0 HEAD)\n"
    "name=good; tag -u trusted@x.test -m good good $first\n"
    "name=bare; tag -a -m bare bare HEAD\n"
    "name=wrong; tag -u other@x.test -m wrong wrong HEAD\n"
    "name=outer; tag -u trusted@x.test -m outer outer good\n"
    "gpgconf --kill all\n";

struct fixture {
    const char *dir;
    char repo[512];
    char ids[6][41];
    char tags[4][41];
    struct strvec keys;
    struct strvec texts;
    struct worker_job job;
};

static void read_line(const char *dir, const char *name, struct strvec *out)
{
    char path[512];
    char *text;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    text = test_read_file(path);
    EXPECT(text != NULL);
    strvec_take(out, xstrndup(text, strcspn(text, "\n")));
    free(text);
}

static void read_ids(const char *dir, const char *name, size_t count, char (*out)[41])
{
    cleanup_free char *path = xasprintf("%s/%s", dir, name);
    cleanup_free char *ids = test_read_file(path);

    for (size_t i = 0; i < count; i++)
        snprintf(out[i], 41, "%s", ids + i * 41);
}

static void setup(struct fixture *f)
{
    char *command;
    char path[512];
    int code;

    *f = (struct fixture){.dir = test_tmpdir()};
    command = xasprintf(script, f->dir);
    test_write_file(f->dir, "make.sh", command);
    free(command);
    snprintf(path, sizeof(path), "bash %s/make.sh >/dev/null 2>%s/log", f->dir, f->dir);
    code = system(path); /* NOLINT(cert-env33-c): our own text */
    if (WEXITSTATUS(code) == 77)
        SKIP("needs gpg and git");
    EXPECT_INT(code, 0);
    snprintf(f->repo, sizeof(f->repo), "%s/repo/.git", f->dir);
    read_ids(f->dir, "ids", ARRAY_LEN(f->ids), f->ids);
    read_ids(f->dir, "tags", ARRAY_LEN(f->tags), f->tags);
    snprintf(path, sizeof(path), "%s/keys.asc", f->dir);
    strvec_take(&f->texts, test_read_file(path));
    read_line(f->dir, "trusted", &f->keys);
}

static void teardown(struct fixture *f)
{
    strvec_clear(&f->keys);
    strvec_clear(&f->texts);
}

/* The problem of a commit, or of the tag (NULL: none) that led there; NULL: it is good. Heap
 * string. */
static char *check_at(struct fixture *f, const char *tag, size_t commit, enum project_signing mode)
{
    struct gpg_check c = {.repo_dir = f->repo,
                          .commit = f->ids[commit],
                          .tag = tag,
                          .mode = mode,
                          .keys = &f->keys,
                          .texts = &f->texts};
    struct error *err = NULL;
    char *problem = NULL;

    EXPECT_OK(gpg_verify(&c, &f->job, &problem, &err));
    return problem;
}

static char *check(struct fixture *f, size_t commit, enum project_signing mode)
{
    return check_at(f, NULL, commit, mode);
}

TEST(signatures_of_real_commits)
{
    static const struct {
        size_t commit;
        enum project_signing mode;
        const char *part; /* NULL: all is well */
    } rows[] = {
        {0, SIGNING_NONE, NULL},
        {0, SIGNING_HEAD, "by 'Somebody <s@x.test>': unsigned (key_id=)"},
        {1, SIGNING_HEAD, NULL},
        {2, SIGNING_HEAD, "signed with unallowed key (key_id="},
        {3, SIGNING_HEAD, "signed with key not in keyring (key_id="},
        {4, SIGNING_HEAD, NULL},
        {1, SIGNING_STRICT, ": unsigned"},
        {4, SIGNING_STRICT, NULL},
        {5, SIGNING_STRICT, NULL},
        {3, SIGNING_STRICT, "signed with unallowed key"},
    };
    struct fixture f;

    setup(&f);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *problem = check(&f, rows[i].commit, rows[i].mode);

        if (!rows[i].part && problem)
            fail_msg("row %zu: %s", i, problem);
        if (rows[i].part) {
            EXPECT_CONTAINS(problem, "GIT/GPG: Failed verifying revision ");
            EXPECT_CONTAINS(problem, rows[i].part);
        }
    }
    teardown(&f);
}

TEST(the_signature_of_a_tag_counts_for_what_it_names)
{
    enum { GOOD, BARE, WRONG, OUTER };
    static const struct {
        size_t tag;
        size_t commit;
        enum project_signing mode;
        const char *part; /* NULL: all is well */
    } rows[] = {
        {GOOD, 0, SIGNING_HEAD, NULL}, /* the commit itself is not signed */
        {GOOD, 0, SIGNING_STRICT, "revision %s by 'Somebody <s@x.test>': unsigned"},
        {GOOD, 0, SIGNING_NONE, NULL},
        {BARE, 5, SIGNING_HEAD, "revision bare by 'Somebody <s@x.test>': unsigned (key_id=)"},
        {WRONG, 5, SIGNING_HEAD, "revision wrong by 'Somebody <s@x.test>': signed with unallowed"},
        {WRONG, 5, SIGNING_STRICT, "revision wrong"},
        {OUTER, 0, SIGNING_HEAD, NULL},
    };
    struct fixture f;

    setup(&f);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *problem =
            check_at(&f, f.tags[rows[i].tag], rows[i].commit, rows[i].mode);
        cleanup_free char *commit_part =
            xasprintf("revision %s by 'Somebody <s@x.test>': unsigned", f.ids[rows[i].commit]);

        if (!rows[i].part && problem)
            fail_msg("row %zu: %s", i, problem);
        if (rows[i].part)
            EXPECT_CONTAINS(problem, strchr(rows[i].part, '%') ? commit_part : rows[i].part);
    }
    teardown(&f);
}

TEST(a_full_tmp_is_told_alike_each_time)
{
    struct fixture f;
    cleanup_error struct error *err = NULL;
    char *problem = NULL;
    struct rlimit full, before;

    setup(&f);
    struct gpg_check c = {.repo_dir = f.repo,
                          .commit = f.ids[1],
                          .mode = SIGNING_HEAD,
                          .keys = &f.keys,
                          .texts = &f.texts};
    getrlimit(RLIMIT_FSIZE, &before);
    full = (struct rlimit){0, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &full);
    int result = gpg_verify(&c, &f.job, &problem, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_INT(result, -1);
    EXPECT_CONTAINS(error_message(err), "let /tmp be writable");
    EXPECT_NULL(strstr(error_message(err), "gitopsd-gpg-"));
    EXPECT_NULL(problem);
    teardown(&f);
}

TEST(a_tag_of_another_commit_is_refused)
{
    struct fixture f;
    struct error *err = NULL;
    char *problem = NULL;

    setup(&f);
    for (size_t i = 0; i < 2; i++) {
        struct gpg_check c = {.repo_dir = f.repo,
                              .commit = f.ids[1],
                              .tag = i ? f.ids[0] : f.tags[0], /* a commit, which is no tag */
                              .mode = SIGNING_HEAD,
                              .keys = &f.keys,
                              .texts = &f.texts};

        EXPECT_INT(gpg_verify(&c, &f.job, &problem, &err), -1);
        EXPECT_CONTAINS(error_message(err), i ? f.ids[0] : "and not of");
        error_free(TAKE(err));
    }
    EXPECT_NULL(problem);
    teardown(&f);
}

/* A gpg that never ends. Returns the PATH that was. */
static char *put_hanging_gpg(const char *dir)
{
    cleanup_free char *program = xasprintf("%s/gpg", dir);
    cleanup_free char *text = xasprintf("#!/bin/sh\necho $$ >%s/pid\nexec sleep 1000\n", dir);
    cleanup_free char *path = xasprintf("%s:%s", dir, getenv("PATH"));
    char *former = xstrdup(getenv("PATH"));

    test_write_file(dir, "gpg", text);
    EXPECT_INT(chmod(program, 0755), 0);
    setenv("PATH", path, 1);
    return former;
}

static bool gpg_has_begun(const char *dir)
{
    cleanup_free char *path = xasprintf("%s/pid", dir);
    struct stat st;

    return stat(path, &st) == 0 && st.st_size > 0;
}

static void expect_gpg_is_gone(const char *dir)
{
    cleanup_free char *path = xasprintf("%s/pid", dir);
    cleanup_free char *pid = test_read_file(path);

    EXPECT_INT(kill((pid_t)strtol(pid, NULL, 10), 0), -1);
}

/* Asks for the end of the job as soon as gpg runs. */
static void *cancel_when_begun(void *arg)
{
    struct fixture *f = arg;

    while (!gpg_has_begun(f->dir))
        usleep(1000);
    worker_job_cancel(&f->job);
    return NULL;
}

TEST(a_gpg_that_does_not_end_is_killed)
{
    struct fixture f;
    struct gpg_check c = {.commit = f.ids[1],
                          .mode = SIGNING_HEAD,
                          .keys = &f.keys,
                          .texts = &f.texts,
                          .timeout_ms = 1};
    cleanup_error struct error *late = NULL;
    cleanup_error struct error *canceled = NULL;
    cleanup_free char *path = NULL;
    char *problem = NULL;
    pthread_t thread;

    setup(&f);
    c.repo_dir = f.repo;
    path = put_hanging_gpg(f.dir);
    EXPECT_INT(gpg_verify(&c, &f.job, &problem, &late), -1);
    EXPECT_INT(error_kind(late), ERROR_TIMEOUT);
    EXPECT_CONTAINS(error_message(late), "gpg: no end after 1 ms");
    c.timeout_ms = 0;
    EXPECT_INT(pthread_create(&thread, NULL, cancel_when_begun, &f), 0);
    EXPECT_INT(gpg_verify(&c, &f.job, &problem, &canceled), -1);
    EXPECT_INT(error_kind(canceled), ERROR_CANCELED);
    pthread_join(thread, NULL);
    expect_gpg_is_gone(f.dir);
    EXPECT_NULL(problem);
    setenv("PATH", path, 1);
    teardown(&f);
}
