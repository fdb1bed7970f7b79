/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/render_remote.h"

#include "daemon/source/remote_url.h"
#include "kustomize/remote.h"
#include "lib/git/git.h"

static int check_allowed(const struct render_remote *r, const char *url, struct error **err)
{
    static const struct strvec none = {0};

    return remote_url_check(r->allowed ? r->allowed : &none, url, err);
}

/* What is known, or the error that there is nothing to build from. */
static int ask(struct render_remote *r, const char *url, const char *ref,
               const struct remote_answer **out, struct error **err)
{
    const struct remote_answer *a;

    if (check_allowed(r, url, err) < 0)
        return -1;
    /* The engine may take a file that waits for a repository: one thing after the other. */
    if (r->waits)
        return error_set(err, ERROR_UNAVAILABLE, "waits for something else");
    remote_questions_add(&r->questions, url, ref);
    a = remote_view_find(r->view, url, ref);
    if (!a) {
        r->waits = true;
        return error_set(err, ERROR_UNAVAILABLE, "waits for %s%s%s", url, ref && *ref ? "@" : "",
                         ref ? ref : "");
    }
    if (!*a->oid && !a->content) {
        r->failed = true;
        return error_set(err, error_kind(a->err), "%s%s%s: %s", url, ref && *ref ? "@" : "",
                         ref ? ref : "", error_message(a->err));
    }
    *out = a;
    return 0;
}

static int on_repository(void *arg, const struct remote_repository *repository,
                         struct file_tree **tree, struct error **err)
{
    struct render_remote *r = arg;
    struct git_repository_handle *repo = NULL;
    const struct remote_answer *a;

    if (ask(r, repository->url, repository->ref, &a, err) < 0)
        return -1;
    if (git_open(a->dir, &repo, err) == 0) {
        ptrvec_push(&r->repositories, repo);
        if (git_tree_open(repo, a->oid, tree, err) == 0)
            return 0;
    }
    r->damaged = true;
    return -1;
}

static int on_file(void *arg, const char *url, struct buf *out, struct error **err)
{
    struct render_remote *r = arg;
    const struct remote_answer *a;

    if (ask(r, url, NULL, &a, err) < 0)
        return -1;
    return buf_append(out, a->content->data, a->content->len, err);
}

void render_remote_init(struct render_remote *r, const struct strvec *allowed,
                        const struct remote_view *view)
{
    *r = (struct render_remote){
        .allowed = allowed,
        .view = view,
        .resolver = {.repository = on_repository, .file = on_file, .arg = r},
    };
}

void render_remote_close(struct render_remote *r)
{
    for (size_t i = 0; i < r->repositories.len; i++)
        git_close(r->repositories.items[i]);
    ptrvec_clear(&r->repositories);
}

void render_remote_clear(struct render_remote *r)
{
    render_remote_close(r);
    remote_questions_clear(&r->questions);
}
