/* SPDX-License-Identifier: Apache-2.0 */
/* Real keys, real commits: made by gpg and git. */
#include "daemon/gpg.h"
#include "tests/test.h"

#include <stdlib.h>

/* Trusted and other: two keys. Commits, each a child of the one before: signed by the first key;
 * unsigned; signed by the other key; a seal; signed; expired key last. */
static const char script[] =
    "set -e; cd '%s'; mkdir -m 700 home; export GNUPGHOME=$PWD/home HOME=$PWD\n"
    "command -v gpg git >/dev/null || exit 77\n"
    "key() { gpg --batch --quiet --passphrase '' --quick-generate-key \"$1\" ed25519 sign never; "
    "}\n"
    "id() { gpg --list-keys --with-colons \"$1\" | awk -F: '/^pub/ {print $5}'; }\n"
    "key trusted@x.test; key other@x.test; key absent@x.test\n"
    "id trusted@x.test >trusted; id other@x.test >other\n"
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
    "gpgconf --kill all\n";

struct fixture {
    const char *dir;
    char repo[512];
    char ids[6][41];
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

static void setup(struct fixture *f)
{
    char *command;
    char path[512];
    char *ids;
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
    snprintf(path, sizeof(path), "%s/ids", f->dir);
    ids = test_read_file(path);
    for (size_t i = 0; i < ARRAY_LEN(f->ids); i++)
        snprintf(f->ids[i], 41, "%s", ids + i * 41);
    free(ids);
    snprintf(path, sizeof(path), "%s/keys.asc", f->dir);
    strvec_take(&f->texts, test_read_file(path));
    read_line(f->dir, "trusted", &f->keys);
}

static void teardown(struct fixture *f)
{
    strvec_clear(&f->keys);
    strvec_clear(&f->texts);
}

/* The problem, or NULL. Heap string. */
static char *check(struct fixture *f, size_t commit, enum project_signing mode)
{
    struct gpg_check c = {.repo_dir = f->repo,
                          .commit = f->ids[commit],
                          .mode = mode,
                          .keys = &f->keys,
                          .texts = &f->texts};
    struct error *err = NULL;
    char *problem = NULL;

    EXPECT_OK(gpg_verify(&c, &f->job, &problem, &err));
    return problem;
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
