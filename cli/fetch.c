/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fetch.h"

#include "cli/verbs/progress.h"
#include "lib/net/http.h"

#include <errno.h>
#include <ftw.h>
#include <unistd.h>

#define MAX_FETCH_BYTES (2ULL << 30)
#define MAX_FILE_BYTES (64u << 20)
#define FILE_TIMEOUT_MS 60000
#define MAX_REDIRECTS 10

struct fetcher {
    uv_loop_t loop;
    uv_timer_t ticker; /* draws the progress line */
    struct git_workers *git;
    struct http_client *http;
    char *dir; /* NULL: not needed so far */
    unsigned count;
    struct ptrvec repositories; /* struct git_repository_handle */
};

struct fetcher *fetcher_new(void)
{
    static const struct http_options http = {.user_agent = "gitopsctl/" GITOPSD_VERSION};
    struct fetcher *f = xcalloc(1, sizeof(*f));

    uv_loop_init(&f->loop);
    progress_watch(&f->ticker, &f->loop);
    f->git = git_workers_new(&f->loop, NULL, 1);
    f->http = http_client_new(&f->loop, &http);
    return f;
}

static void tell(const char *url)
{
    cleanup_free char *shown = git_url_shown(url);

    progress_say("fetching %s", shown);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void fetcher_free(struct fetcher *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->repositories.len; i++)
        git_close(f->repositories.items[i]);
    ptrvec_clear(&f->repositories);
    uv_close((uv_handle_t *)&f->ticker, NULL);
    git_workers_free(f->git);
    http_client_free(f->http);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    uv_loop_close(&f->loop);
    if (f->dir)
        nftw(f->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(f->dir);
    free(f);
}

/* ---- repositories ---- */

struct git_step {
    const char *revision; /* to be found among the references; NULL: nothing */
    const char *tag_prefix;
    char oid[GIT_OID_HEX_BYTES];
    char *ref;
    struct error *err;
    bool done;
};

static void on_git(void *arg, const struct git_refs *refs, const struct error *err)
{
    struct git_step *step = arg;

    step->err = error_copy(err);
    if (!err && step->revision)
        git_refs_resolve_prefixed(refs, step->revision, step->tag_prefix, step->oid, &step->ref,
                                  &step->err);
    step->done = true;
}

static int wait_for(struct fetcher *f, struct git_step *step, struct error **err)
{
    while (!step->done)
        uv_run(&f->loop, UV_RUN_ONCE);
    step->done = false;
    if (!step->err)
        return 0;
    *err = TAKE(step->err);
    return -1;
}

static int make_dir(struct fetcher *f, struct error **err)
{
    const char *tmp = getenv("TMPDIR");
    cleanup_free char *dir = xasprintf("%s/gitopsctl-XXXXXX", tmp && *tmp ? tmp : "/tmp");

    if (f->dir)
        return 0;
    if (!mkdtemp(dir))
        return error_set(err, ERROR_UNAVAILABLE, "%s: %s", dir, strerror(errno));
    f->dir = TAKE(dir);
    return 0;
}

static int clone_into(struct fetcher *f, const struct fetch_wish *wish, const char *dir,
                      struct git_step *step, struct error **err)
{
    step->revision = *wish->revision ? wish->revision : "HEAD";
    step->tag_prefix = wish->tag_prefix ? wish->tag_prefix : "";
    git_list_remote(f->git, wish->url, wish->credentials, wish->timeout_ms, on_git, step);
    if (wait_for(f, step, err) < 0)
        return -1;
    step->revision = NULL;
    git_fetch(f->git, wish->url, dir, step->ref, step->oid, NULL, wish->credentials,
              wish->timeout_ms, MAX_FETCH_BYTES, on_git, step);
    return wait_for(f, step, err);
}

int fetch_commit(struct fetcher *f, const struct fetch_wish *wish, char **dir,
                 char oid[GIT_OID_HEX_BYTES], struct error **err)
{
    cleanup_free char *clone = NULL;
    struct git_step step = {0};
    int result;

    if (make_dir(f, err) < 0)
        return -1;
    clone = xasprintf("%s/%u", f->dir, f->count++);
    tell(wish->url);
    result = clone_into(f, wish, clone, &step, err);
    progress_erase();
    free(step.ref);
    if (result < 0)
        return -1;
    memcpy(oid, step.oid, GIT_OID_HEX_BYTES);
    *dir = TAKE(clone);
    return 0;
}

int fetch_repository(void *arg, const struct remote_repository *r, struct file_tree **tree,
                     struct error **err)
{
    struct fetcher *f = arg;
    struct fetch_wish wish = {
        .url = r->url, .revision = r->ref, .timeout_ms = (uint64_t)r->timeout_s * 1000};
    cleanup_free char *dir = NULL;
    char oid[GIT_OID_HEX_BYTES];
    struct git_repository_handle *repo;

    if (fetch_commit(f, &wish, &dir, oid, err) < 0 || git_open(dir, &repo, err) < 0)
        return error_wrap(err, "%s", r->raw);
    ptrvec_push(&f->repositories, repo);
    return git_tree_open(repo, oid, tree, err);
}

/* ---- files ---- */

struct http_step {
    struct buf *out;
    char *redirect; /* NULL: none */
    struct error *err;
    bool done;
};

static void on_http(void *arg, const struct http_response *response, const struct error *err)
{
    struct http_step *step = arg;

    step->done = true;
    if (err)
        step->err = error_copy(err);
    else if (response->status >= 200 && response->status <= 299)
        buf_append(step->out, response->body.data, response->body.len, &step->err);
    else if (response->status <= 399 && str_has_prefix(response->redirect_url, "http"))
        step->redirect = xstrdup(response->redirect_url);
    else
        error_set(&step->err, ERROR_INVALID, "the server answers with status %d", response->status);
}

static int get(struct fetcher *f, const char *url, struct http_step *step, struct error **err)
{
    struct http_request_spec spec = {.method = "GET",
                                     .url = url,
                                     .timeout_ms = FILE_TIMEOUT_MS,
                                     .max_body_bytes = MAX_FILE_BYTES};

    step->done = false;
    tell(url);
    http_start(f->http, &spec, NULL, on_http, step);
    while (!step->done)
        uv_run(&f->loop, UV_RUN_ONCE);
    progress_erase();
    if (!step->err)
        return 0;
    *err = TAKE(step->err);
    return -1;
}

int fetch_file(void *arg, const char *url, struct buf *out, struct error **err)
{
    struct fetcher *f = arg;
    struct http_step step = {.out = out};
    cleanup_free char *at = xstrdup(url);

    for (unsigned i = 0; i <= MAX_REDIRECTS; i++) {
        if (get(f, at, &step, err) < 0)
            return error_wrap(err, "%s", url);
        if (!step.redirect)
            return 0;
        free(at);
        at = TAKE(step.redirect);
    }
    return error_set(err, ERROR_UNAVAILABLE, "%s: it is redirected too often", url);
}
