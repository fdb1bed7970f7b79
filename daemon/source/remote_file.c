/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/remote_file.h"

#include "daemon/source/poll_delay.h"
#include "daemon/source/remote_url.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/net/http.h"

#define MAX_FILE_BYTES (16u << 20)
#define MAX_REDIRECTS 5

struct remote_file_set {
    uv_loop_t *loop;
    struct http_client *client;
    struct remote_file_options options;
    struct map files; /* url -> struct file */
};

struct remote_file_subscription {
    struct file *file;
    remote_file_changed_fn *changed;
    void *arg;
    bool fresh; /* has not been told anything yet */
};

enum file_state { FILE_WAIT, FILE_GET, FILE_CLOSING };

struct file {
    struct remote_file_set *set;
    char *url;
    uv_timer_t timer;
    enum file_state state;
    struct http_request *request;
    char *at; /* where the request goes: `url`, or where that was redirected to */
    unsigned redirects;
    struct remote_content *content; /* NULL: never read */
    char *etag;                     /* of `content`; "" none */
    struct error *err;
    struct ptrvec subscriptions; /* none: it goes when it is asked for the next time */
    unsigned failures;           /* in a row */
};

static void file_enter(struct file *f, enum file_state next);

struct remote_content *remote_content_ref(struct remote_content *c)
{
    if (c)
        c->refs++;
    return c;
}

void remote_content_unref(struct remote_content *c)
{
    if (!c || --c->refs > 0)
        return;
    free(c->data);
    free(c);
}

struct remote_file_set *remote_file_set_new(uv_loop_t *loop,
                                            const struct remote_file_options *options)
{
    static const struct http_options http = {.user_agent = "gitopsd/" GITOPSD_VERSION};
    struct remote_file_set *set = xcalloc(1, sizeof(*set));

    set->loop = loop;
    set->options = *options;
    set->client = http_client_new(loop, &http);
    return set;
}

static void on_file_closed(uv_handle_t *handle)
{
    struct file *f = CONTAINER_OF(handle, struct file, timer);

    free(f->url);
    free(f->at);
    free(f->etag);
    remote_content_unref(f->content);
    error_free(f->err);
    ptrvec_clear(&f->subscriptions);
    free(f);
}

static void file_close(struct file *f)
{
    f->state = FILE_CLOSING;
    uv_close((uv_handle_t *)&f->timer, on_file_closed);
}

void remote_file_set_free(struct remote_file_set *set)
{
    struct map_entry *e;
    size_t it = 0;

    if (!set)
        return;
    while ((e = map_next(&set->files, &it)))
        ((struct file *)e->value)->state = FILE_CLOSING;
    http_client_free(set->client);
    it = 0;
    while ((e = map_next(&set->files, &it))) {
        struct file *f = e->value;

        for (size_t i = 0; i < f->subscriptions.len; i++)
            free(f->subscriptions.items[i]);
        file_close(f);
    }
    map_clear(&set->files);
    free(set);
}

/* ---- telling the subscribers ---- */

static void tell(struct file *f, bool only_fresh)
{
    /* A callback may unsubscribe: walk a copy, and look whether each is still there. */
    cleanup_ptrvec struct ptrvec copy = {0};

    for (size_t i = 0; i < f->subscriptions.len; i++)
        ptrvec_push(&copy, f->subscriptions.items[i]);
    for (size_t i = 0; i < copy.len; i++) {
        struct remote_file_subscription *s = copy.items[i];
        bool present = false;

        for (size_t j = 0; j < f->subscriptions.len && !present; j++)
            present = f->subscriptions.items[j] == s;
        if (!present || (only_fresh && !s->fresh))
            continue;
        s->fresh = false;
        s->changed(s->arg, f->content, f->err);
    }
}

static void file_set_error(struct file *f, const struct error *err)
{
    bool same = f->err && err && streq(error_message(f->err), error_message(err));

    if (same || (!f->err && !err))
        return;
    error_free(f->err);
    f->err = error_copy(err);
    if (err)
        log_event(LOG_WARN, "remote file failed", "url", f->url, "error", error_message(err), NULL);
    else
        log_event(LOG_INFO, "remote file works again", "url", f->url, NULL);
    tell(f, false);
}

static void file_fail(struct file *f, const struct error *err)
{
    f->failures++;
    file_set_error(f, err);
    file_enter(f, FILE_WAIT);
}

/* ---- one request ---- */

static void take_content(struct file *f, const struct http_response *response)
{
    struct remote_content *c;

    free(f->etag);
    f->etag = xstrdup(response->etag);
    if (f->content && f->content->len == response->body.len &&
        memcmp(f->content->data, response->body.data, response->body.len) == 0) {
        file_set_error(f, NULL);
        return;
    }
    c = xcalloc(1, sizeof(*c));
    *c = (struct remote_content){.refs = 1, .len = response->body.len};
    c->data = xmalloc(c->len + 1);
    memcpy(c->data, response->body.data, c->len + 1);
    remote_content_unref(f->content);
    f->content = c;
    error_free(f->err);
    f->err = NULL;
    log_event(LOG_INFO, "new remote file", "url", f->url, NULL);
    tell(f, false);
}

static int follow(struct file *f, const char *url, struct error **err)
{
    if (++f->redirects > MAX_REDIRECTS)
        return error_set(err, ERROR_UNAVAILABLE, "it is redirected too often");
    if (!str_has_prefix(url, "https:") &&
        (str_has_prefix(f->at, "https:") || !str_has_prefix(url, "http:")))
        return error_set(err, ERROR_DENIED, "it is redirected to %s, which is not https", url);
    if (remote_url_check(f->set->options.allowed, url, err) < 0)
        return error_wrap(err, "it is redirected");
    free(f->at);
    f->at = xstrdup(url);
    return 0;
}

static int take_answer(struct file *f, const struct http_response *response, bool *again,
                       struct error **err)
{
    int status = response->status;

    if (status == 304) {
        file_set_error(f, NULL);
        return 0;
    }
    if (status >= 200 && status <= 299) {
        take_content(f, response);
        return 0;
    }
    if (status >= 300 && status <= 399 && *response->redirect_url) {
        *again = true;
        return follow(f, response->redirect_url, err);
    }
    /* A client error may mean that the address is a repository: the engine looks at the kind. */
    return error_set(err, status >= 400 && status <= 499 ? ERROR_INVALID : ERROR_UNAVAILABLE,
                     "the server answers with status %d", status);
}

static void on_answer(void *arg, const struct http_response *response, const struct error *failure)
{
    struct file *f = arg;
    cleanup_error struct error *err = error_copy(failure);
    bool again = false;

    f->request = NULL;
    if (f->state == FILE_CLOSING)
        return;
    if (err || take_answer(f, response, &again, &err) < 0) {
        file_fail(f, err);
        return;
    }
    f->failures = 0;
    file_enter(f, again ? FILE_GET : FILE_WAIT);
}

static void start_request(struct file *f)
{
    cleanup_free char *condition =
        f->content && *f->etag ? xasprintf("If-None-Match: %s", f->etag) : NULL;
    const char *headers[] = {condition, NULL};
    struct http_request_spec spec = {
        .method = "GET",
        .url = f->at,
        .headers = headers,
        .timeout_ms = f->set->options.timeout_ms,
        .max_body_bytes = MAX_FILE_BYTES,
    };

    f->request = http_start(f->set->client, &spec, NULL, on_answer, f);
}

/* ---- states ---- */

static void on_timer(uv_timer_t *timer)
{
    struct file *f = CONTAINER_OF(timer, struct file, timer);

    if (f->state != FILE_WAIT)
        return;
    if (!f->subscriptions.len) {
        map_remove(&f->set->files, f->url);
        file_close(f);
        return;
    }
    free(f->at);
    f->at = xstrdup(f->url);
    f->redirects = 0;
    file_enter(f, FILE_GET);
}

/* The only place that changes the state. */
static void file_enter(struct file *f, enum file_state next)
{
    f->state = next;
    switch (next) {
    case FILE_WAIT:
        uv_timer_start(&f->timer, on_timer, poll_delay_ms(f->set->options.poll_ms, f->failures), 0);
        if (f->content || f->err)
            tell(f, true);
        break;
    case FILE_GET: start_request(f); break;
    case FILE_CLOSING: break;
    }
}

static void poll_now(struct file *f)
{
    if (f->state == FILE_WAIT)
        uv_timer_start(&f->timer, on_timer, 0, 0);
}

struct remote_file_subscription *remote_file_subscribe(struct remote_file_set *set, const char *url,
                                                       remote_file_changed_fn *changed, void *arg)
{
    struct remote_file_subscription *s = xcalloc(1, sizeof(*s));
    struct file *f = map_find(&set->files, url);

    if (!f) {
        f = xcalloc(1, sizeof(*f));
        f->set = set;
        f->url = xstrdup(url);
        f->etag = xstrdup("");
        uv_timer_init(set->loop, &f->timer);
        map_set(&set->files, url, f);
    }
    *s =
        (struct remote_file_subscription){.file = f, .changed = changed, .arg = arg, .fresh = true};
    ptrvec_push(&f->subscriptions, s);
    poll_now(f);
    return s;
}

void remote_file_unsubscribe(struct remote_file_subscription *s)
{
    struct ptrvec *all = &s->file->subscriptions;

    for (size_t i = 0; i < all->len; i++)
        if (all->items[i] == s) {
            ptrvec_remove(all, i);
            break;
        }
    free(s);
}

void remote_file_poll_now(struct remote_file_subscription *s)
{
    poll_now(s->file);
}

void remote_file_set_retime(struct remote_file_set *set, uint64_t poll_ms, uint64_t timeout_ms)
{
    set->options.poll_ms = poll_ms;
    set->options.timeout_ms = timeout_ms;
}
