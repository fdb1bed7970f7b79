/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/source.h"

#include "daemon/source/poll_delay.h"
#include "daemon/source/source_parts.h"
#include "lib/base/hash.h"
#include "lib/base/time.h"

#define MAX_CHILDREN 4
#define MAX_FETCH_BYTES (2ULL << 30)
#define FORGET_DELAY_MS 500

static void repo_enter(struct repository *repo, enum repo_state next);

struct source_set *source_set_new(uv_loop_t *loop, const struct source_options *options)
{
    struct source_set *set = xcalloc(1, sizeof(*set));

    set->loop = loop;
    set->options = *options;
    set->state_dir = xstrdup(options->state_dir);
    set->workers = git_workers_new(loop, options->program, MAX_CHILDREN);
    return set;
}

static void repo_fail(struct repository *repo, const struct error *err)
{
    repo->failures++;
    repo->set->stats.failures++;
    for (size_t i = 0; i < repo->revisions.len; i++)
        revision_set_error(repo->revisions.items[i], err);
}

static bool is_commit_id(const char *s)
{
    return strlen(s) == 40 && strspn(s, "0123456789abcdefABCDEF") == 40;
}

static const struct git_credentials *credentials(struct repository *repo)
{
    const struct source_options *o = &repo->set->options;

    return o->credentials ? o->credentials(o->arg, repo->url) : NULL;
}

/* Is it this revision that cannot be had, and not the repository? */
static bool is_about_revision(const struct error *err)
{
    return error_kind(err) == ERROR_NOT_FOUND || error_kind(err) == ERROR_INVALID ||
           error_kind(err) == ERROR_TOO_LARGE;
}

/* The next revision that must be fetched, or NULL. */
static struct revision *next_to_fetch(struct repository *repo)
{
    for (size_t i = 0; i < repo->revisions.len; i++) {
        struct revision *r = repo->revisions.items[i];

        if (revision_is_due(r))
            return r;
    }
    return NULL;
}

static void operation_begins(struct source_set *set)
{
    if (set->operations++ == 0)
        set->progress_ms = time_monotonic_ms();
}

static void operation_ended(struct repository *repo)
{
    repo->operation = NULL;
    if (repo->state == REPO_CLOSING) /* the set may be gone */
        return;
    repo->set->operations--;
    repo->set->progress_ms = time_monotonic_ms();
}

static void on_signed_in(void *arg, const struct error *err)
{
    struct repository *repo = arg;

    operation_ended(repo);
    if (repo->state == REPO_CLOSING)
        return;
    repo->signed_in_ms = time_monotonic_ms();
    if (err)
        repo_fail(repo, err);
    repo_enter(repo, err ? REPO_WAIT : REPO_LIST);
}

/* Credentials may end or be taken back at any time: others are tried, once for each failure. */
static bool sign_in_again(struct repository *repo, const struct error *err)
{
    const struct source_options *o = &repo->set->options;

    if (error_code(err) != 401 || !o->refused ||
        !o->refused(o->arg, repo->url, repo->signed_in_ms) || repo->was_refused)
        return false;
    repo->was_refused = true;
    repo_enter(repo, REPO_SIGN_IN);
    return true;
}

static void on_listed(void *arg, const struct git_refs *refs, const struct error *err)
{
    struct repository *repo = arg;

    operation_ended(repo);
    if (repo->state == REPO_CLOSING)
        return;
    if (err && sign_in_again(repo, err))
        return;
    if (err) {
        repo_fail(repo, err);
        repo_enter(repo, REPO_WAIT);
        return;
    }
    repo->failures = 0;
    repo->is_outdated = false;
    for (size_t i = 0; i < repo->revisions.len; i++)
        revision_resolve(repo->revisions.items[i], refs);
    repo_enter(repo, REPO_FETCH);
}

static void on_fetched(void *arg, const struct git_refs *refs, const struct error *err)
{
    struct repository *repo = arg;
    struct revision *fetched = repo->fetching;

    (void)refs;
    operation_ended(repo);
    repo->fetching = NULL;
    if (repo->state == REPO_CLOSING)
        return;
    if (err && sign_in_again(repo, err))
        return;
    if (err && !is_about_revision(err)) {
        repo_fail(repo, err);
        repo_enter(repo, REPO_WAIT);
        return;
    }
    if (err)
        revision_fail(fetched, err);
    else
        revision_arrived(fetched);
    repo_enter(repo, REPO_FETCH);
}

/* Only commits are wanted, and all of them are here: nothing to ask the remote for. */
static bool only_known_commits(const struct repository *repo)
{
    for (size_t i = 0; i < repo->revisions.len; i++) {
        const struct revision *r = repo->revisions.items[i];

        if (!is_commit_id(r->name) || strcasecmp(r->name, r->oid) != 0)
            return false;
    }
    return true;
}

/* Revisions that nobody wants any more. Not in source_unsubscribe: callbacks call that, too, while
 * their revision is in use. */
static void repo_sweep(struct repository *repo)
{
    for (size_t i = repo->revisions.len; i-- > 0;) {
        struct revision *r = repo->revisions.items[i];

        if (r->subscriptions.len)
            continue;
        ptrvec_remove(&repo->revisions, i);
        revision_free(r);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct repository *repo = CONTAINER_OF(timer, struct repository, timer);

    if (repo->state != REPO_WAIT)
        return;
    repo_sweep(repo);
    repo_enter(repo, only_known_commits(repo) ? REPO_WAIT : REPO_SIGN_IN);
}

/* The only place that changes the state. */
static void repo_enter(struct repository *repo, enum repo_state next)
{
    struct source_set *set = repo->set;
    bool now = repo->poll_again || repo->is_outdated;

    repo_sweep(repo);
    repo->state = next;
    switch (next) {
    case REPO_WAIT:
        uv_timer_start(&repo->timer, on_timer,
                       now ? 0 : poll_delay_ms(repo->set->options.poll_ms, repo->failures), 0);
        for (size_t i = 0; i < repo->revisions.len && !repo->poll_again; i++)
            revision_end_asked(repo->revisions.items[i]);
        repo->poll_again = repo->is_outdated = false;
        repo->was_refused &= repo->failures > 0;
        for (size_t i = 0; i < repo->revisions.len; i++)
            revision_tell_fresh(repo->revisions.items[i]);
        break;
    case REPO_SIGN_IN:
        operation_begins(set);
        if (set->options.sign_in)
            set->options.sign_in(set->options.arg, repo->url, on_signed_in, repo);
        else
            on_signed_in(repo, NULL);
        break;
    case REPO_LIST:
        set->stats.polls++;
        operation_begins(set);
        repo->operation = git_list_remote(set->workers, repo->url, credentials(repo),
                                          set->options.timeout_ms, on_listed, repo);
        break;
    case REPO_FETCH:
        repo->fetching = next_to_fetch(repo);
        if (!repo->fetching) {
            repo_enter(repo, REPO_WAIT);
            break;
        }
        set->stats.fetches++;
        operation_begins(set);
        repo->operation =
            git_fetch(set->workers, repo->url, repo->dir, repo->fetching->ref,
                      repo->fetching->wanted, repo->fetching->wanted_tag, credentials(repo),
                      set->options.timeout_ms * 4, MAX_FETCH_BYTES, on_fetched, repo);
        break;
    case REPO_CLOSING: break;
    }
}

static void poll_now(struct repository *repo)
{
    if (repo->state == REPO_WAIT)
        uv_timer_start(&repo->timer, on_timer, 0, 0);
    else
        repo->poll_again = true;
}

void source_set_poll_failed(struct source_set *set)
{
    struct map_entry *m;
    size_t it = 0;

    while ((m = map_next(&set->repositories, &it))) {
        struct repository *repo = m->value;

        if (repo->state != REPO_WAIT)
            repo->is_outdated = true;
        else if (repo->failures)
            poll_now(repo);
    }
}

static struct repository *repo_new(struct source_set *set, const char *url)
{
    struct repository *repo = xcalloc(1, sizeof(*repo));
    char digest[SHA256_HEX_BYTES];

    sha256_hex(url, strlen(url), digest);
    repo->set = set;
    repo->url = xstrdup(url);
    repo->shown = git_url_shown(url);
    repo->dir = xasprintf("%s/repos/%.32s", set->state_dir, digest);
    uv_timer_init(set->loop, &repo->timer);
    repo->state = REPO_WAIT;
    map_set(&set->repositories, url, repo);
    return repo;
}

static void on_repo_closed(uv_handle_t *handle)
{
    struct repository *repo = CONTAINER_OF(handle, struct repository, timer);

    free(repo->url);
    free(repo->shown);
    free(repo->dir);
    ptrvec_clear(&repo->revisions);
    free(repo);
}

struct source_subscription *source_subscribe(struct source_set *set, const char *url,
                                             const char *revision, const char *tag_prefix,
                                             source_changed_fn *changed, void *arg)
{
    struct repository *repo = map_find(&set->repositories, url);
    struct source_subscription *s;

    if (!repo)
        repo = repo_new(set, url);
    s = revision_subscribe(revision_get(repo, revision, tag_prefix), changed, arg);
    poll_now(repo);
    return s;
}

void source_poll_now(struct source_subscription *s)
{
    *s->revision->failed = '\0';
    s->asked = true;
    poll_now(s->revision->repo);
}

void source_forget(struct source_subscription *s)
{
    struct repository *repo = s->revision->repo;

    *s->revision->oid = '\0';
    /* Not at once: one that is damaged again each time must not keep us busy. */
    if (repo->state == REPO_WAIT)
        uv_timer_start(&repo->timer, on_timer, FORGET_DELAY_MS, 0);
    else
        repo->poll_again = true;
}

const char *source_dir(const struct source_subscription *s)
{
    return s->revision->repo->dir;
}

void source_set_retime(struct source_set *set, uint64_t poll_ms, uint64_t timeout_ms)
{
    set->options.poll_ms = poll_ms;
    set->options.timeout_ms = timeout_ms;
}

uint64_t source_set_busy_since_ms(const struct source_set *set)
{
    return set->operations ? set->progress_ms : 0;
}

struct source_stats source_set_stats(const struct source_set *set)
{
    return set->stats;
}

void source_set_free(struct source_set *set)
{
    struct map_entry *e;
    size_t it = 0;

    if (!set)
        return;
    while ((e = map_next(&set->repositories, &it)))
        ((struct repository *)e->value)->state = REPO_CLOSING;
    git_workers_free(set->workers);
    it = 0;
    while ((e = map_next(&set->repositories, &it))) {
        struct repository *repo = e->value;

        for (size_t i = 0; i < repo->revisions.len; i++) {
            struct revision *r = repo->revisions.items[i];

            for (size_t j = 0; j < r->subscriptions.len; j++)
                free(r->subscriptions.items[j]);
            revision_free(r);
        }
        uv_close((uv_handle_t *)&repo->timer, on_repo_closed);
    }
    map_clear(&set->repositories);
    free(set->state_dir);
    free(set);
}
