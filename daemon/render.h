/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render: revision + path + options to desired objects, on worker threads.
 * Applications of the same commit are rendered in batches by one job each, and batches one after
 * the other share the open repository and the files that were parsed already, a common base for
 * example. A render is reused when everything that it read (struct tree_record) is the same in the
 * new commit. Thread: the loop thread; `done` runs there too.
 */
#ifndef GITOPSD_DAEMON_RENDER_H
#define GITOPSD_DAEMON_RENDER_H

#include "daemon/desired.h"
#include "daemon/remotes.h"
#include "lib/base/worker.h"
#include "lib/git/git.h"
#include "lib/tree/record.h"

struct renderer;

struct renderer *renderer_new(uv_loop_t *loop, struct worker_pool *pool);
/* Call when the pool is gone: every `done` ran. */
void renderer_free(struct renderer *r);
/* Renders that wait or run. Nothing may be pruned while there are any: an object that leaves one
 * application may be on its way to another. */
size_t renderer_pending(const struct renderer *r);

struct render_input {
    const char *repo_dir;
    const char *commit;
    const char *path;
    bool dir_explicit; /* never kustomize */
    bool dir_recurse;
    const char *dir_include;
    const char *dir_exclude;
    const char *instance;
    const char *namespace;
    struct kube_discovery *discovery;  /* ref'd until done */
    struct settings *settings;         /* likewise */
    const struct strvec *allow_remote; /* patterns; NULL: nothing. Borrowed until done */
    struct remote_view *remotes;       /* takes; what is elsewhere, or NULL */
    struct tree_record *record; /* takes; of the last render with the same options and the same
                                   remotes, or NULL */
};

struct render_output {
    bool reused;                 /* what was rendered last is right for this commit, too */
    struct desired_set *desired; /* NULL when reused or failed */
    struct tree_record *record;
    bool is_kustomize;
    bool repo_damaged;              /* it failed because a clone cannot be read */
    bool waits;                     /* it failed because something asked for is not here yet */
    const struct ptrvec *questions; /* struct remote_question: what else it reads */
    uint64_t duration_us;
};

/* `out` is borrowed; the receiver moves out (TAKE) what it keeps. Exactly once. */
typedef void render_done_fn(void *arg, struct render_output *out, const struct error *err);

/* Everything in `input` is copied, but what is said to be taken. */
void render_start(struct renderer *r, const struct render_input *input, render_done_fn *done,
                  void *arg);

#endif
