/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: which commit every (repository, targetRevision) is at.
 * One `ls-remote` per repository and poll, whatever the number of applications; a fetch only when a
 * wanted reference moved. A repository that fails is asked again with a growing delay and keeps
 * its last revision. The clone on disk is a cache below the state directory.
 * Thread: the loop thread. Callbacks run from the loop, never from inside a call.
 */
#ifndef GITOPSD_DAEMON_SOURCE_SOURCE_H
#define GITOPSD_DAEMON_SOURCE_SOURCE_H

#include "lib/git/git.h"

struct source_set;
struct source_subscription;

/* Gives the credentials for a repository, or NULL for none. Borrowed until the next call. */
typedef const struct git_credentials *source_credentials_fn(void *arg, const char *url);

/* See that the credentials are what the repository can be read with: those that the function above
 * gives next. `done` runs exactly once, also before this returns, and at the latest in the turn of
 * the loop in which the set is freed; the error says why they are not. */
typedef void source_signed_in_fn(void *repo, const struct error *err);
typedef void source_sign_in_fn(void *arg, const char *url, source_signed_in_fn *done, void *repo);
/* The server refused the credentials of that time (monotonic). May others be had by signing in? */
typedef bool source_refused_fn(void *arg, const char *url, uint64_t signed_in_ms);

struct source_options {
    const char *state_dir;
    const char *program; /* of the Git child, NULL: this one */
    uint64_t poll_ms;
    uint64_t timeout_ms;                /* of one remote operation */
    source_credentials_fn *credentials; /* may be NULL */
    source_sign_in_fn *sign_in;         /* may be NULL, with the next one */
    source_refused_fn *refused;
    void *arg;
};

struct source_set *source_set_new(uv_loop_t *loop, const struct source_options *options);
/* Cancels everything; run the loop until nothing is left. */
void source_set_free(struct source_set *set);

/* The commit changed (`oid`, err NULL), or the repository failed or is well again (`oid` is the
 * last known commit or "", err NULL when well). */
typedef void source_changed_fn(void *arg, const char *oid, const struct error *err);

/* A version constraint looks only at tags that begin with `tag_prefix`, "": at all. */
struct source_subscription *source_subscribe(struct source_set *set, const char *url,
                                             const char *revision, const char *tag_prefix,
                                             source_changed_fn *changed, void *arg);
/* No callback after this. */
void source_unsubscribe(struct source_subscription *s);
/* Ask the repository now, as a webhook or a refresh annotation wants. When it has answered, and
 * what is new is here, or neither can be had, `changed` is called whatever that is. */
void source_poll_now(struct source_subscription *s);
/* Is that still to come? */
bool source_is_polling(const struct source_subscription *s);
/* The clone turned out to be gone or damaged: fetch the revision again. */
void source_forget(struct source_subscription *s);
/* The tag object through which the commit `oid` was found, where targetRevision is an annotated
 * tag;
 * "": it is none, or the source is at another commit. Borrowed. When it becomes another one of the
 * same commit, `changed` is called. */
const char *source_tag(const struct source_subscription *s, const char *oid);
/* Directory of the bare clone; borrowed. */
const char *source_dir(const struct source_subscription *s);

/* Other times from the next poll on. */
void source_set_retime(struct source_set *set, uint64_t poll_ms, uint64_t timeout_ms);
/* Repositories that failed need not wait: it may go well now. */
void source_set_poll_failed(struct source_set *set);
/* Monotonic: since when operations are under way and none has ended; 0: none is. */
uint64_t source_set_busy_since_ms(const struct source_set *set);

struct source_stats {
    uint64_t polls;
    uint64_t fetches;
    uint64_t failures;
};
struct source_stats source_set_stats(const struct source_set *set);

#endif
