/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remotes: what the kustomizations of one application bring in from elsewhere.
 * A render answers from what is here and never waits: it is given a view (immutable), and tells
 * what it asked for. That is then followed like the application's own repository, by the same
 * sources, and `changed` says when another render would see something else.
 * Thread: the loop thread; a view may be read by any.
 */
#ifndef GITOPSD_DAEMON_SOURCE_REMOTES_H
#define GITOPSD_DAEMON_SOURCE_REMOTES_H

#include "daemon/source/remote_file.h"
#include "daemon/source/source.h"

/* ---- what a render is told, and what it asks ---- */

/* `ref` is NULL for a file. */
struct remote_question {
    char *url;
    char *ref;
};
/* Adds it unless it is there. */
void remote_questions_add(struct ptrvec *questions, const char *url, const char *ref);
void remote_questions_clear(struct ptrvec *questions);

struct remote_answer {
    char *url;
    char *ref; /* NULL: a file */
    char *dir; /* of the clone */
    char oid[GIT_OID_HEX_BYTES];
    struct remote_content *content;
    struct error *err; /* why there is neither */
};

struct remote_view;
/* NULL: nothing is known of it yet. Borrowed. */
const struct remote_answer *remote_view_find(const struct remote_view *view, const char *url,
                                             const char *ref);
void remote_view_free(struct remote_view *view);

/* ---- of one application ---- */

struct remotes;
typedef void remotes_changed_fn(void *arg);

/* Why a repository must not be read, NULL: it may. Heap string. */
typedef char *remotes_refusal_fn(void *arg, const char *url);

struct remotes *remotes_new(struct source_set *sources, struct remote_file_set *files,
                            remotes_refusal_fn *refusal, remotes_changed_fn *changed, void *arg);
void remotes_free(struct remotes *r);

/* Follow what a render asked for; with `complete`, nothing else any more. */
void remotes_follow(struct remotes *r, const struct ptrvec *questions, bool complete);
/* `refusal` may answer otherwise than before. */
void remotes_permit_again(struct remotes *r);
/* Heap; NULL where nothing is known. */
struct remote_view *remotes_view(const struct remotes *r);
/* Changes whenever a render would be answered otherwise. 0 while nothing was answered. */
uint64_t remotes_version(const struct remotes *r);
/* What is wrong with one of them, or NULL. Also while its last state is still used. Borrowed. */
const char *remotes_problem(const struct remotes *r);
/* Ask for all of them now. */
void remotes_poll_now(struct remotes *r);
/* A clone is damaged: fetch all again. */
void remotes_forget(struct remotes *r);

#endif
