/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/gpg.h"

#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "lib/base/run.h"
#include "lib/git/signature.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_PROBLEMS 10
#define MAX_COMMITS 5000
#define MAX_OUTPUT_BYTES (1 << 20)
#define TIMEOUT_MS 30000 /* one signature takes some milliseconds */
#define SEAL_TRAILER "Argocd-gpg-seal:"

struct gpg {
    const struct gpg_check *check;
    struct worker_job *job;
    char home[64];
    struct buf problems;
    size_t problem_count;
};

/* Its status lines. How it ends says nothing that they do not. */
static int run(const struct gpg *g, const char *verb, const char *file, const char *other,
               struct buf *out, struct error **err)
{
    const char *const args[] = {
        "gpg",           "--homedir", g->home,       "--batch", "--no-tty", "--no-autostart",
        "--trust-model", "always",    "--status-fd", "1",       verb,       file,
        other,           NULL};
    static const char *const env[] = {"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin", NULL};
    const struct run_spec spec = {
        .args = args,
        .env = env,
        .timeout_ms = g->check->timeout_ms ? g->check->timeout_ms : TIMEOUT_MS,
        .job = g->job,
    };
    cleanup_error struct error *why = NULL;
    int status;

    if (run_program(&spec, out, &status, &why) == 0)
        return 0;
    if (error_kind(why) == ERROR_UNAVAILABLE)
        return error_set(err, ERROR_UNAVAILABLE,
                         "gpg cannot be run (%s): signatures are required, so install gnupg",
                         error_message(why));
    if (error_kind(why) == ERROR_TIMEOUT)
        return error_set(err, ERROR_TIMEOUT, "gpg: %s and is tried again", error_message(why));
    error_move(err, &why);
    return error_wrap(err, "gpg");
}

/* Of errno. The directory's name is another one each time, which would be news each time. */
static int fail_in_tmp(struct error **err)
{
    return error_set(err, ERROR_UNAVAILABLE,
                     "gpg needs a directory in /tmp: %s: signatures are required, so let /tmp be "
                     "writable and have a megabyte of space",
                     strerror(errno));
}

static int write_file(const struct gpg *g, const char *name, const char *text, size_t len,
                      char **path, struct error **err)
{
    FILE *f;
    bool ok;

    *path = xasprintf("%s/%s", g->home, name);
    f = fopen(*path, "we");
    ok = f && fwrite(text, 1, len, f) == len;
    if ((f && fclose(f) != 0) || !ok)
        return fail_in_tmp(err);
    return 0;
}

static int import_keys(const struct gpg *g, struct error **err)
{
    for (size_t i = 0; i < g->check->texts->len; i++) {
        cleanup_buf struct buf out = BUF_INIT(MAX_OUTPUT_BYTES);
        cleanup_free char *path = NULL;
        const char *text = g->check->texts->items[i];

        if (write_file(g, "key", text, strlen(text), &path, err) < 0 ||
            run(g, "--import", path, NULL, &out, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- one commit or tag ---- */

/* What follows a status keyword at the beginning of a line, or NULL. Behind it there may be the
 * name of a key, which is whatever its owner liked. */
static const char *status_of(const char *lines, const char *keyword)
{
    cleanup_free char *prefix = xasprintf("[GNUPG:] %s ", keyword);

    for (const char *at = strstr(lines, prefix); at; at = strstr(at + 1, prefix))
        if (at == lines || at[-1] == '\n')
            return at + strlen(prefix);
    return NULL;
}

/* The words of Argo CD; NULL: it is good. `key_id`: of 16 digits, or "". */
static const char *judge(const char *lines, char key_id[17])
{
    static const struct {
        const char *keyword;
        const char *result; /* NULL: good, as far as gpg is concerned */
    } outcomes[] = {
        {"BADSIG", "bad signature"},
        {"REVKEYSIG", "revoked key"},
        {"EXPKEYSIG", "signed with expired key"},
        {"EXPSIG", "expired signature"},
        {"NO_PUBKEY", "signed with key not in keyring"},
        {"ERRSIG", "signed with key not in keyring"},
        {"GOODSIG", NULL},
    };

    *key_id = '\0';
    for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
        const char *rest = status_of(lines, outcomes[i].keyword);

        if (!rest)
            continue;
        snprintf(key_id, 17, "%.*s", (int)strcspn(rest, " \n"), rest);
        return outcomes[i].result;
    }
    return "bad signature";
}

static void add_problem(struct gpg *g, const char *revision, const struct git_signed *s,
                        const char *result, const char *key_id)
{
    if (g->problem_count++ >= MAX_PROBLEMS)
        return;
    buf_printf(&g->problems, "%sFailed verifying revision %s by '%s': %s (key_id=%s)",
               g->problems.len ? "\n" : "", revision, s->author, result, key_id);
}

/* The policy's keys are what is known by its name, whatever else is in the keyring. A signature by
 * a subkey counts for it: its primary key is in VALIDSIG's last field. */
static bool is_allowed(const struct gpg *g, const char *lines, const char *key_id)
{
    const char *valid = status_of(lines, "VALIDSIG");
    cleanup_free char *line = valid ? xstrndup(valid, strcspn(valid, "\n")) : xstrdup("");
    const char *primary = strrchr(line, ' ');
    size_t len = primary ? strlen(primary) : 0;

    return strvec_has(g->check->keys, key_id) ||
           (len > 16 && strvec_has(g->check->keys, primary + len - 16));
}

/* Returns whether it is signed as it has to be. */
static int verify(struct gpg *g, const char *revision, const struct git_signed *s, bool *good,
                  struct error **err)
{
    cleanup_buf struct buf lines = BUF_INIT(MAX_OUTPUT_BYTES);
    cleanup_free char *signature = NULL;
    cleanup_free char *content = NULL;
    const char *result;
    char key_id[17] = "";

    *good = false;
    if (!s->signature) {
        add_problem(g, revision, s, "unsigned", "");
        return 0;
    }
    if (write_file(g, "signature", s->signature, strlen(s->signature), &signature, err) < 0 ||
        write_file(g, "content", s->content, s->content_len, &content, err) < 0 ||
        run(g, "--verify", signature, content, &lines, err) < 0)
        return -1;
    result = judge(lines.data, key_id);
    if (!result && !is_allowed(g, lines.data, key_id))
        result = "signed with unallowed key";
    if (result)
        add_problem(g, revision, s, result, key_id);
    *good = !result;
    return 0;
}

/* ---- the commits that count ---- */

static bool is_seal(const struct git_signed *s)
{
    const char *at = strstr(s->message, SEAL_TRAILER);

    return at && (at == s->message || at[-1] == '\n');
}

static int verify_tag(struct gpg *g, struct git_repository_handle *repo, struct error **err)
{
    struct git_signed s = {0};
    bool good;
    int result = git_signed_read_tag(repo, g->check->tag, g->check->commit, &s, err);

    if (result == 0)
        result = verify(g, s.tag, &s, &good, err);
    git_signed_clear(&s);
    return result;
}

static int verify_commits(struct gpg *g, struct git_repository_handle *repo, struct error **err)
{
    cleanup_strvec struct strvec queue = {0};
    cleanup_map struct map seen = {0};

    strvec_push(&queue, g->check->commit);
    for (size_t i = 0; i < queue.len && g->problem_count < MAX_PROBLEMS; i++) {
        struct git_signed s = {0};
        bool good = false;
        int result;

        if (worker_job_canceled(g->job))
            return error_set(err, ERROR_CANCELED, "canceled");
        worker_job_step(g->job);
        if (i >= MAX_COMMITS)
            return error_set(err, ERROR_TOO_LARGE,
                             "more than %d commits are to be verified: seal the history with a "
                             "signed commit that has the trailer " SEAL_TRAILER,
                             MAX_COMMITS);
        if (git_signed_read(repo, queue.items[i], &s, err) < 0)
            return -1;
        result = verify(g, queue.items[i], &s, &good, err);
        if (g->check->mode == SIGNING_STRICT && !(good && is_seal(&s)))
            for (size_t p = 0; p < s.parents.len; p++)
                if (!map_has(&seen, s.parents.items[p])) {
                    map_set(&seen, s.parents.items[p], g);
                    strvec_push(&queue, s.parents.items[p]);
                }
        git_signed_clear(&s);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int verify_all(struct gpg *g, struct git_repository_handle *repo, struct error **err)
{
    bool has_tag = g->check->tag && *g->check->tag;

    if (has_tag && verify_tag(g, repo, err) < 0)
        return -1;
    if (has_tag && g->check->mode == SIGNING_HEAD)
        return 0;
    return verify_commits(g, repo, err);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

int gpg_verify(const struct gpg_check *check, struct worker_job *job, char **problem,
               struct error **err)
{
    cleanup_git_repository struct git_repository_handle *repo = NULL;
    struct gpg g = {
        .check = check, .job = job, .home = "/tmp/gitopsd-gpg-XXXXXX", .problems = BUF_UNLIMITED};
    int result;

    if (check->mode == SIGNING_NONE)
        return 0;
    if (git_open(check->repo_dir, &repo, err) < 0)
        return -1;
    if (!mkdtemp(g.home))
        return fail_in_tmp(err);
    result = import_keys(&g, err) < 0 ? -1 : verify_all(&g, repo, err);
    nftw(g.home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    if (result == 0 && g.problem_count)
        *problem = xasprintf("GIT/GPG: %s", g.problems.data);
    buf_clear(&g.problems);
    return result;
}
