/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/remotes.h"

struct remote_view {
    struct ptrvec answers; /* struct remote_answer */
};

/* One repository at one ref, or one file. */
struct remote {
    struct remotes *owner;
    char *url;
    char *ref;                          /* NULL: a file */
    struct source_subscription *source; /* NULL: a file, or it must not be read */
    struct remote_file_subscription *file;
    char oid[GIT_OID_HEX_BYTES];
    struct remote_content *content;
    struct error *err;
    bool wanted;
};

struct remotes {
    struct source_set *sources;
    struct remote_file_set *files;
    remotes_refusal_fn *refusal;
    remotes_changed_fn *changed;
    void *arg;
    struct ptrvec items; /* struct remote */
    uint64_t version;
};

/* ---- questions and answers ---- */

void remote_questions_add(struct ptrvec *questions, const char *url, const char *ref)
{
    struct remote_question *q;

    for (size_t i = 0; i < questions->len; i++) {
        q = questions->items[i];
        if (streq(q->url, url) && streq(q->ref, ref))
            return;
    }
    q = xcalloc(1, sizeof(*q));
    *q = (struct remote_question){.url = xstrdup(url), .ref = xstrdup(ref)};
    ptrvec_push(questions, q);
}

void remote_questions_clear(struct ptrvec *questions)
{
    for (size_t i = 0; i < questions->len; i++) {
        struct remote_question *q = questions->items[i];

        free(q->url);
        free(q->ref);
        free(q);
    }
    ptrvec_clear(questions);
}

const struct remote_answer *remote_view_find(const struct remote_view *view, const char *url,
                                             const char *ref)
{
    for (size_t i = 0; view && i < view->answers.len; i++) {
        const struct remote_answer *a = view->answers.items[i];

        if (streq(a->url, url) && streq(a->ref, ref))
            return a;
    }
    return NULL;
}

void remote_view_free(struct remote_view *view)
{
    if (!view)
        return;
    for (size_t i = 0; i < view->answers.len; i++) {
        struct remote_answer *a = view->answers.items[i];

        free(a->url);
        free(a->ref);
        free(a->dir);
        remote_content_unref(a->content);
        error_free(a->err);
        free(a);
    }
    ptrvec_clear(&view->answers);
    free(view);
}

/* ---- following ---- */

static bool is_known(const struct remote *m)
{
    return *m->oid || m->content || m->err;
}

/* Never the same again, also not for another struct remotes of the same application. */
static uint64_t next_version(void)
{
    static uint64_t version;

    return ++version;
}

/* Only what a render would see counts: a repository that fails keeps its last commit. */
static void remote_changed(struct remote *m, bool other, const struct error *err)
{
    bool has_state = *m->oid || m->content;
    bool same_error =
        (m->err && err && streq(error_message(m->err), error_message(err))) || (!m->err && !err);

    if (other || (!has_state && !same_error))
        m->owner->version = next_version();
    error_free(m->err);
    m->err = error_copy(err);
    m->owner->changed(m->owner->arg);
}

static void on_source(void *arg, const char *oid, const struct error *err)
{
    struct remote *m = arg;
    bool other = !streq(m->oid, oid);

    strcpy(m->oid, oid);
    remote_changed(m, other, err);
}

static void on_file(void *arg, struct remote_content *content, const struct error *err)
{
    struct remote *m = arg;
    bool other = m->content != content;

    remote_content_ref(content);
    remote_content_unref(m->content);
    m->content = content;
    remote_changed(m, other, err);
}

static void remote_free(struct remote *m)
{
    if (m->source)
        source_unsubscribe(m->source);
    if (m->file)
        remote_file_unsubscribe(m->file);
    free(m->url);
    free(m->ref);
    remote_content_unref(m->content);
    error_free(m->err);
    free(m);
}

static struct remote *remote_find(const struct remotes *r, const struct remote_question *q)
{
    for (size_t i = 0; i < r->items.len; i++) {
        struct remote *m = r->items.items[i];

        if (streq(m->url, q->url) && streq(m->ref, q->ref))
            return m;
    }
    return NULL;
}

/* Subscribed while it may be read; else the error says why not. */
static void follow_repository(struct remote *m)
{
    struct remotes *r = m->owner;
    cleanup_free char *refusal = r->refusal(r->arg, m->url);

    if (refusal ? !m->source && m->err && streq(error_message(m->err), refusal) : m->source != NULL)
        return;
    if (refusal || is_known(m))
        r->version = next_version();
    error_free(TAKE(m->err));
    m->oid[0] = '\0';
    if (!refusal) {
        m->source =
            source_subscribe(r->sources, m->url, *m->ref ? m->ref : "HEAD", "", on_source, m);
        return;
    }
    error_set(&m->err, ERROR_DENIED, "%s", refusal);
    if (m->source)
        source_unsubscribe(TAKE(m->source));
    r->changed(r->arg);
}

static struct remote *remote_add(struct remotes *r, const struct remote_question *q)
{
    struct remote *m = xcalloc(1, sizeof(*m));

    m->owner = r;
    m->url = xstrdup(q->url);
    m->ref = xstrdup(q->ref);
    ptrvec_push(&r->items, m);
    if (m->ref)
        follow_repository(m);
    else
        m->file = remote_file_subscribe(r->files, m->url, on_file, m);
    return m;
}

struct remotes *remotes_new(struct source_set *sources, struct remote_file_set *files,
                            remotes_refusal_fn *refusal, remotes_changed_fn *changed, void *arg)
{
    struct remotes *r = xcalloc(1, sizeof(*r));

    *r = (struct remotes){
        .sources = sources, .files = files, .refusal = refusal, .changed = changed, .arg = arg};
    return r;
}

void remotes_free(struct remotes *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->items.len; i++)
        remote_free(r->items.items[i]);
    ptrvec_clear(&r->items);
    free(r);
}

void remotes_follow(struct remotes *r, const struct ptrvec *questions, bool complete)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->items.len; i++)
        ((struct remote *)r->items.items[i])->wanted = !complete;
    for (size_t i = 0; i < questions->len; i++) {
        struct remote *m = remote_find(r, questions->items[i]);

        if (!m)
            m = remote_add(r, questions->items[i]);
        m->wanted = true;
    }
    for (size_t i = r->items.len; i-- > 0;) {
        struct remote *m = r->items.items[i];

        if (m->wanted)
            continue;
        ptrvec_remove(&r->items, i);
        remote_free(m);
    }
}

void remotes_permit_again(struct remotes *r)
{
    for (size_t i = 0; r && i < r->items.len; i++) {
        struct remote *m = r->items.items[i];

        if (m->ref)
            follow_repository(m);
    }
}

struct remote_view *remotes_view(const struct remotes *r)
{
    struct remote_view *view;

    if (!r)
        return NULL;
    view = xcalloc(1, sizeof(*view));
    for (size_t i = 0; i < r->items.len; i++) {
        const struct remote *m = r->items.items[i];
        struct remote_answer *a;

        if (!is_known(m))
            continue;
        a = xcalloc(1, sizeof(*a));
        a->url = xstrdup(m->url);
        a->ref = xstrdup(m->ref);
        a->dir = m->source ? xstrdup(source_dir(m->source)) : NULL;
        strcpy(a->oid, m->oid);
        a->content = remote_content_ref(m->content);
        a->err = error_copy(m->err);
        ptrvec_push(&view->answers, a);
    }
    return view;
}

uint64_t remotes_version(const struct remotes *r)
{
    return r ? r->version : 0;
}

const char *remotes_problem(const struct remotes *r)
{
    for (size_t i = 0; r && i < r->items.len; i++) {
        const struct remote *m = r->items.items[i];

        if (m->err && (*m->oid || m->content)) /* without, the render says it */
            return error_message(m->err);
    }
    return NULL;
}

void remotes_poll_now(struct remotes *r)
{
    for (size_t i = 0; r && i < r->items.len; i++) {
        const struct remote *m = r->items.items[i];

        if (m->source)
            source_poll_now(m->source);
        else if (m->file)
            remote_file_poll_now(m->file);
    }
}

void remotes_forget(struct remotes *r)
{
    for (size_t i = 0; r && i < r->items.len; i++) {
        struct remote *m = r->items.items[i];

        if (!m->source)
            continue;
        m->oid[0] = '\0';
        r->version = next_version();
        source_forget(m->source);
    }
}
