/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_parts: what source.c (repositories: when they are asked and fetched) and
 * source_revision.c (what is known of one revision, and who is told) share.
 */
#ifndef GITOPSD_DAEMON_SOURCE_SOURCE_PARTS_H
#define GITOPSD_DAEMON_SOURCE_SOURCE_PARTS_H

#include "daemon/source/source.h"
#include "lib/base/map.h"
#include "lib/base/vec.h"

struct source_set {
    uv_loop_t *loop;
    struct git_workers *workers;
    struct source_options options;
    char *state_dir;
    struct map repositories; /* url -> struct repository */
    struct source_stats stats;
    size_t operations;    /* under way */
    uint64_t progress_ms; /* monotonic: when one of them ended, or the first began */
};

struct source_subscription {
    struct revision *revision;
    source_changed_fn *changed;
    void *arg;
    bool fresh; /* has not been told anything yet */
    bool asked; /* wants to be told when the next poll is over */
};

/* One targetRevision of a repository. */
struct revision {
    struct repository *repo;
    char *name;
    char *tag_prefix;
    char oid[GIT_OID_HEX_BYTES];    /* in the clone; "" while unknown */
    char tag[GIT_OID_HEX_BYTES];    /* the annotated tag that led there; "": none did */
    char wanted[GIT_OID_HEX_BYTES]; /* what the remote said last */
    char wanted_tag[GIT_OID_HEX_BYTES];
    char *ref; /* where it was found; may be NULL */
    struct error *err;
    char failed[GIT_OID_HEX_BYTES]; /* what could not be fetched ... */
    uint64_t retry_at_ms;           /* ... and is not asked for before; monotonic */
    struct ptrvec subscriptions;    /* none: it goes with the next step of the repository */
};

/* sign in -> list -> fetch (for each revision that moved) -> wait -> sign in ... Refused in spite
 * of that: sign in once more. */
enum repo_state { REPO_WAIT, REPO_SIGN_IN, REPO_LIST, REPO_FETCH, REPO_CLOSING };

struct repository {
    struct source_set *set;
    char *url;
    char *shown; /* the URL for the log and for messages: it may hold a password */
    char *dir;
    uv_timer_t timer;
    enum repo_state state;
    bool poll_again;  /* asked while an operation ran */
    bool is_outdated; /* what is asked now knows an old CA, host key or credential */
    struct git_operation *operation;
    struct revision *fetching;
    struct ptrvec revisions;
    unsigned failures;     /* in a row */
    uint64_t signed_in_ms; /* monotonic */
    bool was_refused;      /* since it was well for the last time */
};

/* The one of that name; else a new one, of which nothing is known. It belongs to the repository. */
struct revision *revision_get(struct repository *repo, const char *name, const char *tag_prefix);
void revision_free(struct revision *r);
struct source_subscription *revision_subscribe(struct revision *r, source_changed_fn *changed,
                                               void *arg);

/* The remote told its references: what is wanted now, or why there is no such thing. */
void revision_resolve(struct revision *r, const struct git_refs *refs);
/* Is it to be fetched now? */
bool revision_is_due(const struct revision *r);
/* What is wanted is in the clone. */
void revision_arrived(struct revision *r);
/* What is wanted cannot be had; it is tried again after a while. */
void revision_fail(struct revision *r, const struct error *err);
/* Why it cannot be had now; NULL: it can. Tells what is new. */
void revision_set_error(struct revision *r, const struct error *err);

/* What is known, to those who came after it was told. */
void revision_tell_fresh(struct revision *r);
/* A poll is over that began after they had asked. */
void revision_end_asked(struct revision *r);

#endif
